"""Two files of Brain-Scores side by side: networks and benchmarks that came and went, scores, correlations."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    from texalign import names
    from texalign.command_line import score_arguments

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--best-mi", type=Path, required=True, help="best layers, TSV")
    score_arguments.add_score_arguments(parser)
    parser.add_argument("--before", type=Path, required=True, help="the scores to compare with, CSV or ZIP")
    parser.add_argument(
        "--before-format", choices=list(names.SCORE_FORMATS), default="leaderboard", help="their format"
    )
    parser.add_argument("--output", type=Path, required=True, help="correlations under both, TSV")
    parser.add_argument("--output-scores", type=Path, required=True, help="how each benchmark moved, TSV")
    parser.add_argument("--output-contents", type=Path, required=True, help="what came and went, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    import logging
    from dataclasses import replace

    from texalign.artifacts import records
    from texalign.brainscore import drift
    from texalign.command_line import score_arguments
    from texalign.information.rows import BestLayer

    after = score_arguments.score_source(arguments)
    before = replace(after, path=str(arguments.before), format=arguments.before_format, lines={})
    sides = drift.read_sides(before, after, dict(arguments.ids), arguments.benchmarks)
    for side in sides:
        logging.info("%s: %d rows, %d of the study's networks", side.source.path, side.names.total(), len(side.ids))
    best = records.read_all([arguments.best_mi], BestLayer)
    for path, kind, rows in (
        (arguments.output_contents, drift.Difference, drift.differences(*sides)),
        (arguments.output_scores, drift.Move, drift.moves(*sides)),
        (
            arguments.output,
            drift.CorrelationDrift,
            drift.correlation_drift(best, *sides, arguments.benchmarks),
        ),
    ):
        records.write_records(path, kind, rows)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
