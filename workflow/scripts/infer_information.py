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
    from texalign.artifacts import hdf5, matrices, tables
    from texalign.images.index import check_origin, read_index
    from texalign.information import layers, recovery, uncertainty
    from texalign.information.contingency import LabelledClusters

    index = read_index(arguments.index)
    n_classes = len(index.class_names)
    resampling = uncertainty.Resampling(
        seed=arguments.seed,
        n_permutations=arguments.permutations,
        n_bootstraps=arguments.bootstraps,
        confidence=arguments.confidence,
    )
    rows: list[dict[str, object]] = []
    recovery_rows: list[dict[str, object]] = []
    deviations = {}
    for path in arguments.clusters:
        attributes = hdf5.read_attributes(path)
        check_origin(path, attributes, index)
        of_layer = layers.layer_columns(attributes, arguments.model)
        logging.info("layer %(layer)s, %(representation)s, protocol %(protocol)s", of_layer)
        clusters = matrices.read_cluster_labels(path)[n_classes - 1]
        labels = LabelledClusters.of(index.class_indices, clusters)
        permuted = labels.permuted_tables(resampling.n_permutations, resampling.seed)
        found = uncertainty.infer_information(labels, permuted, resampling)
        rows.append(of_layer | uncertainty.information_row(labels, found, resampling))
        recovery_rows += [
            of_layer | recovery.recovery_row(recovered, index.class_names)
            for recovered in recovery.class_recovery(labels, permuted)
        ]
        deviations[of_layer["layer"]] = found.draws.deviations_bits
    of_network = {name: rows[0][name] for name in layers.LAYER_KEY[:-1]}
    by_draw = [
        of_network | {"draw": number} | dict(zip(deviations, values, strict=True))
        for number, values in enumerate(zip(*deviations.values(), strict=True), start=1)
    ]
    tables.write_tsv(arguments.output, list(rows[0]), rows)
    tables.write_tsv(arguments.output_recovery, list(recovery_rows[0]), recovery_rows)
    tables.write_tsv(arguments.output_deviations, [*of_network, "draw", *deviations], by_draw)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
