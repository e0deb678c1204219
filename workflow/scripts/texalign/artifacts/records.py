"""Tables of typed records: a frozen dataclass says what the columns are, of which type, and what they mean.

    @dataclass(frozen=True)
    class Row:
        model: str = column("network")
        bits: float | None = column("mutual information in bits; empty where it is not defined", name="mi_bits")

Cells hold `str`, `int`, `float`, `bool` (True or False), or any of them `| None`, which an empty cell stands for.
Numbers are finite; a NaN is only written where the field may be None, and comes back as None.
"""

import dataclasses
import math
import operator
import re
import types
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from texalign.artifacts.tables import as_number, numbered_rows, short, write_tsv
from texalign.errors import TexalignError

Record = TypeVar("Record")


def column(doc: str, name: str | None = None, **options: Any) -> Any:
    """A field of a record: what its column holds (units, what an empty cell means), and the column's name where it is
    not the field's. `options` are those of dataclasses.field, such as `default`.
    """
    return dataclasses.field(metadata={"doc": doc, "name": name}, **options)


@dataclass(frozen=True)
class Column:
    """A column of a record's table: the field it is read into, its name in the file, its type, and what it holds."""

    field: str
    name: str
    kind: type
    optional: bool
    doc: str


@cache
def columns(record: type) -> tuple[Column, ...]:
    """Columns of a record type, in their order. Raises TypeError for a field of a type that no cell can hold."""
    hints = typing.get_type_hints(record)
    found = []
    for field in dataclasses.fields(record):
        kinds = set(typing.get_args(hints[field.name])) if _is_union(hints[field.name]) else {hints[field.name]}
        optional = types.NoneType in kinds
        kinds -= {types.NoneType}
        if len(kinds) != 1 or not kinds <= set(_READERS):
            raise TypeError(f"{record.__name__}.{field.name}: a cell cannot hold {hints[field.name]}")
        name = field.metadata.get("name") or field.name
        found.append(Column(field.name, name, kinds.pop(), optional, field.metadata.get("doc", "")))
    return tuple(found)


def _is_union(hint: object) -> bool:
    return typing.get_origin(hint) in (types.UnionType, typing.Union)


def write_records(
    path: str | Path, record: type[Record], records: Iterable[Record], lineage: str | None = None
) -> None:
    """Write records as TSV, a row each.

    Raises TexalignError naming file, row and column for a value that would not come back as it is.
    """
    known = columns(record)
    rows = (
        {column.name: _written(path, number, column, getattr(entry, column.field)) for column in known}
        for number, entry in enumerate(records, start=1)
    )
    write_tsv(path, [column.name for column in known], rows, lineage)


def read_records(path: str | Path, record: type[Record], lineage: str | None = None) -> list[Record]:
    """Records of a TSV file that has exactly their columns, in any order; none where it has a header line only.

    Raises TexalignError naming file, line and column for what does not fit.
    """
    known = columns(record)
    rows = numbered_rows(path, lineage, [column.name for column in known])
    return [
        record(**{column.field: _read(path, line, column, row[column.name]) for column in known}) for line, row in rows
    ]


def read_all(paths: Iterable[str | Path], record: type[Record]) -> list[Record]:
    """Records of several files, one after the other.

    Raises TexalignError as `read_records`, and for a file without rows.
    """
    found: list[Record] = []
    for path in paths:
        rows = read_records(path, record)
        if not rows:
            raise TexalignError(f"{path}: has no rows")
        found += rows
    return found


def records_of(path: str | Path, record: type[Record], **wanted: str) -> list[Record]:
    """Records of a file whose fields have these values. Raises TexalignError as `read_records`, and when none has."""
    rows = read_records(path, record)
    found = [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]
    if not found:
        asked = ", ".join(f"{name} {value}" for name, value in wanted.items())
        raise TexalignError(f"{path}: has no rows of {asked}")
    return found


def _written(path: str | Path, number: int, column: Column, value: object) -> object:
    def refuse(why: str) -> TexalignError:
        return TexalignError(f"{path}, row {number}, column {column.name}: {why}")

    if value is None:
        if not column.optional:
            raise refuse("has no value")
        return None
    if column.kind is bool:
        if not isinstance(value, bool) and type(value).__name__ != "bool":  # NumPy's
            raise refuse(f"{value!r} is not True or False")
        return str(bool(value))
    if column.kind is int:
        return operator.index(value)
    if column.kind is float:
        value = float(value)
        if math.isinf(value) or (math.isnan(value) and not column.optional):
            raise refuse(f"{value} is not a finite number")
        return value
    return str(value)


def _read(path: str | Path, line: int, column: Column, cell: str) -> object:
    if column.optional and cell == "":
        return None
    value = _READERS[column.kind](cell)
    if value is None:
        raise TexalignError(f"{path}, line {line}, column {column.name}: {short(cell)} is not {_KINDS[column.kind]}")
    return value


def _whole(cell: str) -> int | None:
    return int(cell) if re.fullmatch(r"[+-]?[0-9]{1,300}", cell) else None


# What each type's cells are read by; None for cells that are none.
_READERS: dict[type, Callable[[str], object]] = {
    str: str,
    int: _whole,
    float: as_number,
    bool: {"True": True, "False": False}.get,
}
_KINDS = {int: "a whole number", float: "a finite number", bool: "True or False"}
