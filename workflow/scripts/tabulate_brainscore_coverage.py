"""Which benchmarks each network's scores from a leaderboard export rest on, and what missing ones do to the means."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    from texalign.command_line import score_arguments

    parser = argparse.ArgumentParser(description=__doc__)
    score_arguments.add_score_arguments(parser)
    parser.add_argument("--output", type=Path, required=True, help="coverage, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import records
    from texalign.brainscore import leaderboard
    from texalign.command_line import score_arguments

    ids = dict(arguments.ids)
    board, rows = leaderboard.chosen_leaderboard(score_arguments.score_source(arguments), ids, arguments.benchmarks)
    coverage = leaderboard.coverage(board, ids, rows, arguments.benchmarks)
    records.write_records(arguments.output, leaderboard.BenchmarkCoverage, coverage)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
