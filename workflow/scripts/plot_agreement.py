"""Agreement with people by layer, one line a network, one column of panels a protocol, as PNG, SVG and PDF."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agreement", type=Path, required=True, help="agreement of all layers, TSV")
    parser.add_argument("--representation", required=True, help="whose layers are shown")
    parser.add_argument("--evidence", required=True, help="with which human evidence")
    parser.add_argument("--families", nargs="+", required=True, metavar="MODEL=FAMILY", help="family of each network")
    parser.add_argument("--confidence", type=float, required=True, help="of the intervals in the table")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png, .svg or .pdf")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import tables
    from texalign.figures import agreement_by_layer, kit

    rows = tables.rows_of(arguments.agreement, representation=arguments.representation, evidence=arguments.evidence)
    numbers = ("estimate", "null_mean", "ceiling_low", "ceiling_high")
    layers = [
        agreement_by_layer.LayerAgreement(
            **{name: row[name] for name in ("protocol", "model", "layer", "scope", "measure")},
            **{name: tables.as_number(row[name]) for name in numbers},
            position=int(row["position"]),
            low=float(row["ci_low"]),
            high=float(row["ci_high"]),
        )
        for row in rows
        if row["estimate"]
    ]
    figure = agreement_by_layer.agreement_by_layer(
        layers,
        dict(pair.split("=", 1) for pair in arguments.families),
        evidence=arguments.evidence,
        n_images=int(rows[0]["n_images"]),
        n_observers=int(rows[0]["n_observers"]),
        confidence=arguments.confidence,
    )
    kit.save_figure(figure, arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
