"""Command-line arguments of the multiverse: tables of its branches, and the options of every choice."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from texalign.command_line import score_arguments

if TYPE_CHECKING:
    from texalign.brainscore.multiverse import Branch, Choices


def add_multiverse_arguments(parser: argparse.ArgumentParser) -> None:
    """Add all of them, and those that say where scores come from."""
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


def read_branches(arguments: argparse.Namespace, own: "Choices") -> list["Branch"]:
    """The branches that the arguments name; the study's own tables are of the branch that has its `own` choices.

    Raises TexalignError when a table is not one, or is of another lineage.
    """
    from texalign.artifacts import tables
    from texalign.brainscore.multiverse import Branch
    from texalign.information.rows import MI_COLUMNS

    told = arguments.lineages.told
    curves = {mi: tables.read_tsv(told(path)) for mi, path in arguments.curves}
    agreement = {mi: {path: tables.read_tsv(told(path))} for mi, path in arguments.agreement}
    others = {str(path): tables.read_tsv(path) for path in arguments.others}
    branches = []
    for *choices, mi in arguments.branch:
        rows = tables.read_rows(told(mi), MI_COLUMNS, ["position"])
        is_own = tuple(choices) == (own.activation, own.preprocessing, own.fit, own.matched_dimensions)
        known = (others if is_own else {}) | agreement.get(mi, {})
        branches.append(Branch(*choices, rows, known, curves.get(mi, [])))
    return branches
