"""Tables of all networks: how their rows become other rows.

A criterion may be a column of any table, so that what chooses by one sees rows of text by column, as read from TSV.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from texalign import names
from texalign.artifacts.tables import Row
from texalign.errors import TexalignError
from texalign.information.rows import LAYER_KEY, BestLayer, InferenceRow, MiRow
from texalign.statistics import benjamini_hochberg


def concatenate(tables: Iterable[tuple[str, Sequence[MiRow]]]) -> list[MiRow]:
    """Rows of all tables of mutual information, each given with its name, in order.

    Raises TexalignError naming the table that has no rows, or repeats a layer.
    """
    rows: list[MiRow] = []
    seen: set[tuple[str, ...]] = set()
    for name, table in tables:
        if not table:
            raise TexalignError(f"{name}: has no rows")
        for row in table:
            if row.key in seen:
                raise TexalignError(f"{name}: repeats {', '.join(row.key)}")
            seen.add(row.key)
            rows.append(row)
    return rows


def with_criterion(rows: Sequence[Row], others: Mapping[str, Sequence[Row]], criterion: str) -> list[Row]:
    """Rows with columns `criterion`, its name, and `value`, its value: of their own column, or of another table's row.

    `others`: tables by their names, whose rows name a layer by those columns of `LAYER_KEY` that they have; a table
    without protocols counts for all of them. Raises TexalignError when no table has the column, or a layer
    has no value.
    """
    if not rows or criterion in rows[0]:
        return [{**row, "criterion": criterion, "value": _number(row, criterion)} for row in rows]
    for name, table in others.items():
        if table and criterion in table[0]:
            key = [column for column in LAYER_KEY if column in table[0]]
            values = {tuple(row[column] for column in key): _number(row, criterion) for row in table}
            missing = [row for row in rows if tuple(row[column] for column in key) not in values]
            if missing:
                layer = ", ".join(missing[0][column] for column in LAYER_KEY)
                raise TexalignError(f"{name}: has no {criterion} of {layer}")
            return [
                {**row, "criterion": criterion, "value": values[tuple(row[column] for column in key)]} for row in rows
            ]
    raise TexalignError(f"no table has a column {criterion!r}, by which layers are to be chosen; see `criterion`")


def _number(row: Row, column: str) -> str:
    try:
        finite = math.isfinite(float(row[column]))
    except ValueError:
        finite = False
    if not finite:
        layer = ", ".join(row[name] for name in LAYER_KEY if name in row)
        raise TexalignError(f"{column} of {layer} is {row[column]!r}, by which layers cannot be chosen")
    return row[column]


def best_layers(rows: Iterable[Row], column: str = "mi_nsb_bits") -> list[Row]:
    """Of each representation, protocol and network the row with the best `column`, the earlier of equal layers.

    The highest is the best, but of what `names.LOWER_IS_BETTER` lists; `value` counts as the criterion that it is of.
    """
    best: dict[tuple[str, ...], Row] = {}
    for row in rows:
        key = tuple(row[name] for name in LAYER_KEY[:-1])
        if key not in best or _rank(row, column) > _rank(best[key], column):
            best[key] = row
    return list(best.values())


def _rank(row: Row, column: str) -> tuple[float, int]:
    criterion = row["criterion"] if column == "value" else column
    sign = -1 if criterion in names.LOWER_IS_BETTER else 1
    return sign * float(row[column]), -int(row["position"])


def best_layer(row: Row) -> BestLayer:
    """The record of a row of `best_layers` that has a criterion and its value."""
    numbers = {name: float(row[name]) if name in row else None for name in ("mi_nsb_bits", "mi_of_ceiling")}
    text = {name: row[name] for name in (*LAYER_KEY, "module", "criterion")}
    return BestLayer(**text, value=float(row["value"]), **numbers)


def with_q_values(rows: Sequence[InferenceRow]) -> list[InferenceRow]:
    """Rows of mutual information with its uncertainty, each with its `null_q`.

    Benjamini and Hochberg's q-value over all networks and layers of the same representation and protocol: the smallest
    false discovery rate at which the layer is among those that tell anything about the classes.
    """
    tests: dict[tuple[str, str], list[int]] = {}
    for number, row in enumerate(rows):
        tests.setdefault((row.representation, row.protocol), []).append(number)
    corrected = list(rows)
    for numbers in tests.values():
        adjusted = benjamini_hochberg([rows[number].null_p for number in numbers])
        for number, q in zip(numbers, adjusted, strict=True):
            corrected[number] = replace(rows[number], null_q=q)
    return corrected
