"""What a correlation depends on: the same analysis under every combination of defensible choices.

Steegen, Tuerlinckx, Gelman and Vanpaemel (2016), Increasing transparency through a multiverse analysis.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

from texalign import statistics
from texalign.artifacts import tables
from texalign.brainscore.join import join_by_published_positions, join_scores
from texalign.brainscore.scores import BrainScoreTable
from texalign.errors import TexalignError
from texalign.statistics import Correlation

Row = Mapping[str, str]

BY_ID, BY_PUBLISHED_POSITIONS = "id", "positional_published"
JOINS: Mapping[str, Callable[[Mapping[str, str | None]], Mapping[str, str | None]]] = {
    BY_ID: lambda ids: ids,
    BY_PUBLISHED_POSITIONS: join_by_published_positions,
}
STATISTICS: Mapping[str, Callable[[Sequence[float], Sequence[float]], Correlation]] = {
    "pearson": statistics.pearson,
    "spearman": statistics.spearman,
}


@dataclass(frozen=True)
class Choices:
    """One combination of choices, an analysis of its own; the fields are the axes of the multiverse."""

    activation: str
    preprocessing: str
    representation: str
    protocol: str
    join: str
    aggregate: str
    statistic: str


AXES = tuple(field.name for field in fields(Choices))


@dataclass(frozen=True)
class Branch:
    """The part of the multiverse that has one extraction of Gram matrices: its choices and best layers.

    `best`: rows of `tables.BEST_MI_COLUMNS`, for every representation and protocol.
    """

    activation: str
    preprocessing: str
    best: Sequence[Row]


@dataclass(frozen=True)
class Result:
    """Correlation with one benchmark under one combination of choices; r, p, q (over benchmarks) None if undefined."""

    choices: Choices
    benchmark: str
    n: int
    r: float | None
    p: float | None
    q: float | None
    note: str


def results(
    branches: Sequence[Branch],
    ids: Mapping[str, str | None],
    scores: Mapping[str, BrainScoreTable],
    joins: Sequence[str],
    statistic_names: Sequence[str],
) -> list[Result]:
    """All correlations: every branch's representations and protocols, with every join, aggregate (`scores`, a table
    each) and statistic.

    `ids`: network to Brain-Score id, or None. Raises TexalignError when branches do not have the same networks and
    protocols, when a network has no entry in `ids`, and for an unknown join or statistic.
    """
    for known, names, kind in ((JOINS, joins, "join"), (STATISTICS, statistic_names, "statistic")):
        unknown = sorted(set(names) - set(known))
        if unknown:
            raise TexalignError(f"unknown {kind} {', '.join(unknown)}; known: {', '.join(known)}")
    _check_branches(branches, ids)
    found: list[Result] = []
    for branch in branches:
        for choice in dict.fromkeys((row["representation"], row["protocol"]) for row in branch.best):
            best = [row for row in branch.best if (row["representation"], row["protocol"]) == choice]
            values = {row["model"]: float(row["value"]) for row in best}
            for join in joins:
                paired = JOINS[join]({model: ids[model] for model in values})
                for aggregate, table in scores.items():
                    for statistic in statistic_names:
                        choices = Choices(branch.activation, branch.preprocessing, *choice, join, aggregate, statistic)
                        found += _universe(choices, values, paired, table)
    return found


def _check_branches(branches: Sequence[Branch], ids: Mapping[str, str | None]) -> None:
    if not branches:
        raise TexalignError("the multiverse has no branches")
    first = {(row["representation"], row["protocol"], row["model"]) for row in branches[0].best}
    for branch in branches:
        name = f"{branch.activation}, {branch.preprocessing}"
        keys = {(row["representation"], row["protocol"], row["model"]) for row in branch.best}
        if keys != first or len(keys) != len(branch.best):
            raise TexalignError(
                f"the branch {name} has other networks or protocols than the first, or one of them twice"
            )
    without = sorted({model for *_, model in first} - set(ids))
    if without:
        raise TexalignError(f"no Brain-Score id, not even an empty one, is given for {', '.join(without)}")


def _universe(
    choices: Choices, values: Mapping[str, float], ids: Mapping[str, str | None], table: BrainScoreTable
) -> list[Result]:
    """The results of one combination of choices, on all benchmarks of its table."""
    joined = join_scores(ids, table)
    found: list[Result] = []
    for benchmark in table.benchmarks:
        pairs = [row for row in joined if row.benchmark == benchmark and row.score is not None]
        r = STATISTICS[choices.statistic]([row.score for row in pairs], [values[row.model] for row in pairs])
        note = r.note
        if r.r is None:
            note = "; ".join(dict.fromkeys([r.note, *filter(None, [table.reasons.get(benchmark, "")])]))
        found.append(Result(choices, benchmark, r.n, r.r, r.p, None, note))
    q_values = statistics.benjamini_hochberg([result.p for result in found])
    return [replace(result, q=q) for result, q in zip(found, q_values, strict=True)]


@dataclass(frozen=True)
class Change:
    """What one choice changes on one benchmark, from option `before` to `after`, all other choices being equal.

    Over `n_pairs` pairs of results, both defined: how often the sign of r changes, how often p < alpha is gained and
    lost, the mean change of r, and the largest in size with the other choices at which it occurs.
    """

    axis: str
    before: str
    after: str
    benchmark: str
    n_pairs: int
    n_sign_changes: int
    n_gain_significance: int
    n_lose_significance: int
    mean_change: float
    largest_change: float
    largest_change_at: str


def changes(found: Sequence[Result], alpha: float) -> list[Change]:
    """What each choice changes: for every axis, every two of its options, and every benchmark that both have.

    The most consequential come first: by changes of sign and significance, then by the largest change of r.
    """
    by_key = {(result.choices, result.benchmark): result for result in found if result.r is not None}
    benchmarks = list(dict.fromkeys(result.benchmark for result in found))
    rows: list[Change] = []
    for axis in AXES:
        options = list(dict.fromkeys(getattr(result.choices, axis) for result in found))
        for i, before in enumerate(options):
            for after in options[i + 1 :]:
                for benchmark in benchmarks:
                    pairs = [
                        (result, by_key[other, benchmark])
                        for (choices, name), result in by_key.items()
                        if name == benchmark
                        and getattr(choices, axis) == before
                        and (other := replace(choices, **{axis: after}), benchmark) in by_key
                    ]
                    if pairs:
                        rows.append(_change(axis, before, after, benchmark, pairs, alpha))
    consequences = {id(row): row.n_sign_changes + row.n_gain_significance + row.n_lose_significance for row in rows}
    return sorted(rows, key=lambda row: (-consequences[id(row)], -abs(row.largest_change)))


def _change(
    axis: str, before: str, after: str, benchmark: str, pairs: Sequence[tuple[Result, Result]], alpha: float
) -> Change:
    moved = [b.r - a.r for a, b in pairs]
    largest = max(range(len(pairs)), key=lambda i: abs(moved[i]))
    others = [f"{name}={value}" for name, value in _named(pairs[largest][0].choices) if name != axis]
    return Change(
        axis=axis,
        before=before,
        after=after,
        benchmark=benchmark,
        n_pairs=len(pairs),
        n_sign_changes=sum(a.r * b.r < 0 for a, b in pairs),
        n_gain_significance=sum(b.p < alpha <= a.p for a, b in pairs),
        n_lose_significance=sum(a.p < alpha <= b.p for a, b in pairs),
        mean_change=sum(moved) / len(moved),
        largest_change=moved[largest],
        largest_change_at=", ".join(others),
    )


def _named(choices: Choices) -> list[tuple[str, str]]:
    return list(zip(AXES, astuple(choices), strict=True))


# ---------------------------------------------------------------------------------------------------------------- rows

RESULT_COLUMNS = (
    *AXES,
    "benchmark",
    "n_models",
    "r",
    "p",
    "q",
    "significant",
    "note",
    "own",
    "published_r",
    "published_p",
)
CHANGE_COLUMNS = tuple(field.name for field in fields(Change))


@dataclass(frozen=True)
class Published:
    """A correlation as it was published."""

    r: float
    p: float


def read_published(path: str | Path) -> dict[str, Published]:
    """Published correlations by benchmark, from a CSV file with columns `benchmark`, `r` and `p`.

    Raises TexalignError naming file and line where a benchmark is listed twice or a cell is not a number.
    """
    columns, rows = tables.read_cells(Path(path))
    tables.check_columns(path, columns, ["benchmark", "r", "p"])
    published: dict[str, Published] = {}
    for number, cells in rows:
        row = dict(zip(columns, cells, strict=True))
        if row["benchmark"] in published:
            raise TexalignError(f"{path}, line {number}: {row['benchmark']!r} is listed twice")
        try:
            published[row["benchmark"]] = Published(float(row["r"]), float(row["p"]))
        except ValueError as error:
            raise TexalignError(f"{path}, line {number}: r or p is not a number") from error
    return published


def result_rows(
    found: Sequence[Result], alpha: float, own: Choices, published: Mapping[str, Published]
) -> list[dict[str, object]]:
    """Results as rows of `RESULT_COLUMNS`; `own` marks the study's own choices, published values are by benchmark."""
    return [
        dict(_named(result.choices))
        | {
            "benchmark": result.benchmark,
            "n_models": result.n,
            "r": result.r,
            "p": result.p,
            "q": result.q,
            "significant": None if result.p is None else "yes" if result.p < alpha else "no",
            "note": result.note,
            "own": "yes" if result.choices == own else "no",
            "published_r": published[result.benchmark].r if result.benchmark in published else None,
            "published_p": published[result.benchmark].p if result.benchmark in published else None,
        }
        for result in found
    ]
