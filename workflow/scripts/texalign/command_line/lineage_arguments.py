"""The command-line argument by which a program is told the lineages of the files that it reads and writes."""

import argparse
import json
import logging
import shlex
import sys
from pathlib import Path

from texalign.artifacts.lineage import Lineages


def add_lineage_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--lineages`; the parsed arguments then hold a `Lineages`, which knows of none where it is not given."""
    parser.add_argument(
        "--lineages",
        type=read_lineages,
        default=Lineages(),
        metavar="JSON",
        help="lineages of all files that are read and written, {path: lineage}, or a file that holds this; "
        "files of other lineages are refused",
    )


def parse_with_lineages(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Parse a program's arguments, `--lineages` among them; every path then carries the lineage that was told of it.

    The command is logged without lineages, with which it would be long and without which it runs too: a job's command
    stands in its log, which keeps it off the screen. `@FILE` stands for the arguments that the file holds, one a line:
    more of them than a command line can.
    """
    parser.fromfile_prefix_chars = "@"
    add_lineage_argument(parser)
    arguments = parser.parse_args()
    logging.info("python %s", shlex.join(_without_lineages(sys.argv)))
    for name, value in vars(arguments).items():
        setattr(arguments, name, _told(value, arguments.lineages))
    return arguments


def _without_lineages(words: list[str]) -> list[str]:
    if "--lineages" not in words:
        return words
    place = words.index("--lineages")
    return words[:place] + words[place + 2 :]


def _told(value: object, lineages: Lineages) -> object:
    if isinstance(value, list):
        return [_told(item, lineages) for item in value]
    return lineages.told(value) if isinstance(value, Path) else value


def read_lineages(text: str) -> Lineages:
    """Lineages from JSON, or from a file of JSON. Raises ArgumentTypeError for what is neither."""
    try:
        found = json.loads(text if text.lstrip().startswith("{") else Path(text).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text[:80]!r} is neither JSON nor a file of it ({error})") from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise argparse.ArgumentTypeError("lineages are an object of JSON, {path: lineage}")
    return Lineages({Path(path).as_posix(): lineage for path, lineage in found.items()})
