"""Agreement of found clusters with the human labels at k = n_classes, and mutual information over k."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clusters", type=Path, required=True, help="Ward clusters of a layer, HDF5")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--model", required=True, help="the network's id")
    parser.add_argument("--output", type=Path, required=True, help="one row of all agreement measures, TSV")
    parser.add_argument("--output-curve", type=Path, required=True, help="mutual information over k, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from dataclasses import asdict

    from texalign.artifacts import hdf5, matrices, tables
    from texalign.images.index import check_origin, read_index
    from texalign.information import layers
    from texalign.information.measures.registry import agreement
    from texalign.information.mutual_information import mi_curve

    index = read_index(arguments.index)
    attributes = hdf5.read_attributes(arguments.clusters)
    check_origin(arguments.clusters, attributes, index)
    labels = matrices.read_cluster_labels(arguments.clusters)
    n_classes = len(index.class_names)

    of_layer = layers.layer_columns(attributes, arguments.model)
    row = {
        **of_layer,
        "channels": attributes["channels"],
        "n_images": len(index),
        "n_classes": n_classes,
        **agreement(index.class_indices, labels[n_classes - 1]),
    }
    tables.write_tsv(arguments.output, layers.MI_COLUMNS, [row])
    curve = asdict(mi_curve(index.class_indices, labels))
    of_layer = {name: of_layer[name] for name in layers.LAYER_KEY}
    by_k = [{**of_layer, **dict(zip(curve, values, strict=True))} for values in zip(*curve.values(), strict=True)]
    tables.write_tsv(arguments.output_curve, [*of_layer, *curve], by_k)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
