"""Tables as text: TSV of the workflow's own, CSV of users."""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path

from texalign.artifacts import tables
from texalign.artifacts.files import atomic_path
from texalign.errors import TexalignError


def write_tsv(path: str | Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write `rows` as tab-separated text with a header line; None and NaN become empty cells, floats are exact.

    Raises TexalignError when a row lacks a column or has one that `columns` does not name.
    """
    with atomic_path(path) as partial, partial.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            if set(row) != set(columns):
                raise TexalignError(f"{path}: row has columns {sorted(row)}, expected {sorted(columns)}")
            writer.writerow([_cell(row[column]) for column in columns])


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Real) and not isinstance(value, Integral):
        return "" if math.isnan(value) else repr(float(value))
    return str(value)


def read_tsv(path: str | Path) -> list[dict[str, str]]:
    """Rows of a tab-separated file with a header line, each a dict of column to text; empty cells are empty strings."""
    with Path(path).open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream, delimiter="\t", strict=True)
        if reader.fieldnames is None:
            raise TexalignError(f"{path}: is empty, expected a header line")
        try:
            rows = list(reader)
        except csv.Error as error:
            raise TexalignError(f"{path}, line {reader.line_num}: is not tab-separated text ({error})") from error
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise TexalignError(f"{path}, line {number}: does not have {len(reader.fieldnames)} cells")
    return rows


Row = Mapping[str, str]


def read_rows(path: str | Path, columns: Sequence[str], numbers: Sequence[str] = ()) -> list[Row]:
    """Rows of a TSV file, which has the `columns`; cells of the columns `numbers` are finite numbers.

    Raises TexalignError naming file, line and column where that is not so, and when the file has no rows.
    """
    rows = tables.read_tsv(path)
    if not rows:
        raise TexalignError(f"{path}: has no rows")
    missing = [column for column in columns if column not in rows[0]]
    if missing:
        raise TexalignError(f"{path}: has no column {', '.join(missing)}; it has {', '.join(rows[0])}")
    for line, row in enumerate(rows, start=2):
        for column in numbers:
            if not _is_finite(row[column]):
                raise TexalignError(f"{path}, line {line}, column {column}: {row[column]!r} is not a finite number")
    return rows


def _is_finite(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def check_columns(path: str | Path, columns: Sequence[str], wanted: Sequence[str]) -> None:
    """Raise TexalignError when a column that is `wanted` is missing, naming those that are there, or is there twice."""
    missing = [name for name in wanted if name not in columns]
    if missing:
        raise TexalignError(f"{path}: has no column {', '.join(missing)}; it has {', '.join(columns)}")
    repeated = [name for name in wanted if columns.count(name) > 1]
    if repeated:
        raise TexalignError(f"{path}: has more than one column {', '.join(repeated)}")


def read_cells(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header of a CSV file, and its rows with their line numbers; without comments, blank lines and outer spaces."""
    # Spreadsheets begin UTF-8 files with a byte order mark, which is no part of the first column's name.
    with path.open(newline="", encoding="utf-8-sig") as stream:
        return cells_of(stream, path)


def cells_of(stream: Iterable[str], path: str | Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """As `read_cells`, of the lines of any text stream; `path` is what messages call it."""
    # A comment counts as a blank line, so that the reader's line numbers are those of the file.
    reader = csv.reader("\n" if line.startswith("#") else line for line in stream)
    try:
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except UnicodeDecodeError as error:
        raise TexalignError(f"{path}: is not UTF-8 text ({error})") from error
    lines = [(number, cells) for number, cells in lines if any(cells)]
    if not lines:
        raise TexalignError(f"{path}: is empty, expected a header line")
    return lines[0][1], lines[1:]
