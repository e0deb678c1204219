"""Brain-Scores of networks, read from a table and joined with the study's networks by id, never by position."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from texalign.artifacts.tables import as_number, check_columns, read_cells, short
from texalign.errors import TexalignError


@dataclass(frozen=True)
class BrainScoreTable:
    """Scores (no unit) by model id and benchmark; a benchmark that a model has no score for is left out.

    `reasons`: why not, by benchmark, where there is more to say than that there is none. `zero_filled`: by model and
    benchmark, the share of the score's weight, from 0 to 1, on benchmarks that were not taken and count as zero;
    `taken`: the mean of those that were. Both only where known.
    """

    path: str
    benchmarks: tuple[str, ...]
    scores: Mapping[str, Mapping[str, float]]
    reasons: Mapping[str, str] = field(default_factory=dict)
    zero_filled: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    taken: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def read_scores(path: str | Path, benchmarks: Sequence[str]) -> BrainScoreTable:
    """Read the columns `benchmarks` of a CSV file with a column `model` of ids; lines beginning with # are comments.

    Other columns, errors and ceilings among them, are not read, and named in the log. An empty cell, or one that says
    NaN, means that there is no score: it is never taken for zero. Scores below 0 and above 1 are carried, and said.
    Raises TexalignError naming file, line and column: a column is missing (naming those that are there) or there twice,
    a line has too few or too many cells, a model is listed twice or has no id, a cell is not a number or cannot be a
    score. A file that is missing raises FileNotFoundError.
    """
    columns, rows = read_cells(Path(path))
    check_columns(path, columns, ["model", *benchmarks])
    others = [name for name in columns if name not in ("model", *benchmarks)]
    if others:
        logging.info("%s: columns that are not read: %s", path, ", ".join(others))
    scores: dict[str, dict[str, float]] = {}
    scored = scored_rows(path, columns, rows, "model", benchmarks)
    say_unusual(path, scored)
    for row in scored:
        if row.model in scores:
            raise TexalignError(f"{path}, line {row.line}, column model: {row.model!r} is listed twice")
        scores[row.model] = dict(row.scores)
    return BrainScoreTable(str(path), tuple(benchmarks), scores)


def columns_of(path: str | Path) -> list[str]:
    """Names of a CSV file's columns."""
    return read_cells(Path(path))[0]


@dataclass(frozen=True)
class ScoredRow:
    """One line of a file of scores, counted from 1 as text editors and spreadsheets do; no entry means no score.

    `model_id`: the key of the row, where the file has keys beside names.
    """

    line: int
    model: str
    scores: Mapping[str, float]
    model_id: str | None = None


def scored_rows(
    path: str | Path, columns: Sequence[str], rows: list[tuple[int, list[str]]], model: str, wanted: Sequence[str]
) -> list[ScoredRow]:
    """Rows, as of `read_cells`, with their scores in the columns `wanted`; the column named `model` holds the ids.

    Scores below 0 and above 1 are carried, and said. Raises TexalignError naming file, line and column, as
    `read_scores`.
    """
    scored: list[ScoredRow] = []
    for number, cells in rows:
        place = f"{path}, line {number}"
        row = dict(zip(columns, cells, strict=True))
        if not row[model]:
            raise TexalignError(f"{place}, column {model}: has no id")
        found = {name: score_of(row[name], f"{place}, column {name}") for name in wanted}
        present = {name: score for name, score in found.items() if score is not None}
        scored.append(ScoredRow(number, row[model], present))
    return scored


def say_unusual(path: str | Path, rows: Iterable[ScoredRow]) -> None:
    """Log which scores of `rows` lie outside of 0 to 1: they are carried as they are."""
    unusual = [
        f"{name} of {row.model} {score:g}" for row in rows for name, score in row.scores.items() if not 0 <= score <= 1
    ]
    if unusual:
        shown = ", ".join(unusual[:10]) + (" and others" if len(unusual) > 10 else "")
        logging.info("%s: %d scores are below 0 or above 1, and carried: %s", path, len(unusual), shown)


# Scores are fractions of a noise ceiling: real exports have them from -.07 to 1.2.
LOWEST_SCORE, HIGHEST_SCORE = -1.0, 2.0


def number_of(cell: str) -> float | None:
    """The number in a cell; None where it is empty or says NaN. Raises ValueError where it is not a finite number."""
    if not cell or cell.lower() == "nan":
        return None
    number = as_number(cell)
    if number is None:
        raise ValueError(f"{short(cell)} is not a finite number")
    return number


def score_of(cell: str, place: str) -> float | None:
    """The score in a cell, None where there is none. Raises TexalignError naming `place` where it cannot be one."""
    try:
        score = number_of(cell)
    except ValueError as error:
        raise TexalignError(f"{place}: {error}") from error
    if score is not None and not LOWEST_SCORE <= score <= HIGHEST_SCORE:
        raise TexalignError(
            f"{place}: {cell} is no Brain-Score. Scores are fractions of a noise ceiling; from {LOWEST_SCORE:g} to "
            f"{HIGHEST_SCORE:g} they are carried as they are. Of percentages, take a hundredth"
        )
    return score
