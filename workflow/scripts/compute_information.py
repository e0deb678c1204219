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

    from texalign.artifacts import hdf5, matrices
    from texalign.artifacts.records import write_records
    from texalign.images.index import check_origin, read_index
    from texalign.information.measures.registry import agreement
    from texalign.information.mutual_information import mi_curve
    from texalign.information.rows import CurveRow, MiRow, OfLayer, joined

    index = read_index(arguments.index)
    attributes = hdf5.read_attributes(arguments.clusters)
    check_origin(arguments.clusters, attributes, index)
    labels = matrices.read_cluster_labels(arguments.clusters)
    n_classes = len(index.class_names)

    of_layer = OfLayer.of(attributes, arguments.model)
    sizes = {"channels": int(attributes["channels"]), "n_images": len(index), "n_classes": n_classes}
    row = joined(MiRow, of_layer, **sizes, **agreement(index.class_indices, labels[n_classes - 1]))
    write_records(arguments.output, MiRow, [row])
    curve = asdict(mi_curve(index.class_indices, labels))
    by_k = [
        CurveRow(*of_layer.key, **dict(zip(curve, values, strict=True))) for values in zip(*curve.values(), strict=True)
    ]
    write_records(arguments.output_curve, CurveRow, by_k)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
