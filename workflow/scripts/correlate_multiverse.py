"""Correlations with Brain-Score under every combination of choices, and what each choice changes."""

import argparse
from pathlib import Path


def parse_arguments() -> argparse.Namespace:
    from texalign.command_line import score_arguments

    parser = argparse.ArgumentParser(description=__doc__)
    score_arguments.add_score_arguments(parser)
    parser.add_argument(
        "--branch",
        nargs=3,
        action="append",
        required=True,
        metavar=("ACTIVATION", "PREPROCESSING", "BEST_MI"),
        help="best layers, TSV, of representations so extracted; once for each extraction",
    )
    parser.add_argument("--joins", nargs="+", required=True, help="how scores and networks are paired")
    parser.add_argument(
        "--aggregates",
        nargs="+",
        required=True,
        help="how a leaderboard's scores are aggregated; of a table: leaderboard",
    )
    parser.add_argument("--statistics", nargs="+", required=True, help="correlations")
    parser.add_argument(
        "--own",
        nargs=7,
        required=True,
        metavar=("ACTIVATION", "PREPROCESSING", "REPRESENTATION", "PROTOCOL", "JOIN", "AGGREGATE", "STATISTIC"),
        help="the study's own choices",
    )
    parser.add_argument("--alpha", type=float, default=0.05, help="level below which a p-value is called significant")
    parser.add_argument("--published", type=Path, help="published correlations, CSV with columns benchmark, r, p")
    parser.add_argument("--output", type=Path, required=True, help="all correlations, TSV")
    parser.add_argument("--output-changes", type=Path, required=True, help="what each choice changes, TSV")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    from dataclasses import asdict

    from texalign.artifacts import tables
    from texalign.brainscore import leaderboard, multiverse
    from texalign.command_line import score_arguments
    from texalign.information import layers

    ids = dict(arguments.ids)
    source = score_arguments.score_source(arguments)
    scores = {name: leaderboard.scores_of(source, ids, arguments.benchmarks, name) for name in arguments.aggregates}
    branches = [
        multiverse.Branch(activation, preprocessing, tables.read_rows(path, layers.BEST_MI_COLUMNS, ["value"]))
        for activation, preprocessing, path in arguments.branch
    ]
    found = multiverse.results(branches, ids, scores, arguments.joins, arguments.statistics)
    published = {} if arguments.published is None else multiverse.read_published(arguments.published)
    rows = multiverse.result_rows(found, arguments.alpha, multiverse.Choices(*arguments.own), published)
    tables.write_tsv(arguments.output, multiverse.RESULT_COLUMNS, rows)
    changed = [asdict(change) for change in multiverse.changes(found, arguments.alpha)]
    tables.write_tsv(arguments.output_changes, multiverse.CHANGE_COLUMNS, changed)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
