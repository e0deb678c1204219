"""Scores from an export of Brain-Score's vision leaderboard, where what was not taken is not zero."""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from texalign.artifacts.records import column
from texalign.brainscore.composition import Composition, Settled, read_composition, settle_composition
from texalign.brainscore.export import MODEL_ID, NAME, Export, chosen_columns, read_export
from texalign.brainscore.join import check_ids
from texalign.brainscore.scores import (
    BrainScoreTable,
    ScoredRow,
    columns_of,
    read_scores,
    say_unusual,
    score_of,
    scored_rows,
)
from texalign.errors import TexalignError
from texalign.names import AGGREGATES, DUPLICATES

AVERAGE = "average_vision"


@dataclass(frozen=True)
class Leaderboard:
    """Rows of a leaderboard export, several of which may have one name, and what its aggregates are made of.

    `has_ids`: whether each row has a key of its own, its Model ID. `attached`: by line, benchmark and kind (`error`,
    `ceiling`), what the export says of a score beside it.
    """

    path: str
    rows: tuple[ScoredRow, ...]
    composition: Composition
    has_ids: bool = False
    attached: Mapping[tuple[int, str, str], float] = field(default_factory=dict)


def read_leaderboard(path: str | Path, table: Composition, benchmarks: Sequence[str]) -> Leaderboard:
    """Read an export of Brain-Score's vision leaderboard, as `read_export`, and what its aggregates are made of.

    Composition is what the file's own numbers prove, where they do, else that of `table`; the log says what is not
    proved and where the two differ. Read are the columns `benchmarks`, any of the file's, the average, by which
    duplicates may be told apart, and of what they are made of those columns that the file has. Raises as `read_scores`.
    """
    export = read_export(path)
    settled = settle(export, table)
    for note in settled.notes:
        logging.info("%s: %s", export.path, note)
    return leaderboard_of(export, settled.composition, benchmarks)


def settle(export: Export, table: Composition) -> Settled:
    """What the export's aggregates are made of, by its own numbers and by `table`."""
    return settle_composition(export.score_columns, export.scores(), table)


def leaderboard_of(export: Export, composition: Composition, benchmarks: Sequence[str]) -> Leaderboard:
    """The rows of an export with their scores on `benchmarks` and all that these are made of."""
    missing = [name for name in benchmarks if name not in export.columns]
    if missing:
        raise TexalignError(
            f"{export.path}: has no column {', '.join(missing)}; it has {', '.join(filter(None, export.columns))}"
        )
    chosen_columns(export, benchmarks)
    parts = [name for benchmark in benchmarks for name in composition.below(benchmark)]
    wanted = chosen_columns(export, [AVERAGE, *parts])
    rows = scored_rows(export.path, export.columns, export.rows, NAME, wanted)
    if export.other_columns:
        logging.info("%s: columns that are no scores, and not read: %s", export.path, ", ".join(export.other_columns))
    say_unusual(export.path, rows)
    if export.has_ids:
        number = export.columns.index(MODEL_ID)
        rows = [replace(row, model_id=cells[number]) for row, (_, cells) in zip(rows, export.rows, strict=True)]
        _check_keys(export, rows)
    return Leaderboard(export.path, tuple(rows), composition, export.has_ids, _attached(export, wanted))


def _check_keys(export: Export, rows: Sequence[ScoredRow]) -> None:
    seen: dict[str, int] = {}
    for row in rows:
        if not row.model_id:
            raise TexalignError(f"{export.path}, line {row.line}: has no {MODEL_ID}")
        if row.model_id in seen:
            raise TexalignError(
                f"{export.path}, line {row.line}: the {MODEL_ID} {row.model_id} is in line {seen[row.model_id]} already"
            )
        seen[row.model_id] = row.line


def _attached(export: Export, wanted: Sequence[str]) -> dict[tuple[int, str, str], float]:
    found: dict[tuple[int, str, str], float] = {}
    for benchmark in wanted:
        for kind, name in export.attached.get(benchmark, {}).items():
            number = export.columns.index(name)
            for line, cells in export.rows:
                value = score_of(cells[number], f"{export.path}, line {line}, column {name}")
                if value is not None:
                    found[line, benchmark, kind] = value
    return found


def choose_rows(
    board: Leaderboard, ids: Mapping[str, str | None], lines: Mapping[str, int], duplicates: str = "refuse"
) -> dict[str, ScoredRow]:
    """The row of each network, given by `ids` (network to Model ID or name in the leaderboard, or None), by id.

    An id is looked for among the Model IDs, where the export has them, then among the names. Of several rows with one
    name, the one in the line that `lines` gives the network (of the file, counted from 1; only of an export without
    Model IDs, since a line is no key: another filter or another day gives another order), else by the rule
    `duplicates`: `first` in the file, `highest_average` (the published analysis' rule; of equal ones the first), or
    `refuse`. Raises TexalignError naming the rows when that does not settle it, when a line holds another model, and as
    `join_scores` does for ids that are shared or not there.
    """
    if duplicates not in DUPLICATES:
        raise TexalignError(f"unknown rule for duplicates {duplicates!r}; known: {', '.join(DUPLICATES)}")
    keys = [row.model_id for row in board.rows if row.model_id]
    check_ids(ids, list(dict.fromkeys([*keys, *(row.model for row in board.rows)])), board.path)
    chosen: dict[str, ScoredRow] = {}
    for model, name in ids.items():
        if name:
            rows = [row for row in board.rows if row.model_id == name]
            rows = rows or [row for row in board.rows if row.model == name]
            chosen[name] = _one_of(board, rows, model, name, lines.get(model), duplicates)
    by_line: dict[int, str] = {}
    for name, row in chosen.items():
        if row.line in by_line:
            raise TexalignError(f"{board.path}: {by_line[row.line]!r} and {name!r} are one row, in line {row.line}")
        by_line[row.line] = name
    return chosen


def _one_of(
    board: Leaderboard, rows: Sequence[ScoredRow], model: str, name: str, line: int | None, duplicates: str
) -> ScoredRow:
    there = ", ".join(f"{row.line} ({MODEL_ID} {row.model_id})" if row.model_id else str(row.line) for row in rows)
    if line is not None and board.has_ids:
        raise TexalignError(
            f"{board.path}: brainscore_line {line} of {model} is no key, since this export's rows have keys of their "
            f"own; remove it and give a {MODEL_ID} as brainscore_id: {name!r} is in line {there}"
        )
    if line is not None:
        pinned = [row for row in rows if row.line == line]
        if not pinned:
            raise TexalignError(f"{board.path}: line {line} is not {name!r} ({model}), which is in line {there}")
        logging.warning(
            "%s: %s is read from line %d, which is another model's in another export; an export with a column %s has "
            "keys to give as brainscore_id",
            *(board.path, model, line, MODEL_ID),
        )
        return pinned[0]
    if len(rows) > 1 and duplicates == "refuse":
        mend = f"give a {MODEL_ID} as brainscore_id" if board.has_ids else "pin one with brainscore_line"
        raise TexalignError(
            f"{board.path}: {name!r} ({model}) is listed in lines {there}; {mend}, or choose a rule for "
            "brainscore.duplicates"
        )
    if duplicates == "highest_average":
        return max(rows, key=lambda row: row.scores.get(AVERAGE, -math.inf))
    return rows[0]


# Of averages a few differ from the mean of their parts by more than rounding.
COMPOSITION_TOLERANCE = 0.004


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
        zero_filled = {
            name: {b: composition.missing_share(b, row.scores) for b in scores[name]} for name, row in rows.items()
        }
        taken = {
            name: {b: mean for b in scores[name] if (mean := composition.mean(b, row.scores)) is not None}
            for name, row in rows.items()
        }
        return BrainScoreTable(board.path, tuple(names), scores, zero_filled=zero_filled, taken=taken)
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
            allowed = COMPOSITION_TOLERANCE + board.composition.rounding(name, row.scores)
            if exported is not None and abs(exported - filled) > allowed:
                raise TexalignError(
                    f"{board.path}, line {row.line}: {name} of {row.model!r} is {exported}, but the mean of its parts, "
                    f"missing ones as zero, is {filled:.4f}: the export does not show all that {name} is made of "
                    "(hidden benchmarks?), or is composed otherwise than brainscore.composition says. Take it as "
                    "exported (brainscore.aggregate: leaderboard), or leave it out of brainscore.benchmarks"
                )


@dataclass(frozen=True)
class BenchmarkCoverage:
    """What a network's score on a benchmark rests on, and what it is by each way of taking means."""

    model: str = column("network of the study")
    brainscore_id: str = column("its id in the config")
    line: int = column("line of the export, counted from 1")
    benchmark: str = column("benchmark or aggregate")
    n_parts: int = column("its direct parts; of a single benchmark, itself")
    n_parts_scored: int = column("of these, how many the network has a score of")
    n_leaves: int = column("single benchmarks below it; of a single benchmark, itself")
    n_leaves_scored: int = column("of these, how many the network has taken")
    missing_parts: str = column("direct parts without a score, separated by semicolons")
    exported: float | None = column("score as exported; empty where there is none")
    zero_filled: float = column("mean of the parts, those without a score as zero")
    nanmean: float | None = column("mean over what the network has taken, level by level; empty: nothing")
    common_benchmarks: float | None = column("mean over what all networks of the study have taken; empty: nothing")
    model_id: str | None = column("key of the row, where the export has keys")
    error: float | None = column("error of the score, where the export has a column of it")
    ceiling: float | None = column("ceiling of the benchmark, where the export has a column of it")


def coverage(
    board: Leaderboard, ids: Mapping[str, str | None], rows: Mapping[str, ScoredRow], benchmarks: Sequence[str]
) -> list[BenchmarkCoverage]:
    """The coverage of every network with an id (`ids`, network to id), by its chosen row (`rows`, by id)."""
    common = aggregate_scores(board, rows, benchmarks, "common_benchmarks")
    nanmean = aggregate_scores(board, rows, benchmarks, "nanmean")
    found: list[BenchmarkCoverage] = []
    for model, name in ids.items():
        if not name:
            continue
        scores = rows[name].scores
        for benchmark in benchmarks:
            parts = board.composition.parts.get(benchmark, (benchmark,))
            leaves = board.composition.leaves(benchmark)
            found.append(
                BenchmarkCoverage(
                    model=model,
                    brainscore_id=name,
                    line=rows[name].line,
                    benchmark=benchmark,
                    n_parts=len(parts),
                    n_parts_scored=sum(part in scores for part in parts),
                    n_leaves=len(leaves),
                    n_leaves_scored=sum(leaf in scores for leaf in leaves),
                    missing_parts="; ".join(part for part in parts if part not in scores),
                    exported=scores.get(benchmark),
                    zero_filled=board.composition.zero_filled(benchmark, scores),
                    nanmean=nanmean.scores[name].get(benchmark),
                    common_benchmarks=common.scores[name].get(benchmark),
                    model_id=rows[name].model_id,
                    error=board.attached.get((rows[name].line, benchmark, "error")),
                    ceiling=board.attached.get((rows[name].line, benchmark, "ceiling")),
                )
            )
    return found


# ------------------------------------------------------------------------------------------------------------- sources


@dataclass(frozen=True)
class ScoreSource:
    """Where scores come from: a `table` (column `model`, every id once) or a `leaderboard` export, with its rules.

    `lines`: network to line of an export; `composition`: the table that what its numbers prove is checked against.
    `zero_filled`: of a table, the file of the same form that says which share of each score's weight was filled with
    zeros, where that is known, and in columns such as `V1_taken` what the mean is without them.
    """

    path: str
    format: str = "table"
    duplicates: str = "refuse"
    composition: str | None = None
    lines: Mapping[str, int] = field(default_factory=dict)
    zero_filled: str | None = None


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
        table = read_scores(source.path, benchmarks)
        if source.zero_filled is None:
            return table
        return replace(table, **_known_zeros(source.zero_filled, benchmarks))
    board, rows = chosen_leaderboard(source, ids, benchmarks)
    return aggregate_scores(board, rows, benchmarks, aggregate)


def _known_zeros(path: str, benchmarks: Sequence[str]) -> dict[str, dict[str, dict[str, float]]]:
    """Fields `zero_filled` and `taken` of a table of scores, by model and benchmark, as far as the file has them."""
    columns = {
        "zero_filled": {name: name for name in benchmarks},
        "taken": {f"{name}_taken": name for name in benchmarks},
    }
    there = set(columns_of(path))
    known = read_scores(path, [column for names in columns.values() for column in names if column in there]).scores
    return {
        field_name: {
            model: {names[column]: value for column, value in row.items() if column in names}
            for model, row in known.items()
        }
        for field_name, names in columns.items()
    }


def chosen_leaderboard(
    source: ScoreSource, ids: Mapping[str, str | None], benchmarks: Sequence[str]
) -> tuple[Leaderboard, dict[str, ScoredRow]]:
    """The leaderboard of a source of that format, and the row of each id."""
    if source.format != "leaderboard":
        raise TexalignError(f"{source.path}: is not described as a leaderboard export")
    table = Composition({}) if source.composition is None else read_composition(source.composition)
    board = read_leaderboard(source.path, table, benchmarks)
    return board, choose_rows(board, ids, source.lines, source.duplicates)
