"""Brain-Scores of networks, read from a table and joined with the study's networks by id, never by position."""

import csv
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class BrainScoreTable:
    """Scores (no unit) by model id and benchmark; a benchmark that a model has no score for is left out."""

    path: str
    benchmarks: tuple[str, ...]
    scores: Mapping[str, Mapping[str, float]]


def read_scores(path: str | Path, benchmarks: Sequence[str]) -> BrainScoreTable:
    """Read the columns `benchmarks` of a CSV file with a column `model` of ids; lines beginning with # are comments.

    Other columns are not looked at. An empty cell, or one that says NaN, means that there is no score: it is never
    taken for zero. Raises OSError when the file is missing, and ValueError naming file, line and column: a column is
    missing (naming those that are there) or there twice, a line has too few or too many cells, a model is listed twice
    or has no id, a cell is not a number.
    """
    columns, rows = _cells(Path(path))
    missing = [name for name in ("model", *benchmarks) if name not in columns]
    if missing:
        raise ValueError(f"{path}: has no column {', '.join(missing)}; it has {', '.join(columns)}")
    repeated = [name for name in ("model", *benchmarks) if columns.count(name) > 1]
    if repeated:
        raise ValueError(f"{path}: has more than one column {', '.join(repeated)}")
    scores: dict[str, dict[str, float]] = {}
    for number, cells in rows:
        place = f"{path}, line {number}"
        if len(cells) != len(columns):
            raise ValueError(f"{place}: has {len(cells)} cells, the header line has {len(columns)}")
        row = dict(zip(columns, cells, strict=True))
        if not row["model"]:
            raise ValueError(f"{place}, column model: has no id")
        if row["model"] in scores:
            raise ValueError(f"{place}, column model: {row['model']!r} is listed twice")
        found = {benchmark: _score(row[benchmark], f"{place}, column {benchmark}") for benchmark in benchmarks}
        scores[row["model"]] = {benchmark: score for benchmark, score in found.items() if score is not None}
    return BrainScoreTable(str(path), tuple(benchmarks), scores)


def _cells(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header of a CSV file, and its rows with their line numbers; without comments, blank lines and outer spaces."""
    # Spreadsheets begin UTF-8 files with a byte order mark, which is no part of the first column's name.
    with path.open(newline="", encoding="utf-8-sig") as stream:
        # A comment counts as a blank line, so that the reader's line numbers are those of the file.
        reader = csv.reader("\n" if line.startswith("#") else line for line in stream)
        try:
            lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
        except UnicodeDecodeError as error:
            raise ValueError(f"{path}: is not UTF-8 text ({error})") from error
    lines = [(number, cells) for number, cells in lines if any(cells)]
    if not lines:
        raise ValueError(f"{path}: is empty, expected a header line")
    return lines[0][1], lines[1:]


def _score(cell: str, place: str) -> float | None:
    if not cell:
        return None
    try:
        score = float(cell)
    except ValueError as error:
        raise ValueError(f"{place}: {cell!r} is not a number") from error
    if math.isinf(score):
        raise ValueError(f"{place}: {cell!r} is not a finite number")
    return None if math.isnan(score) else score


@dataclass(frozen=True)
class JoinedScore:
    """A network's score on one benchmark; None where there is none, and `note` says why."""

    model: str
    brainscore_id: str | None
    benchmark: str
    score: float | None
    note: str = ""


def join_scores(ids: Mapping[str, str | None], table: BrainScoreTable) -> list[JoinedScore]:
    """Scores of networks, given by `ids` (network to id in the table, or None), for every benchmark of the table.

    Raises ValueError when two networks have the same id, since one score would then count twice.
    """
    repeated = [name for name, count in Counter(filter(None, ids.values())).items() if count > 1]
    if repeated:
        networks = [model for model, name in ids.items() if name in repeated]
        raise ValueError(f"the networks {', '.join(networks)} share a Brain-Score id ({', '.join(repeated)})")
    return [_joined(model, name, benchmark, table) for model, name in ids.items() for benchmark in table.benchmarks]


def _joined(model: str, name: str | None, benchmark: str, table: BrainScoreTable) -> JoinedScore:
    if not name:
        return JoinedScore(model, None, benchmark, None, "no Brain-Score id in the config")
    if name not in table.scores:
        return JoinedScore(model, name, benchmark, None, f"id not in {table.path}")
    score = table.scores[name].get(benchmark)
    return JoinedScore(model, name, benchmark, score, "" if score is not None else f"no score for {benchmark}")
