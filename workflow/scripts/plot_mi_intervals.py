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
    from texalign.artifacts import tables
    from texalign.figures import kit, mi_intervals

    rows = tables.rows_of(arguments.inference, representation=arguments.representation, protocol=arguments.protocol)
    layers = [
        mi_intervals.LayerInterval(
            model=row["model"],
            layer=row["layer"],
            position=int(row["position"]),
            mi_nsb_bits=float(row["mi_nsb_bits"]),
            low_bits=float(row["ci_low_bits"]),
            high_bits=float(row["ci_high_bits"]),
            null_mean_bits=float(row["null_mean_bits"]),
            null_sd_bits=float(row["null_sd_bits"]),
        )
        for row in rows
    ]
    figure = mi_intervals.mi_intervals(
        layers,
        dict(pair.split("=", 1) for pair in arguments.families),
        protocol=arguments.protocol,
        n_images=int(rows[0]["n_images"]),
        n_classes=int(rows[0]["n_classes"]),
        confidence=float(rows[0]["confidence"]),
    )
    kit.save_figure(figure, arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
