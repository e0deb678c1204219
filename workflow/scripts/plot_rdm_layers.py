"""RDMs of a network's layers side by side on one colour scale, images grouped by class, as PNG, SVG and PDF."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rdm", type=Path, nargs="+", required=True, help="RDMs of each layer, HDF5")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--dissimilarity", default="cosine", help="which of the RDMs: euclidean or cosine")
    parser.add_argument("--model", required=True, help="the network's id")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png, .svg or .pdf")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import hdf5, matrices
    from texalign.figures import kit, rdm_layers
    from texalign.images.index import check_origin, read_index

    index = read_index(arguments.index)
    rdms = []
    for path in arguments.rdm:
        attributes = hdf5.read_attributes(path)
        check_origin(path, attributes, index)
        rdms.append(rdm_layers.LayerRdm(attributes["layer"], matrices.read_rdm(path, arguments.dissimilarity)))
    figure = rdm_layers.rdm_layers(
        rdms,
        [record.class_name for record in index.records],
        model=arguments.model,
        dissimilarity=arguments.dissimilarity,
    )
    kit.save_figure(figure, arguments.output, colours=64)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
