"""Mutual information by layer with intervals and permutation null under a protocol, as PNG, SVG and PDF."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inference", type=Path, required=True, help="mutual information with its uncertainty, TSV")
    parser.add_argument("--protocol", required=True, help="protocol to plot")
    parser.add_argument("--families", nargs="+", required=True, metavar="MODEL=FAMILY", help="family of each network")
    parser.add_argument("--representation", required=True, help="representation to show")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png, .svg or .pdf")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts.records import records_of
    from texalign.figures import kit, mi_intervals
    from texalign.information.rows import InferenceRow, joined

    shown = {"representation": arguments.representation, "protocol": arguments.protocol}
    rows = records_of(arguments.inference, InferenceRow, **shown)
    layers = [
        joined(mi_intervals.LayerInterval, row, low_bits=row.ci_low_bits, high_bits=row.ci_high_bits) for row in rows
    ]
    figure = mi_intervals.mi_intervals(
        layers,
        dict(pair.split("=", 1) for pair in arguments.families),
        protocol=arguments.protocol,
        n_images=rows[0].n_images,
        n_classes=rows[0].n_classes,
        confidence=rows[0].confidence,
    )
    kit.save_figure(figure, arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
