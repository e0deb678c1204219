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

    An empty cell, or one that says NaN, means that there is no score: it is never taken for zero. Raises OSError when
    the file is missing, and ValueError naming file, line and column: a column is missing (naming those that are there),
    a model is listed twice, a cell is not a number.
    """
    path = Path(path)
    with path.open(newline="", encoding="utf-8") as stream:
        numbered = [(number, line) for number, line in enumerate(stream, start=1) if not line.startswith("#")]
    reader = csv.DictReader(line for _, line in numbered)
    columns = reader.fieldnames or []
    missing = [name for name in ("model", *benchmarks) if name not in columns]
    if missing:
        raise ValueError(f"{path}: has no column {', '.join(missing)}; it has {', '.join(columns)}")
    scores: dict[str, dict[str, float]] = {}
    for (number, _), row in zip(numbered[1:], reader, strict=True):
        place = f"{path}, line {number}"
        if row["model"] in scores:
            raise ValueError(f"{place}: the model {row['model']!r} is listed twice")
        cells = {benchmark: _score(row[benchmark], f"{place}, column {benchmark}") for benchmark in benchmarks}
        scores[row["model"]] = {benchmark: score for benchmark, score in cells.items() if score is not None}
    return BrainScoreTable(str(path), tuple(benchmarks), scores)


def _score(cell: str | None, place: str) -> float | None:
    if cell is None or not cell.strip():
        return None
    try:
        score = float(cell)
    except ValueError as error:
        raise ValueError(f"{place}: {cell!r} is not a number") from error
    if math.isinf(score):
        raise ValueError(f"{place}: {cell!r} is not a score")
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
