"""Agreement of found clusters with the human labels at k = n_classes, and mutual information over k."""

import argparse
from pathlib import Path


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clusters", type=Path, required=True, help="Ward clusters of a layer, HDF5")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--model", required=True, help="the network's id")
    parser.add_argument("--output", type=Path, required=True, help="one row of all agreement measures, TSV")
    parser.add_argument(
        "--output-curve", type=Path, required=True, help="mutual information by number of clusters, TSV"
    )
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    from texalign import images, store, tables

    index = images.read_index(arguments.index)
    attributes = store.read_attributes(arguments.clusters)
    images.check_origin(arguments.clusters, attributes, index)
    labels = store.read_cluster_labels(arguments.clusters)
    row, curve = tables.information_tables(arguments.model, attributes, index.class_indices, labels)
    store.write_tsv(arguments.output, tables.MI_COLUMNS, [row])
    store.write_tsv(arguments.output_curve, tables.CURVE_COLUMNS, curve)


if __name__ == "__main__":
    from texalign.cli import run_program

    run_program(main)
