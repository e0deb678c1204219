"""Scores from an export of Brain-Score's vision leaderboard, where what was not taken is not zero."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from texalign.artifacts.tables import check_columns, read_cells
from texalign.brainscore.join import check_ids
from texalign.brainscore.scores import BrainScoreTable, ScoredRow, read_scores, scored_rows
from texalign.errors import TexalignError
from texalign.names import AGGREGATES, DUPLICATES

AVERAGE = "average_vision"


@dataclass(frozen=True)
class Composition:
    """What the leaderboard's aggregates are means of: `parts` of each, themselves aggregates or single benchmarks."""

    parts: Mapping[str, tuple[str, ...]]

    def leaves(self, name: str) -> list[str]:
        """The single benchmarks below an aggregate; of a single benchmark, itself."""
        if name not in self.parts:
            return [name]
        return [leaf for part in self.parts[name] for leaf in self.leaves(part)]

    def below(self, name: str) -> list[str]:
        """An aggregate and all that it is made of."""
        return [name, *(found for part in self.parts.get(name, ()) for found in self.below(part))]

    def mean(self, name: str, scores: Mapping[str, float]) -> float | None:
        """Mean of the parts' means, over those benchmarks below `name` that `scores` has; None where it has none."""
        if name not in self.parts:
            return scores.get(name)
        found = [mean for part in self.parts[name] if (mean := self.mean(part, scores)) is not None]
        return sum(found) / len(found) if found else None

    def zero_filled(self, name: str, scores: Mapping[str, float]) -> float:
        """Mean of the parts' own scores, a missing one counted as zero: what the leaderboard does."""
        parts = self.parts.get(name, (name,))
        return sum(scores.get(part, 0.0) for part in parts) / len(parts)


def read_composition(path: str | Path) -> Composition:
    """Read what aggregates are made of from a CSV file with columns `benchmark` and `part_of`.

    Raises TexalignError naming file and line where a benchmark is listed twice, and when something is part of itself.
    """
    columns, rows = read_cells(Path(path))
    check_columns(path, columns, ["benchmark", "part_of"])
    parts: dict[str, tuple[str, ...]] = {}
    whole: dict[str, str] = {}
    for number, cells in rows:
        row = dict(zip(columns, cells, strict=True))
        name, aggregate = row["benchmark"], row["part_of"]
        if name in whole:
            raise TexalignError(f"{path}, line {number}: {name} is part of {whole[name]} already")
        whole[name] = aggregate
        parts[aggregate] = (*parts.get(aggregate, ()), name)
    for name in whole:
        above = whole.get(name)
        while above is not None:
            if above == name:
                raise TexalignError(f"{path}: {name} is part of itself")
            above = whole.get(above)
    return Composition(parts)


@dataclass(frozen=True)
class Leaderboard:
    """Rows of a leaderboard export, several of which may have one name, and what its aggregates are made of."""

    path: str
    rows: tuple[ScoredRow, ...]
    composition: Composition


def read_leaderboard(path: str | Path, composition: Composition, benchmarks: Sequence[str]) -> Leaderboard:
    """Read an export of Brain-Score's vision leaderboard: a CSV file with columns `Model` and one a benchmark.

    Lines beginning with # are comments. Read are the columns `benchmarks`, any of the file's, the average, by which
    duplicates may be told apart, and of what they are made of those columns that the file has. Raises as `read_scores`.
    """
    columns, rows = read_cells(Path(path))
    check_columns(path, columns, ["Model", *benchmarks])
    parts = [name for benchmark in benchmarks for name in composition.below(benchmark)]
    wanted = [name for name in dict.fromkeys([AVERAGE, *parts]) if name in columns]
    check_columns(path, columns, wanted)
    return Leaderboard(str(path), tuple(scored_rows(path, columns, rows, "Model", wanted)), composition)


def choose_rows(
    board: Leaderboard, ids: Mapping[str, str | None], lines: Mapping[str, int], duplicates: str = "refuse"
) -> dict[str, ScoredRow]:
    """The row of each network, given by `ids` (network to name in the leaderboard, or None), by id.

    Of several rows with one name, the one in the line that `lines` gives the network (of the file, counted from 1),
    else by the rule `duplicates`: `first` in the file, `highest_average` (the published analysis' rule; of equal ones
    the first), or `refuse`. Raises TexalignError naming the lines when that does not settle it, when a line holds
    another model, and as `join_scores` does for ids that are shared or not there.
    """
    if duplicates not in DUPLICATES:
        raise TexalignError(f"unknown rule for duplicates {duplicates!r}; known: {', '.join(DUPLICATES)}")
    check_ids(ids, list(dict.fromkeys(row.model for row in board.rows)), board.path)
    chosen: dict[str, ScoredRow] = {}
    for model, name in ids.items():
        if not name:
            continue
        rows = [row for row in board.rows if row.model == name]
        if model in lines:
            pinned = [row for row in rows if row.line == lines[model]]
            if not pinned:
                there = ", ".join(str(row.line) for row in rows)
                raise TexalignError(
                    f"{board.path}: line {lines[model]} is not {name!r} ({model}), which is in line {there}"
                )
            chosen[name] = pinned[0]
        elif len(rows) > 1 and duplicates == "refuse":
            there = ", ".join(str(row.line) for row in rows)
            raise TexalignError(
                f"{board.path}: {name!r} ({model}) is listed in lines {there}; pin one with brainscore_line, or choose "
                "a rule for brainscore.duplicates"
            )
        elif duplicates == "highest_average":
            chosen[name] = max(rows, key=lambda row: row.scores.get(AVERAGE, -math.inf))
        else:
            chosen[name] = rows[0]
    return chosen


# Both the export's scores and their means are rounded, and of averages a few differ by more than that.
COMPOSITION_TOLERANCE = 0.005


def aggregate_scores(
    board: Leaderboard, rows: Mapping[str, ScoredRow], benchmarks: Sequence[str], aggregate: str
) -> BrainScoreTable:
    """Scores of the chosen `rows` (by id) on `benchmarks`, by one of the `AGGREGATES`:

    - `leaderboard`: as exported, where a benchmark that was not taken counts as zero in the aggregates above it;
    - `nanmean`: means over the benchmarks that the network has taken, level by level;
    - `common_benchmarks`: means over those that all networks have taken; none, with the reason, where there is none;
    - `per_benchmark`: each single benchmark below `benchmarks` for itself.

    An empty cell never becomes a number here. Raises TexalignError for another aggregate, and, when means are taken
    anew, where an exported aggregate is not the zero-filled mean of its parts: then the leaderboard is composed
    otherwise.
    """
    if aggregate not in AGGREGATES:
        raise TexalignError(f"unknown aggregate {aggregate!r}; known: {', '.join(AGGREGATES)}")
    composition = board.composition
    if aggregate in ("leaderboard", "per_benchmark"):
        names = list(benchmarks)
        if aggregate == "per_benchmark":
            names = list(dict.fromkeys(leaf for benchmark in benchmarks for leaf in composition.leaves(benchmark)))
        scores = {name: {b: row.scores[b] for b in names if b in row.scores} for name, row in rows.items()}
        return BrainScoreTable(board.path, tuple(names), scores)
    _check_composition(board, rows, benchmarks)
    leaves = {leaf for benchmark in benchmarks for leaf in composition.leaves(benchmark)}
    reasons: dict[str, str] = {}
    if aggregate == "common_benchmarks":
        leaves = {leaf for leaf in leaves if all(leaf in row.scores for row in rows.values())}
        reasons = {b: f"no benchmark of {b} was taken by all {len(rows)} networks" for b in benchmarks}
    scores = {}
    for name, row in rows.items():
        taken = {leaf: score for leaf, score in row.scores.items() if leaf in leaves}
        means = {benchmark: composition.mean(benchmark, taken) for benchmark in benchmarks}
        scores[name] = {benchmark: mean for benchmark, mean in means.items() if mean is not None}
    return BrainScoreTable(board.path, tuple(benchmarks), scores, reasons)


def _check_composition(board: Leaderboard, rows: Mapping[str, ScoredRow], benchmarks: Sequence[str]) -> None:
    for row in rows.values():
        for name in dict.fromkeys(found for benchmark in benchmarks for found in board.composition.below(benchmark)):
            exported, filled = row.scores.get(name), board.composition.zero_filled(name, row.scores)
            if exported is not None and abs(exported - filled) > COMPOSITION_TOLERANCE:
                raise TexalignError(
                    f"{board.path}, line {row.line}: {name} of {row.model!r} is {exported}, but the mean of its parts, "
                    f"missing ones as zero, is {filled:.4f}: this export is composed otherwise than "
                    "brainscore.composition says"
                )


@dataclass(frozen=True)
class Coverage:
    """What a network's score on a benchmark rests on, and what it is by each way of taking means (None: no score).

    `parts` are the benchmark's direct parts (of a single benchmark, itself), `leaves` the single benchmarks below it.
    """

    model: str
    brainscore_id: str
    line: int
    benchmark: str
    n_parts: int
    n_parts_scored: int
    n_leaves: int
    n_leaves_scored: int
    missing_parts: tuple[str, ...]
    exported: float | None
    zero_filled: float
    nanmean: float | None
    common_benchmarks: float | None


def coverage(
    board: Leaderboard, ids: Mapping[str, str | None], rows: Mapping[str, ScoredRow], benchmarks: Sequence[str]
) -> list[Coverage]:
    """The coverage of every network with an id (`ids`, network to id), by its chosen row (`rows`, by id)."""
    common = aggregate_scores(board, rows, benchmarks, "common_benchmarks")
    nanmean = aggregate_scores(board, rows, benchmarks, "nanmean")
    found: list[Coverage] = []
    for model, name in ids.items():
        if not name:
            continue
        scores = rows[name].scores
        for benchmark in benchmarks:
            parts = board.composition.parts.get(benchmark, (benchmark,))
            leaves = board.composition.leaves(benchmark)
            found.append(
                Coverage(
                    model=model,
                    brainscore_id=name,
                    line=rows[name].line,
                    benchmark=benchmark,
                    n_parts=len(parts),
                    n_parts_scored=sum(part in scores for part in parts),
                    n_leaves=len(leaves),
                    n_leaves_scored=sum(leaf in scores for leaf in leaves),
                    missing_parts=tuple(part for part in parts if part not in scores),
                    exported=scores.get(benchmark),
                    zero_filled=board.composition.zero_filled(benchmark, scores),
                    nanmean=nanmean.scores[name].get(benchmark),
                    common_benchmarks=common.scores[name].get(benchmark),
                )
            )
    return found


# ------------------------------------------------------------------------------------------------------------- sources


@dataclass(frozen=True)
class ScoreSource:
    """Where scores come from: a `table` (column `model`, every id once) or a `leaderboard` export, with its rules.

    `lines`: network to line of an export; `composition`: the file that says what its aggregates are made of.
    """

    path: str
    format: str = "table"
    duplicates: str = "refuse"
    composition: str | None = None
    lines: Mapping[str, int] = field(default_factory=dict)


def scores_of(
    source: ScoreSource, ids: Mapping[str, str | None], benchmarks: Sequence[str], aggregate: str = "leaderboard"
) -> BrainScoreTable:
    """Scores on `benchmarks` of the networks in `ids` (network to id, or None), from either kind of file.

    Raises TexalignError when means are to be taken anew (`aggregate`) of a table, which has no parts, and as
    `read_scores`, `choose_rows` and `aggregate_scores`.
    """
    if source.format == "table":
        if aggregate != "leaderboard":
            raise TexalignError(f"{source.path}: aggregate {aggregate} needs a leaderboard export, this is a table")
        return read_scores(source.path, benchmarks)
    board, rows = chosen_leaderboard(source, ids, benchmarks)
    return aggregate_scores(board, rows, benchmarks, aggregate)


def chosen_leaderboard(
    source: ScoreSource, ids: Mapping[str, str | None], benchmarks: Sequence[str]
) -> tuple[Leaderboard, dict[str, ScoredRow]]:
    """The leaderboard of a source of that format, and the row of each id."""
    if source.format != "leaderboard" or source.composition is None:
        raise TexalignError(f"{source.path}: is not described as a leaderboard export with a composition")
    board = read_leaderboard(source.path, read_composition(source.composition), benchmarks)
    return board, choose_rows(board, ids, source.lines, source.duplicates)
