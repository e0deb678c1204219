"""Correlations with Brain-Score under every combination of choices, and what each choice changes."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    from texalign.command_line import score_arguments

    parser = argparse.ArgumentParser(description=__doc__)
    score_arguments.add_score_arguments(parser)
    parser.add_argument(
        "--branch",
        nargs=5,
        action="append",
        required=True,
        metavar=("ACTIVATION", "PREPROCESSING", "FIT", "DIMENSIONS", "MI"),
        help="agreement of all layers, TSV, of representations so extracted; once for each extraction",
    )
    for name, what in (("--curves", "agreement by number of clusters"), ("--agreement", "agreement with people")):
        parser.add_argument(
            name,
            nargs=2,
            action="append",
            default=[],
            metavar=("MI", "TABLE"),
            help=f"{what}, TSV, of the layers of one of these tables; once for each extraction",
        )
    parser.add_argument(
        "--others", type=Path, nargs="*", default=[], help="the study's own tables of other criteria, TSV"
    )
    parser.add_argument("--criteria", nargs="+", required=True, help="measures of agreement, columns of these tables")
    parser.add_argument("--clusters", nargs="+", required=True, help="numbers of clusters, or n_classes")
    parser.add_argument("--layer-rules", nargs="+", required=True, help="what of its layers counts for a network")
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
        nargs=12,
        required=True,
        metavar="CHOICE",
        help="the study's own choices: activation, preprocessing, fit, matched dimensions, representation, protocol, "
        "criterion, clusters, layer rule, join, aggregate and statistic",
    )
    parser.add_argument("--alpha", type=float, default=0.05, help="level below which a p-value is called significant")
    parser.add_argument(
        "--published", type=Path, nargs="?", help="published correlations, CSV with columns benchmark, r, p"
    )
    parser.add_argument("--output", type=Path, required=True, help="all correlations, TSV")
    parser.add_argument("--output-changes", type=Path, required=True, help="what each choice changes, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import records, tables
    from texalign.brainscore import leaderboard, multiverse
    from texalign.command_line import score_arguments
    from texalign.information.rows import MI_COLUMNS

    ids = dict(arguments.ids)
    source = score_arguments.score_source(arguments)
    scores = {name: leaderboard.scores_of(source, ids, arguments.benchmarks, name) for name in arguments.aggregates}
    own = multiverse.Choices(*arguments.own)
    curves = {mi: tables.read_tsv(arguments.lineages.told(path)) for mi, path in arguments.curves}
    others = {str(path): tables.read_tsv(path) for path in arguments.others}
    agreement = {mi: {path: tables.read_tsv(arguments.lineages.told(path))} for mi, path in arguments.agreement}
    branches = [
        multiverse.Branch(
            *choices,
            tables.read_rows(arguments.lineages.told(path), MI_COLUMNS, ["position"]),
            (others if tuple(choices) == (own.activation, own.preprocessing, own.fit, own.matched_dimensions) else {})
            | agreement.get(path, {}),
            curves.get(path, []),
        )
        for *choices, path in arguments.branch
    ]
    options = multiverse.Options(
        *(arguments.criteria, arguments.clusters, arguments.layer_rules, arguments.joins, arguments.statistics)
    )
    found = multiverse.results(branches, ids, scores, options)
    published = {} if arguments.published is None else multiverse.read_published(arguments.published)
    rows = multiverse.result_rows(found, arguments.alpha, own, published)
    records.write_records(arguments.output, multiverse.ResultRow, rows)
    records.write_records(arguments.output_changes, multiverse.Change, multiverse.changes(found, arguments.alpha))


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
