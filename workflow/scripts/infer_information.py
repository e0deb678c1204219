"""Mutual information of a network's layers under a protocol with null and intervals, and the classes they find."""

import argparse
import logging
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clusters", type=Path, nargs="+", required=True, help="Ward clusters of each layer, HDF5")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--model", required=True, help="the network's id")
    parser.add_argument("--seed", type=int, required=True, help="seed of permutations and draws")
    parser.add_argument("--permutations", type=int, required=True, help="permutations of the labels")
    parser.add_argument("--bootstraps", type=int, required=True, help="draws of the images")
    parser.add_argument("--confidence", type=float, required=True, help="confidence of the intervals")
    parser.add_argument("--output", type=Path, required=True, help="mutual information with uncertainty, TSV")
    parser.add_argument("--output-recovery", type=Path, required=True, help="best cluster of each class, TSV")
    parser.add_argument("--output-deviations", type=Path, required=True, help="deviations of the resamples, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import records
    from texalign.images.index import read_index
    from texalign.information import inferred, rows, uncertainty

    index = read_index(arguments.index)
    resampling = uncertainty.Resampling(
        seed=arguments.seed,
        n_permutations=arguments.permutations,
        n_bootstraps=arguments.bootstraps,
        confidence=arguments.confidence,
    )
    found = []
    for path in arguments.clusters:
        found.append(inferred.infer_layer(path, index, arguments.model, resampling))
        logging.info("%s", found[-1].row)
    records.write_records(arguments.output, rows.InferenceRow, [each.row for each in found])
    recovered = [row for each in found for row in each.recovered]
    records.write_records(arguments.output_recovery, rows.RecoveryRow, recovered)
    inferred.write_deviations(arguments.output_deviations, found)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
