"""A layer's part of the explorer: its RDM in bytes, each image's neighbours, its trees."""

import argparse
import logging
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rdm", type=Path, required=True, help="RDMs of a layer, HDF5")
    parser.add_argument("--clusters", type=Path, nargs="+", required=True, help="Ward trees of the layer, HDF5")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--name", required=True, help="of the part: representation, network and layer")
    parser.add_argument("--dissimilarity", default="cosine", help="which of the RDMs: euclidean or cosine")
    parser.add_argument("--output", type=Path, required=True, help="the part, a script")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import hdf5, matrices
    from texalign.explorer.layers import Tree, layer_part
    from texalign.explorer.parts import write_part
    from texalign.images.index import check_origin, read_index

    index = read_index(arguments.index)
    trees = {}
    for path in (arguments.rdm, *arguments.clusters):
        check_origin(path, attributes := hdf5.read_attributes(path), index)
        if path is not arguments.rdm:
            clusters = matrices.read_cluster_labels(path)[len(index.class_names) - 1]
            trees[str(attributes["protocol"])] = Tree.of(matrices.read_linkage(path), clusters)
    logging.info("%s: %d images, trees of %s", arguments.name, len(index), ", ".join(trees))
    part = layer_part(matrices.read_rdm(arguments.rdm, arguments.dissimilarity), trees)
    write_part(arguments.output, arguments.name, part)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
