"""Probes of the RDMs by layer, one line a network, one column of panels a protocol, as PNG, SVG and PDF."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--probes", type=Path, required=True, help="probes of all layers, TSV")
    parser.add_argument("--families", nargs="+", required=True, metavar="MODEL=FAMILY", help="family of each network")
    parser.add_argument("--representation", required=True, help="representation to show")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png, .svg or .pdf")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import tables
    from texalign.figures import kit, probes_by_layer

    rows = tables.rows_of(arguments.probes, representation=arguments.representation)
    layers = [
        probes_by_layer.LayerProbes(
            protocol=row["protocol"],
            model=row["model"],
            layer=row["layer"],
            position=int(row["position"]),
            linear_accuracy=float(row["linear_accuracy"]),
            linear_chance=float(row["linear_chance"]),
            knn_accuracy=float(row["knn_accuracy"]),
            knn_chance=float(row["knn_chance"]),
            silhouette=float(row["silhouette"]),
            class_model_auc=float(row["class_model_auc"]),
        )
        for row in rows
    ]
    figure = probes_by_layer.probes_by_layer(
        layers,
        dict(pair.split("=", 1) for pair in arguments.families),
        n_images=int(rows[0]["n_images"]),
        n_classes=int(rows[0]["n_classes"]),
    )
    kit.save_figure(figure, arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
