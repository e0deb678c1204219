"""Agreement of clusters on halves of the images, each half with a Ward tree of its own, at a network's layers."""

import argparse
import logging
from pathlib import Path

from texalign import names
from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rdm", type=Path, nargs="+", required=True, help="RDMs of each layer, HDF5")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--model", required=True, help="the network's id")
    parser.add_argument("--protocol", required=True, choices=list(names.PROTOCOLS), help="what Ward sees")
    parser.add_argument("--measures", nargs="+", required=True, choices=list(names.MEASURES), help="measures to take")
    parser.add_argument("--splits", type=int, required=True, help="splits of the images into halves")
    parser.add_argument("--seed", type=int, required=True, help="seed of the splits")
    parser.add_argument("--output", type=Path, required=True, help="a row for each layer, split, half and measure, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from scipy.spatial.distance import squareform

    from texalign.artifacts import hdf5, matrices
    from texalign.artifacts.records import write_records
    from texalign.clusters.protocols import registry
    from texalign.images.index import check_origin, read_index
    from texalign.information.half_tables import HalfRow
    from texalign.information.halves import measures_of_halves, split_in_halves
    from texalign.information.rows import OfLayer, joined

    index = read_index(arguments.index)
    protocol = registry.get(arguments.protocol)
    splits = split_in_halves(index.class_indices, arguments.splits, arguments.seed)
    rows: list[HalfRow] = []
    for path in arguments.rdm:
        attributes = hdf5.read_attributes(path)
        check_origin(path, attributes, index)
        of_layer = OfLayer.of(attributes, arguments.model, arguments.protocol)
        logging.info("%s", of_layer)
        square = squareform(matrices.read_rdm(path, protocol.dissimilarity))
        rows += [
            joined(HalfRow, of_layer, **half)
            for half in measures_of_halves(square, index.class_indices, splits, protocol, arguments.measures)
        ]
    write_records(arguments.output, HalfRow, rows)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
