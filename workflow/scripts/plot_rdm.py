"""Heatmap of one layer's RDM, images grouped by class, as PNG, SVG and PDF."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rdm", type=Path, required=True, help="RDMs of a layer, HDF5")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--dissimilarity", default="cosine", help="which of the RDMs: euclidean or cosine")
    parser.add_argument("--model", required=True, help="the network's id")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png, .svg or .pdf")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import hdf5, matrices
    from texalign.figures import kit, rdm_heatmap
    from texalign.images.index import check_origin, read_index

    index = read_index(arguments.index)
    attributes = hdf5.read_attributes(arguments.rdm)
    check_origin(arguments.rdm, attributes, index)
    figure = rdm_heatmap.rdm_heatmap(
        matrices.read_rdm(arguments.rdm, arguments.dissimilarity),
        [record.class_name for record in index.records],
        model=arguments.model,
        layer=attributes["layer"],
        dissimilarity=arguments.dissimilarity,
    )
    kit.save_figure(figure, arguments.output, colours=64)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
