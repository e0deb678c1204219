"""How well a network's layers tell the classes apart without clusters: probes of its RDMs, under each protocol."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rdm", type=Path, nargs="+", required=True, help="RDMs of each layer, HDF5")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--model", required=True, help="the network's id")
    parser.add_argument("--protocols", nargs="+", required=True, help="whose distances are probed")
    parser.add_argument("--neighbours", type=int, required=True, help="neighbours that vote for a class")
    parser.add_argument("--seed", type=int, required=True, help="seed of the permutations that chance is taken from")
    parser.add_argument("--output", type=Path, required=True, help="a row for each protocol and layer, TSV")
    parser.add_argument("--output-classes", type=Path, required=True, help="and for each class, TSV")
    parser.add_argument("--bootstraps", type=int, default=0, help="times that images are drawn anew")
    parser.add_argument("--output-deviations", type=Path, help="how probes deviate in each of these draws, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import records
    from texalign.images.index import read_index
    from texalign.information import deviations, probe_draws, probes, rows
    from texalign.information.layer_distances import layer_distances

    index = read_index(arguments.index)
    found: list[rows.ProbeRow] = []
    by_class: list[rows.ClassProbeRow] = []
    drawn = []
    for of_layer, distances in layer_distances(arguments.rdm, arguments.protocols, arguments.model, index):
        probed = probes.probe_distances(distances, index.class_indices, arguments.neighbours, arguments.seed)
        found.append(rows.joined(rows.ProbeRow, of_layer, probes.probe_columns(probed)))
        if arguments.bootstraps:
            resampled = probe_draws.probe_deviations(distances, probed, arguments.bootstraps, arguments.seed)
            drawn.append((of_layer, resampled))
        by_class += probes.class_rows(of_layer, probed, index.class_names)
    records.write_records(arguments.output, rows.ProbeRow, found)
    records.write_records(arguments.output_classes, rows.ClassProbeRow, by_class)
    if arguments.output_deviations:
        deviations.write_deviations(arguments.output_deviations, drawn)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
