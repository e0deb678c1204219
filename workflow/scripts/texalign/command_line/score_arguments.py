"""Command-line arguments of all programs that read Brain-Scores."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from texalign import names

if TYPE_CHECKING:
    from texalign.brainscore.leaderboard import ScoreSource
from texalign.errors import TexalignError


def add_score_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say which scores, from which file, of which networks."""
    parser.add_argument("--brainscore", type=Path, required=True, help="Brain-Scores, CSV or the leaderboard's ZIP")
    parser.add_argument(
        "--format",
        choices=list(names.SCORE_FORMATS),
        default="table",
        help="a table with a column `model` and every id once, or an export of the leaderboard with a column `Model`",
    )
    parser.add_argument("--composition", type=Path, help="what a leaderboard's aggregates are made of, CSV")
    parser.add_argument("--zero-filled", type=Path, help="share of each score's weight that is zeros, CSV")
    parser.add_argument(
        "--duplicates",
        choices=list(names.DUPLICATES),
        default="refuse",
        help="which of a leaderboard's rows with one name counts",
    )
    parser.add_argument("--benchmarks", nargs="+", required=True, help="columns of the file")
    parser.add_argument(
        "--ids", type=_model_and_id, nargs="+", required=True, metavar="MODEL=ID", help="id of each network, or nothing"
    )
    parser.add_argument(
        "--lines",
        type=_model_and_line,
        nargs="*",
        default=[],
        metavar="MODEL=LINE",
        help="line of a leaderboard's file",
    )


def add_aggregate_argument(parser: argparse.ArgumentParser) -> None:
    """Add the argument that says how a leaderboard's aggregates are taken."""
    parser.add_argument(
        "--aggregate",
        choices=list(names.AGGREGATES),
        default="leaderboard",
        help="as exported (what was not taken counts as zero), means over what all took or what each took, or no means",
    )


def score_source(arguments: argparse.Namespace) -> "ScoreSource":
    """The file of scores that the arguments of `add_score_arguments` describe."""
    from texalign.brainscore.leaderboard import ScoreSource

    return ScoreSource(
        path=str(arguments.brainscore),
        format=arguments.format,
        duplicates=arguments.duplicates,
        composition=None if arguments.composition is None else str(arguments.composition),
        lines=dict(arguments.lines),
        zero_filled=None if arguments.zero_filled is None else str(arguments.zero_filled),
    )


def by_model(pairs: Sequence[str]) -> dict[str, str]:
    """Values by network from arguments MODEL=VALUE. Raises TexalignError for one without an equals sign."""
    for pair in pairs:
        if "=" not in pair:
            raise TexalignError(f"{pair!r} is not MODEL=VALUE")
    return dict(pair.split("=", 1) for pair in pairs)


def _model_and_id(word: str) -> tuple[str, str | None]:
    model, equals, name = word.partition("=")
    if not model or not equals:
        raise argparse.ArgumentTypeError(f"{word!r} is not MODEL=ID, or MODEL= for a network without an id")
    return model, name or None


def _model_and_line(word: str) -> tuple[str, int]:
    model, _, line = word.partition("=")
    if not model or not line.isdecimal():
        raise argparse.ArgumentTypeError(f"{word!r} is not MODEL=LINE")
    return model, int(line)
