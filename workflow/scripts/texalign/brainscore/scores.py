"""Brain-Scores of networks, read from a table and joined with the study's networks by id, never by position."""

import csv
import difflib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# ------------------------------------------------------------------------------------------------------------- tables


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
    taken for zero. Raises OSError when the file is missing, and ValueError naming file, line and column: a column is
    missing (naming those that are there) or there twice, a line has too few or too many cells, a model is listed twice
    or has no id, a cell is not a number.
    """
    columns, rows = read_cells(Path(path))
    check_columns(path, columns, ["model", *benchmarks])
    scores: dict[str, dict[str, float]] = {}
    for row in scored_rows(path, columns, rows, "model", benchmarks):
        if row.model in scores:
            raise ValueError(f"{path}, line {row.line}, column model: {row.model!r} is listed twice")
        scores[row.model] = dict(row.scores)
    return BrainScoreTable(str(path), tuple(benchmarks), scores)


@dataclass(frozen=True)
class ScoredRow:
    """One line of a file of scores, counted from 1 as text editors and spreadsheets do; no entry means no score."""

    line: int
    model: str
    scores: Mapping[str, float]


def check_columns(path: str | Path, columns: Sequence[str], wanted: Sequence[str]) -> None:
    """Raise ValueError when a column that is `wanted` is missing, naming those that are there, or is there twice."""
    missing = [name for name in wanted if name not in columns]
    if missing:
        raise ValueError(f"{path}: has no column {', '.join(missing)}; it has {', '.join(columns)}")
    repeated = [name for name in wanted if columns.count(name) > 1]
    if repeated:
        raise ValueError(f"{path}: has more than one column {', '.join(repeated)}")


def scored_rows(
    path: str | Path, columns: Sequence[str], rows: list[tuple[int, list[str]]], model: str, wanted: Sequence[str]
) -> list[ScoredRow]:
    """Rows, as of `read_cells`, with their scores in the columns `wanted`; the column named `model` holds the ids.

    Raises ValueError naming file, line and column, as `read_scores`.
    """
    scored: list[ScoredRow] = []
    for number, cells in rows:
        place = f"{path}, line {number}"
        if len(cells) != len(columns):
            raise ValueError(f"{place}: has {len(cells)} cells, the header line has {len(columns)}")
        row = dict(zip(columns, cells, strict=True))
        if not row[model]:
            raise ValueError(f"{place}, column {model}: has no id")
        found = {name: _score(row[name], f"{place}, column {name}") for name in wanted}
        present = {name: score for name, score in found.items() if score is not None}
        scored.append(ScoredRow(number, row[model], present))
    return scored


def read_cells(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
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


# --------------------------------------------------------------------------------------------------------------- joins


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

    Networks without an id are listed, with the reason. Raises ValueError when two networks have the same id, since one
    score would then count twice, and when the table lacks an id, naming the nearest that it has.
    """
    check_ids(ids, list(table.scores), table.path)
    return [_joined(model, name, benchmark, table) for model, name in ids.items() for benchmark in table.benchmarks]


def _joined(model: str, name: str | None, benchmark: str, table: BrainScoreTable) -> JoinedScore:
    if not name:
        return JoinedScore(model, None, benchmark, None, "no Brain-Score id in the config")
    score = table.scores[name].get(benchmark)
    why_not = table.reasons.get(benchmark, f"no score for {benchmark}")
    return JoinedScore(model, name, benchmark, score, "" if score is not None else why_not)


def check_ids(ids: Mapping[str, str | None], known: Sequence[str], path: str | Path) -> None:
    """Raise ValueError when two networks share an id, or an id is not among those `known` from the file at `path`."""
    repeated = [name for name, count in Counter(filter(None, ids.values())).items() if count > 1]
    if repeated:
        networks = [model for model, name in ids.items() if name in repeated]
        raise ValueError(f"the networks {', '.join(networks)} share a Brain-Score id ({', '.join(repeated)})")
    for model, name in ids.items():
        if name and name not in known:
            nearest = ", ".join(difflib.get_close_matches(name, known, n=3, cutoff=0.5)) or "none is near"
            raise ValueError(
                f"{path}: has no model {name!r}, the Brain-Score id of {model}; the nearest: {nearest}. "
                "A network that was not scored has no id (null)"
            )


def join_by_published_positions(ids: Mapping[str, str | None]) -> dict[str, str | None]:
    """The id whose score each network got in the published analysis, which pairs two tables by position.

    One is sorted by the networks' names, the other by their ids in the leaderboard. Both orders are those of the
    characters, where `resnet101` comes before `resnet18` but `resnet-18` before `resnet_101_v1`: of the paper's twelve
    networks, resnet18 and resnet101, and resnet34 and resnet152, get each other's scores. Networks without an id stay
    without. To show what that did to the results; never for results.
    """
    scored = sorted(model for model, name in ids.items() if name)
    paired = dict(zip(scored, sorted(filter(None, ids.values())), strict=True))
    return {model: paired.get(model) for model in ids}
