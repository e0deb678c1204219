"""An export of Brain-Score's vision leaderboard as it comes: a CSV file, or the ZIP that holds one."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from texalign.artifacts.archives import UNREADABLE
from texalign.artifacts.tables import cells_of, check_columns
from texalign.brainscore.scores import number_of
from texalign.errors import TexalignError

if TYPE_CHECKING:
    import numpy as np

NAME, MODEL_ID = "Model", "Model ID"
# What an export says of a row beside its scores.
ABOUT_ROWS = ("Rank", NAME, MODEL_ID, "Filtered Score")
MEMBER = "leaderboard.csv"
# An export has less than a megabyte; what unfolds to more than this is none.
LARGEST_BYTES = 100_000_000
# A column that says something of another one: its name, and what.
ATTACHED = re.compile(r"(?P<benchmark>.+?)[ ._-]?\(?(?P<kind>error|stderr|sem|ceiling)\)?", re.IGNORECASE)


@dataclass(frozen=True)
class Export:
    """An export's cells: `columns`, `rows` with their line numbers, and `comments`, what the file says of itself.

    `path` is what messages call the file; for one in an archive, both.
    """

    path: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    comments: tuple[str, ...]

    @property
    def has_ids(self) -> bool:
        """Whether rows have a key of their own, which the name of a model is not: several rows may have it."""
        return MODEL_ID in self.columns

    @cached_property
    def attached(self) -> Mapping[str, Mapping[str, str]]:
        """Columns of errors and ceilings, by benchmark, whose column is in the file too, and kind."""
        found: dict[str, dict[str, str]] = {}
        for column in self.columns:
            match = ATTACHED.fullmatch(column)
            if match and match["benchmark"] in self.columns:
                kind = "ceiling" if match["kind"].lower() == "ceiling" else "error"
                found.setdefault(match["benchmark"], {})[kind] = column
        return found

    @cached_property
    def score_columns(self) -> tuple[str, ...]:
        """Columns of scores: all whose cells are numbers or empty, but for ranks, keys, errors and ceilings."""
        others = {*ABOUT_ROWS, *(column for kinds in self.attached.values() for column in kinds.values())}
        return tuple(
            column
            for number, column in enumerate(self.columns)
            if column and column not in others and all(_is_score(cells[number]) for _, cells in self.rows)
        )

    @property
    def other_columns(self) -> tuple[str, ...]:
        """Columns that hold something else, and are not read."""
        kinds = {column for attached in self.attached.values() for column in attached.values()}
        return tuple(name for name in self.columns if name and name not in {*ABOUT_ROWS, *self.score_columns, *kinds})

    def scores(self) -> "np.ndarray":
        """The score columns as numbers, (rows, columns), NaN where a cell is empty."""
        import numpy as np  # not needed where only names are read, before any job runs

        numbers = [self.columns.index(column) for column in self.score_columns]
        rows = [
            [np.nan if (found := number_of(cells[i])) is None else found for i in numbers] for _, cells in self.rows
        ]
        return np.array(rows, float).reshape(len(self.rows), len(numbers))


def _is_score(cell: str) -> bool:
    try:
        number_of(cell)
    except ValueError:
        return False
    return True


def read_export(path: str | Path) -> Export:
    """Read an export: CSV, or a ZIP that holds `leaderboard.csv`, which is then read alone.

    Lines that begin with # are what the file says of itself (its date, the range of benchmarks shown). Raises
    TexalignError naming the file, and the line where there is one: an archive without that file, or one that cannot be
    read; no column `Model`, or one of its columns twice; a row with too few or too many cells.
    """
    name, text = _text_of(Path(path))
    comments = tuple(line.lstrip("# ").strip() for line in text.splitlines() if line.startswith("#"))
    columns, rows = cells_of(io.StringIO(text, newline=""), name)
    check_columns(name, columns, [NAME])
    repeated = sorted({column for column in columns if column and columns.count(column) > 1})
    if repeated:
        raise TexalignError(f"{name}: has more than one column {', '.join(repeated)}")
    return Export(name, tuple(columns), tuple((line, tuple(cells)) for line, cells in rows), comments)


def _text_of(path: Path) -> tuple[str, str]:
    """What to call the file, and its text."""
    if zipfile.is_zipfile(path):
        name, content = f"{path} ({MEMBER})", _member(path)
    else:
        name, content = str(path), path.read_bytes()
    try:
        return name, content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TexalignError(f"{name}: is not UTF-8 text ({error})") from error


def _member(path: Path) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            found = [entry for entry in archive.infolist() if PurePosixPath(entry.filename).name == MEMBER]
            if len(found) != 1:
                there = ", ".join(entry.filename for entry in archive.infolist()[:10]) or "nothing"
                raise TexalignError(
                    f"{path}: holds {len(found)} files {MEMBER}, not one; it has {there}. Give the archive as "
                    "exported, or the CSV file that is in it"
                )
            if found[0].file_size > LARGEST_BYTES:
                raise TexalignError(f"{path}: its {MEMBER} has {found[0].file_size} bytes; that is no leaderboard")
            return archive.read(found[0])
    except UNREADABLE as error:
        raise TexalignError(f"{path}: the archive cannot be read ({error}); export it again") from error


def chosen_columns(export: Export, wanted: Sequence[str]) -> list[str]:
    """Those columns of `wanted` that the export has. Raises TexalignError for one of errors or ceilings."""
    attached = {column for kinds in export.attached.values() for column in kinds.values()}
    for name in wanted:
        if name in attached or name in ABOUT_ROWS:
            raise TexalignError(f"{export.path}: {name} is no benchmark; name one of its scores")
    return [name for name in dict.fromkeys(wanted) if name in export.columns]
