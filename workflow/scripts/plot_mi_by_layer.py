"""Mutual information by layer, one line a network, one panel a protocol, as PNG, SVG and PDF."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mi", type=Path, required=True, help="table of mutual information, TSV")
    parser.add_argument("--inference", type=Path, required=True, help="the same with its uncertainty, TSV")
    parser.add_argument("--families", nargs="+", required=True, metavar="MODEL=FAMILY", help="family of each network")
    parser.add_argument("--representation", required=True, help="representation to show")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png, .svg or .pdf")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import tables
    from texalign.figures import kit, mi_by_layer
    from texalign.information.layers import LAYER_KEY

    rows = tables.rows_of(arguments.mi, representation=arguments.representation)
    inference = tables.rows_of(arguments.inference, representation=arguments.representation)
    ends = {tuple(row[name] for name in LAYER_KEY): (row["ci_low_bits"], row["ci_high_bits"]) for row in inference}
    layers = [
        mi_by_layer.LayerInformation(
            protocol=row["protocol"],
            model=row["model"],
            layer=row["layer"],
            position=int(row["position"]),
            mi_nsb_bits=float(row["mi_nsb_bits"]),
            of_ceiling=float(row["mi_of_ceiling"]),
            low_bits=tables.as_number(low),
            high_bits=tables.as_number(high),
        )
        for row in rows
        for low, high in [ends[tuple(row[name] for name in LAYER_KEY)]]
    ]
    families = dict(pair.split("=", 1) for pair in arguments.families)
    figure = mi_by_layer.mi_by_layer(
        layers,
        families,
        n_images=int(rows[0]["n_images"]),
        n_classes=int(rows[0]["n_classes"]),
        class_entropy_bits=float(rows[0]["class_entropy_bits"]),
        confidence=float(inference[0]["confidence"]),
    )
    kit.save_figure(figure, arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
