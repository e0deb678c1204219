"""Found clusters against classes at a network's best layer under a protocol, as PNG, SVG and PDF."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--information", type=Path, nargs="+", required=True, help="agreement of each layer, TSV")
    parser.add_argument("--clusters", type=Path, nargs="+", required=True, help="Ward clusters of these layers, HDF5")
    parser.add_argument("--criterion", default="mi_nsb_bits", help="column by which the layer is chosen")
    parser.add_argument("--others", type=Path, nargs="*", default=[], help="tables that may hold it, TSV")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png, .svg or .pdf")
    return parse_with_lineages(parser)


def main() -> None:
    from texalign.errors import TexalignError

    arguments = parse_arguments()
    from texalign.artifacts import hdf5, matrices, tables
    from texalign.figures import cluster_matrix, kit
    from texalign.images.index import check_origin, read_index
    from texalign.information import contingency, layers

    index = read_index(arguments.index)
    rows = [row for path in arguments.information for row in tables.read_tsv(path)]
    others = {str(path): tables.read_tsv(path) for path in arguments.others}
    (best,) = layers.best_layers(layers.with_criterion(rows, others, arguments.criterion), "value")
    clusters = next(path for path in arguments.clusters if path.stem == best["layer"])
    attributes = hdf5.read_attributes(clusters)
    check_origin(clusters, attributes, index)
    if attributes["layer"] != best["layer"]:
        raise TexalignError(f"{clusters}: holds layer {attributes['layer']}, expected {best['layer']}")
    labels = matrices.read_cluster_labels(clusters)[len(index.class_names) - 1]
    figure = cluster_matrix.cluster_class_matrix(
        contingency.contingency_table(index.class_indices, labels),
        index.class_names,
        model=best["model"],
        layer=best["layer"],
        protocol=best["protocol"],
        mi_nsb_bits=float(best["mi_nsb_bits"]),
    )
    kit.save_figure(figure, arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
