"""Brain-Scores of networks, read from a table and joined with the study's networks by id, never by position."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from texalign.artifacts.tables import check_columns, read_cells
from texalign.errors import TexalignError


@dataclass(frozen=True)
class BrainScoreTable:
    """Scores (no unit) by model id and benchmark; a benchmark that a model has no score for is left out.

    `reasons`: why not, by benchmark, where there is more to say than that there is none.
    """

    path: str
    benchmarks: tuple[str, ...]
    scores: Mapping[str, Mapping[str, float]]
    reasons: Mapping[str, str] = field(default_factory=dict)


def read_scores(path: str | Path, benchmarks: Sequence[str]) -> BrainScoreTable:
    """Read the columns `benchmarks` of a CSV file with a column `model` of ids; lines beginning with # are comments.

    Other columns are not looked at. An empty cell, or one that says NaN, means that there is no score: it is never
    taken for zero. Raises TexalignError when the file is missing, and TexalignError naming file, line and column: a
    column is missing (naming those that are there) or there twice, a line has too few or too many cells, a model is
    listed twice or has no id, a cell is not a number.
    """
    columns, rows = read_cells(Path(path))
    check_columns(path, columns, ["model", *benchmarks])
    scores: dict[str, dict[str, float]] = {}
    for row in scored_rows(path, columns, rows, "model", benchmarks):
        if row.model in scores:
            raise TexalignError(f"{path}, line {row.line}, column model: {row.model!r} is listed twice")
        scores[row.model] = dict(row.scores)
    return BrainScoreTable(str(path), tuple(benchmarks), scores)


@dataclass(frozen=True)
class ScoredRow:
    """One line of a file of scores, counted from 1 as text editors and spreadsheets do; no entry means no score."""

    line: int
    model: str
    scores: Mapping[str, float]


def scored_rows(
    path: str | Path, columns: Sequence[str], rows: list[tuple[int, list[str]]], model: str, wanted: Sequence[str]
) -> list[ScoredRow]:
    """Rows, as of `read_cells`, with their scores in the columns `wanted`; the column named `model` holds the ids.

    Raises TexalignError naming file, line and column, as `read_scores`.
    """
    scored: list[ScoredRow] = []
    for number, cells in rows:
        place = f"{path}, line {number}"
        if len(cells) != len(columns):
            raise TexalignError(f"{place}: has {len(cells)} cells, the header line has {len(columns)}")
        row = dict(zip(columns, cells, strict=True))
        if not row[model]:
            raise TexalignError(f"{place}, column {model}: has no id")
        found = {name: _score(row[name], f"{place}, column {name}") for name in wanted}
        present = {name: score for name, score in found.items() if score is not None}
        scored.append(ScoredRow(number, row[model], present))
    return scored


def _score(cell: str, place: str) -> float | None:
    if not cell:
        return None
    try:
        score = float(cell)
    except ValueError as error:
        raise TexalignError(f"{place}: {cell!r} is not a number") from error
    if math.isinf(score):
        raise TexalignError(f"{place}: {cell!r} is not a finite number")
    return None if math.isnan(score) else score
