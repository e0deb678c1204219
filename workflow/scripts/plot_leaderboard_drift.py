"""Correlations with Brain-Score under two files of scores, as PNG, SVG and PDF."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drift", type=Path, required=True, help="correlations under both files, TSV")
    parser.add_argument("--aggregate", default="leaderboard", help="way of taking means to show")
    parser.add_argument("--representation", required=True, help="representation to show")
    parser.add_argument("--names", nargs=2, required=True, metavar=("BEFORE", "AFTER"), help="what to call the files")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png, .svg or .pdf")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import records
    from texalign.brainscore.drift import CorrelationDrift
    from texalign.figures import brainscore_drift, kit

    shown = [
        brainscore_drift.Drifted(row.protocol, row.benchmark, row.r_before, row.n_before, row.r_after, row.n_after)
        for row in records.read_records(arguments.drift, CorrelationDrift)
        if (row.aggregate, row.representation) == (arguments.aggregate, arguments.representation)
    ]
    before, after = arguments.names
    figure = brainscore_drift.brainscore_drift(shown, before=before, after=after, aggregate=arguments.aggregate)
    kit.save_figure(figure, arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
