"""Tables as text: TSV of the workflow's own, CSV of users. What is wrong in one is named by file, line and column."""

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path

from texalign.artifacts import seals
from texalign.artifacts.files import atomic_path
from texalign.errors import TexalignError

Row = Mapping[str, str]

# Longest cell that is read, in characters: the csv module's own limit would refuse contingency tables of 300 classes.
LONGEST_CELL = 1 << 27


def write_tsv(
    path: str | Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]], lineage: str | None = None
) -> None:
    """Write `rows` as tab-separated text with a header line; None and NaN become empty cells, floats are exact.

    Raises TexalignError when a row lacks a column or has one that `columns` does not name.
    """
    with atomic_path(path, lineage) as partial, partial.open("w", newline="", encoding="utf-8") as stream:
        stream.write(_line(columns))
        for row in rows:
            if set(row) != set(columns):
                raise TexalignError(f"{path}: row has columns {sorted(row)}, expected {sorted(columns)}")
            stream.write(_line([_cell(row[column]) for column in columns]))


def _line(cells: Sequence[str]) -> str:
    """A line of a table, as the csv module writes it, but that it would not quote a carriage return."""
    quoted = [f'"{cell.replace(_QUOTE, 2 * _QUOTE)}"' if _TO_QUOTE.search(cell) else cell for cell in cells]
    return ("\t".join(quoted) or '""') + "\n"


_QUOTE = '"'
_TO_QUOTE = re.compile('[\t\n\r"]')


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Real) and not isinstance(value, Integral):
        return "" if math.isnan(value) else repr(float(value))
    return str(value)


def read_tsv(path: str | Path, lineage: str | None = None) -> list[dict[str, str]]:
    """Rows of a tab-separated file with a header line, each a dict of column to text; empty cells are empty strings.

    Raises TexalignError naming file and line for what is no such table, and, where a `lineage` is given, for a file of
    another one (see texalign.artifacts.seals).
    """
    return [row for _, row in numbered_rows(path, lineage)]


def numbered_rows(
    path: str | Path, lineage: str | None = None, columns: Sequence[str] | None = None
) -> list[tuple[int, dict[str, str]]]:
    """As `read_tsv`, each row with the number of the line that it ends in; exactly of these `columns` if given."""
    text = decode(path, seals.read_bytes(path, lineage))
    lines = _cells(csv.reader(io.StringIO(text, newline=""), delimiter="\t", strict=True), path)
    if not lines or not lines[0][1]:
        raise TexalignError(f"{path}: is empty, expected a header line")
    header = lines[0][1]
    _refuse_repeated(path, header, header)
    if columns is not None and set(columns) != set(header):
        raise TexalignError(f"{path}: has the columns {', '.join(header)}; expected {', '.join(columns)}")
    rows = []
    for number, cells in lines[1:]:
        if len(cells) != len(header):
            raise TexalignError(f"{path}, line {number}: has {len(cells)} cells, the header line has {len(header)}")
        if cells == header:
            raise TexalignError(f"{path}, line {number}: repeats the header line; is this two tables in one?")
        rows.append((number, dict(zip(header, cells, strict=True))))
    return rows


def read_rows(
    path: str | Path, columns: Sequence[str], numbers: Sequence[str] = (), lineage: str | None = None
) -> list[Row]:
    """Rows of a TSV file, which has the `columns`; cells of the columns `numbers` are finite numbers.

    Raises TexalignError naming file, line and column where that is not so, and when the file has no rows.
    """
    rows = numbered_rows(path, lineage)
    if not rows:
        raise TexalignError(f"{path}: has no rows")
    missing = [column for column in columns if column not in rows[0][1]]
    if missing:
        raise TexalignError(f"{path}: has no column {', '.join(missing)}; it has {', '.join(rows[0][1])}")
    for line, row in rows:
        for column in numbers:
            if as_number(row[column]) is None:
                raise TexalignError(
                    f"{path}, line {line}, column {column}: {short(row[column])} is not a finite number"
                )
    return [row for _, row in rows]


def rows_of(path: str | Path, *, lineage: str | None = None, **wanted: str) -> list[Row]:
    """Rows of a TSV file that have the wanted cells, by column. Raises TexalignError when there are none."""
    rows = read_rows(path, list(wanted), lineage=lineage)
    found = [row for row in rows if all(row[name] == cell for name, cell in wanted.items())]
    if not found:
        asked = ", ".join(f"{name} {cell}" for name, cell in wanted.items())
        raise TexalignError(f"{path}: has no rows of {asked}")
    return found


_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def as_number(cell: str) -> float | None:
    """The finite decimal number that a cell holds, or None; what only Python takes for one (1_7, nan, ٣) is none."""
    if not _NUMBER.fullmatch(cell):
        return None
    value = float(cell)
    return value if math.isfinite(value) else None


def short(cell: str) -> str:
    """A cell as messages quote it, however long it is."""
    return repr(cell if len(cell) <= 60 else f"{cell[:57]}...")


def check_columns(path: str | Path, columns: Sequence[str], wanted: Sequence[str]) -> None:
    """Raise TexalignError when a column that is `wanted` is missing, naming those that are there, or is there twice."""
    missing = [name for name in wanted if name not in columns]
    if missing:
        raise TexalignError(f"{path}: has no column {', '.join(missing)}; it has {', '.join(columns)}")
    _refuse_repeated(path, columns, wanted)


def _refuse_repeated(path: str | Path, columns: Sequence[str], wanted: Sequence[str]) -> None:
    if len(set(columns)) == len(columns):
        return
    repeated = [name for name in dict.fromkeys(wanted) if columns.count(name) > 1]
    if repeated:
        raise TexalignError(f"{path}: has more than one column {', '.join(repeated)}")


def read_cells(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header of a CSV file, and its rows with their line numbers; without comments, blank lines and outer spaces.

    Raises TexalignError naming file and line for what is no such table: lines that have more or fewer cells than the
    header, but for empty ones at the end, a header that comes again, NUL bytes, what is not UTF-8.
    """
    content = Path(path).read_bytes()
    # Spreadsheets begin UTF-8 files with a byte order mark, which is no part of the first column's name.
    return cells_of(io.StringIO(decode(path, content).removeprefix("\ufeff"), newline=""), path)


def cells_of(stream: Iterable[str], path: str | Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """As `read_cells`, of the lines of any text stream; `path` is what messages call it."""
    # A comment counts as a blank line, so that the reader's line numbers are those of the file.
    reader = csv.reader("\n" if line.startswith("#") else line for line in stream)
    try:
        lines = [(number, [cell.strip() for cell in cells]) for number, cells in _cells(reader, path)]
    except UnicodeDecodeError as error:
        raise TexalignError(f"{path}: is not UTF-8 text ({error}); save it as UTF-8") from error
    lines = [(number, cells) for number, cells in lines if any(cells)]
    if not lines:
        raise TexalignError(f"{path}: is empty, expected a header line")
    header = lines[0][1]
    while header[-1] == "":  # as spreadsheets leave at the end of lines
        header.pop()
    return header, [(number, _of_length(path, number, cells, header)) for number, cells in lines[1:]]


def _of_length(path: str | Path, number: int, cells: list[str], header: list[str]) -> list[str]:
    if cells == header:
        raise TexalignError(f"{path}, line {number}: repeats the header line; is this two tables in one?")
    if len(cells) < len(header) or any(cells[len(header) :]):
        raise TexalignError(f"{path}, line {number}: has {len(cells)} cells, the header line has {len(header)}")
    return cells[: len(header)]


def _cells(reader: Iterator[list[str]], path: str | Path) -> list[tuple[int, list[str]]]:
    """Rows of a csv reader with their line numbers; what it raises becomes a TexalignError that names them."""
    rows: list[tuple[int, list[str]]] = []
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        for cells in reader:
            if any("\0" in cell for cell in cells):
                raise TexalignError(
                    f"{path}, line {reader.line_num}: holds NUL bytes; it is damaged, or not a text file"
                )
            rows.append((reader.line_num, cells))
    except csv.Error as error:
        raise TexalignError(f"{path}, line {reader.line_num}: is not a table as text ({error})") from error
    finally:
        csv.field_size_limit(before)
    return rows


def decode(path: str | Path, content: bytes) -> str:
    """Text of a file's bytes. Raises TexalignError naming file and line when they are not UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TexalignError(
            f"{path}, line {line}: is not UTF-8 text (byte 0x{content[error.start]:02x}); save it as UTF-8"
        ) from error
