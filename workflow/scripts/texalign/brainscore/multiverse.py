"""What a correlation depends on: the same analysis under all combinations of the options that a config lists.

Steegen, Tuerlinckx, Gelman and Vanpaemel (2016), Increasing transparency through a multiverse analysis.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields, replace
from itertools import product
from pathlib import Path

from texalign import names, statistics
from texalign.artifacts import tables
from texalign.artifacts.records import column
from texalign.brainscore.correlation import LEAST_NETWORKS
from texalign.brainscore.join import join_by_published_positions, join_scores
from texalign.brainscore.scores import BrainScoreTable
from texalign.errors import TexalignError
from texalign.information.layers import with_criterion
from texalign.information.rows import layer_key
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
# From the values of a network's layers, in the order in which they lie in it, to the network's.
LAYER_RULES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "best": max,
    "last": lambda values: values[-1],
    "mean": lambda values: sum(values) / len(values),
}
# As many clusters as there are classes.
N_CLASSES = "n_classes"


@dataclass(frozen=True)
class Choices:
    """One combination of choices, an analysis of its own; the fields are the axes of the multiverse."""

    activation: str = column("stage of the feature maps")
    preprocessing: str = column("name of the mean and standard deviation that images are normalised by")
    fit: str = column("how images are made square")
    matched_dimensions: str = column("numbers that vectors are projected to, or full")
    representation: str = column("texture representation")
    protocol: str = column("protocol of clustering")
    criterion: str = column("measure that stands for a network")
    n_clusters: str = column("number of clusters that it is taken at, or n_classes")
    layer_rule: str = column("which of its layers counts for a network")
    join: str = column("how scores and networks are paired")
    aggregate: str = column("how benchmarks are averaged")
    statistic: str = column("correlation")


AXES = tuple(field.name for field in fields(Choices))


@dataclass(frozen=True)
class Branch:
    """The part of the multiverse that has one extraction: its choices and what was found of every layer.

    `layers`: rows of the table of mutual information, for every representation and protocol; `others`: tables that hold
    criteria which these lack, by name, where the branch has them; `curves`: agreement by number of clusters, a row for
    each layer and number.
    """

    activation: str
    preprocessing: str
    fit: str
    matched_dimensions: str
    layers: Sequence[Row]
    others: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    curves: Sequence[Row] = ()

    @property
    def choices(self) -> tuple[str, str, str, str]:
        """The axes of the multiverse that need an extraction of their own."""
        return self.activation, self.preprocessing, self.fit, self.matched_dimensions

    @property
    def name(self) -> str:
        return ", ".join(self.choices)

    def values(self, criterion: str, n_clusters: str) -> list[Row]:
        """Rows of all layers with their `value`; none where the branch does not have that criterion.

        Raises TexalignError when the trees were not cut into so many clusters.
        """
        if n_clusters == N_CLASSES:
            known = [self.layers, *self.others.values()]
            if not any(table and criterion in table[0] for table in known):
                return []
            return with_criterion(self.layers, self.others, criterion)
        if not self.curves or criterion not in self.curves[0]:
            return []
        cut = {layer_key(row): row for row in self.curves if row["n_clusters"] == n_clusters}
        missing = [row for row in self.layers if layer_key(row) not in cut]
        if missing:
            layer = ", ".join(layer_key(missing[0]))
            raise TexalignError(f"{self.name}: the tree of {layer} was not cut into {n_clusters} clusters")
        return [row | {"value": cut[layer_key(row)][criterion]} for row in self.layers]


@dataclass(frozen=True)
class Options:
    """The options of those choices that need no extraction of their own, each in the order of the config."""

    criteria: Sequence[str] = ("mi_nsb_bits",)
    n_clusters: Sequence[str] = (N_CLASSES,)
    layer_rules: Sequence[str] = ("best",)
    joins: Sequence[str] = (BY_ID,)
    statistics: Sequence[str] = ("pearson",)

    def __post_init__(self) -> None:
        for known, chosen, kind in (
            (LAYER_RULES, self.layer_rules, "layer rule"),
            (JOINS, self.joins, "join"),
            (STATISTICS, self.statistics, "statistic"),
        ):
            unknown = sorted(set(chosen) - set(known))
            if unknown:
                raise TexalignError(f"unknown {kind} {', '.join(unknown)}; known: {', '.join(known)}")


@dataclass(frozen=True)
class Result:
    """Correlation with one benchmark under one combination of choices; r, p, q (over benchmarks) None if undefined.

    `pairs`: number of the paired values and statistic, the same for results that are the same computation.
    """

    choices: Choices
    benchmark: str
    n: int
    r: float | None
    p: float | None
    q: float | None
    note: str
    pairs: int


def results(
    branches: Sequence[Branch], ids: Mapping[str, str | None], scores: Mapping[str, BrainScoreTable], options: Options
) -> list[Result]:
    """All correlations: every branch's representations and protocols, with every option and aggregate (`scores`).

    A criterion that a branch does not have (a probe, which only the study's own has) is left out there. `ids`: network
    to Brain-Score id, or None. Raises TexalignError when branches do not have the same networks and protocols, when a
    network has no entry in `ids`, and when no branch has one of the criteria.
    """
    _check_branches(branches, ids)
    found: list[Result] = []
    numbers: dict[object, int] = {}
    missing = set(options.criteria)
    for branch, criterion, n_clusters in product(branches, options.criteria, options.n_clusters):
        rows = branch.values(criterion, n_clusters)
        missing -= {criterion} if rows else set()
        for representation, protocol in dict.fromkeys((row["representation"], row["protocol"]) for row in rows):
            chosen = [row for row in rows if (row["representation"], row["protocol"]) == (representation, protocol)]
            for layer_rule, join in product(options.layer_rules, options.joins):
                values = _of_networks(chosen, rule_of(layer_rule, criterion))
                paired = JOINS[join]({model: ids[model] for model in values})
                for (aggregate, table), statistic in product(scores.items(), options.statistics):
                    of_layer = (representation, protocol, criterion, n_clusters, layer_rule)
                    choices = Choices(*branch.choices, *of_layer, join, aggregate, statistic)
                    found += _universe(choices, values, paired, table, numbers)
    if missing:
        raise TexalignError(f"no table of the study has a column {', '.join(sorted(missing))} (multiverse.criteria)")
    return found


def rule_of(layer_rule: str, criterion: str) -> Callable[[Sequence[float]], float]:
    """A rule for a criterion's values: of one of which less is better, the best is the lowest."""
    return min if layer_rule == "best" and criterion in names.LOWER_IS_BETTER else LAYER_RULES[layer_rule]


def _of_networks(rows: Sequence[Row], rule: Callable[[Sequence[float]], float]) -> dict[str, float]:
    """Each network's value, from those of its layers."""
    found: dict[str, float] = {}
    for model in dict.fromkeys(row["model"] for row in rows):
        layers = sorted((row for row in rows if row["model"] == model), key=lambda row: int(row["position"]))
        found[model] = rule([float(row["value"]) for row in layers])
    return found


def _check_branches(branches: Sequence[Branch], ids: Mapping[str, str | None]) -> None:
    if not branches:
        raise TexalignError("the multiverse has no branches")
    first = {layer_key(row) for row in branches[0].layers}
    for branch in branches:
        keys = {layer_key(row) for row in branch.layers}
        if keys != first or len(keys) != len(branch.layers):
            raise TexalignError(
                f"the branch {branch.name} has other networks, layers or protocols than the first, or one of them twice"
            )
    without = sorted({model for _, _, model, _ in first} - set(ids))
    if without:
        raise TexalignError(f"no Brain-Score id, not even an empty one, is given for {', '.join(without)}")


def _universe(
    choices: Choices,
    values: Mapping[str, float],
    ids: Mapping[str, str | None],
    table: BrainScoreTable,
    numbers: dict[object, int],
) -> list[Result]:
    """The results of one combination of choices, on all benchmarks of its table; `numbers` counts computations."""
    joined = join_scores(ids, table)
    found: list[Result] = []
    for benchmark in table.benchmarks:
        pairs = [row for row in joined if row.benchmark == benchmark and row.score is not None]
        r = STATISTICS[choices.statistic]([row.score for row in pairs], [values[row.model] for row in pairs])
        note, p = r.note, r.p
        if r.r is None:
            note = "; ".join(dict.fromkeys([r.note, *filter(None, [table.reasons.get(benchmark, "")])]))
        elif r.n < LEAST_NETWORKS:
            note, p = f"no verdict of {r.n} networks", None
        computation = (benchmark, choices.statistic, tuple((row.model, row.score, values[row.model]) for row in pairs))
        number = numbers.setdefault(computation, len(numbers))
        found.append(Result(choices, benchmark, r.n, r.r, p, None, note, number))
    q_values = statistics.benjamini_hochberg([result.p for result in found])
    return [replace(result, q=q) for result, q in zip(found, q_values, strict=True)]


@dataclass(frozen=True)
class Change:
    """What one choice changes on one benchmark, all other choices being equal."""

    axis: str = column("the choice")
    before: str = column("one option")
    after: str = column("another")
    benchmark: str = column("benchmark or aggregate")
    n_pairs: int = column("pairs of results, both defined, that differ in this choice only; the same pair counts once")
    n_networks: str = column("networks of these results, before and after, from the fewest to the most")
    n_sign_changes: int = column("how often the sign of r changes")
    n_gain_significance: int = column("how often p falls below the level")
    n_lose_significance: int = column("how often it rises above")
    mean_change: float = column("mean change of r")
    largest_change: float = column("the change of r that is largest in size")
    largest_change_at: str = column("the other choices at which it occurs")


def changes(found: Sequence[Result], alpha: float) -> list[Change]:
    """What each choice changes: for every axis, every two of its options, and every benchmark that both have.

    Where a choice makes no other computation (single benchmarks are the same by every aggregate), there is nothing to
    change, and pairs that are the same two computations count once. The most consequential come first: by changes of
    sign and significance, then by the largest change of r.
    """
    by_key = {(result.choices, result.benchmark): result for result in found if result.r is not None}
    benchmarks = list(dict.fromkeys(result.benchmark for result in found))
    rows: list[Change] = []
    for axis in AXES:
        options = list(dict.fromkeys(getattr(result.choices, axis) for result in found))
        for i, before in enumerate(options):
            for after in options[i + 1 :]:
                for benchmark in benchmarks:
                    pairs = _pairs(by_key, axis, before, after, benchmark)
                    if pairs:
                        rows.append(_change(axis, before, after, benchmark, pairs, alpha))
    consequences = {id(row): row.n_sign_changes + row.n_gain_significance + row.n_lose_significance for row in rows}
    return sorted(rows, key=lambda row: (-consequences[id(row)], -abs(row.largest_change)))


def _pairs(
    by_key: Mapping[tuple[Choices, str], Result], axis: str, before: str, after: str, benchmark: str
) -> list[tuple[Result, Result]]:
    """Pairs of different computations that differ in one choice only, each once."""
    found: dict[tuple[int, int], tuple[Result, Result]] = {}
    for (choices, name), result in by_key.items():
        if name == benchmark and getattr(choices, axis) == before:
            other = by_key.get((replace(choices, **{axis: after}), benchmark))
            if other is not None and other.pairs != result.pairs:
                found.setdefault((result.pairs, other.pairs), (result, other))
    return list(found.values())


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
        n_networks=" → ".join(_range([pair[side].n for pair in pairs]) for side in (0, 1)),
        n_sign_changes=sum(a.r * b.r < 0 for a, b in pairs),
        n_gain_significance=sum(_significant(b, alpha) > _significant(a, alpha) for a, b in pairs),
        n_lose_significance=sum(_significant(b, alpha) < _significant(a, alpha) for a, b in pairs),
        mean_change=sum(moved) / len(moved),
        largest_change=moved[largest],
        largest_change_at=", ".join(others),
    )


def _significant(result: Result, alpha: float) -> bool:
    return result.p is not None and result.p < alpha


def _range(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low} to {high}"


def _named(choices: Choices) -> list[tuple[str, str]]:
    return list(zip(AXES, astuple(choices), strict=True))


# ---------------------------------------------------------------------------------------------------------------- rows


@dataclass(frozen=True)
class ResultRow(Choices):
    """A correlation under one combination of choices; cells without a value are empty."""

    benchmark: str = column("benchmark or aggregate")
    n_models: int = column("networks with a score")
    r: float | None = column("correlation by the statistic chosen")
    p: float | None = column("its p-value, of independent networks; none below 4 networks")
    q: float | None = column("Benjamini and Hochberg's q over the benchmarks of a combination")
    significant: str | None = column("yes where p is below the level, else no")
    note: str = column("why something is undefined")
    own: str = column("yes for the study's own choices, else no")
    repeats: str = column("yes where an earlier row is the same computation under another name, else no")
    published_r: float | None = column("r as published")
    published_p: float | None = column("p as published")


@dataclass(frozen=True)
class PublishedCorrelation:
    """A correlation as it was published."""

    r: float
    p: float


def read_published(path: str | Path) -> dict[str, PublishedCorrelation]:
    """Published correlations by benchmark, from a CSV file with columns `benchmark`, `r` and `p`.

    Raises TexalignError naming file and line where a benchmark is listed twice or a cell is not a number.
    """
    columns, rows = tables.read_cells(Path(path))
    tables.check_columns(path, columns, ["benchmark", "r", "p"])
    published: dict[str, PublishedCorrelation] = {}
    for number, cells in rows:
        row = dict(zip(columns, cells, strict=True))
        if row["benchmark"] in published:
            raise TexalignError(f"{path}, line {number}: {row['benchmark']!r} is listed twice")
        try:
            published[row["benchmark"]] = PublishedCorrelation(float(row["r"]), float(row["p"]))
        except ValueError as error:
            raise TexalignError(f"{path}, line {number}: r or p is not a number") from error
    return published


def result_rows(
    found: Sequence[Result], alpha: float, own: Choices, published: Mapping[str, PublishedCorrelation]
) -> list[ResultRow]:
    """Results as rows; `own` marks the study's own choices, published values are by benchmark."""
    rows: list[ResultRow] = []
    seen: set[int] = set()
    for result in found:
        known = published.get(result.benchmark)
        rows.append(
            ResultRow(
                *astuple(result.choices),
                benchmark=result.benchmark,
                n_models=result.n,
                r=result.r,
                p=result.p,
                q=result.q,
                significant=None if result.p is None else "yes" if result.p < alpha else "no",
                note=result.note,
                own="yes" if result.choices == own else "no",
                repeats="yes" if result.pairs in seen else "no",
                published_r=known and known.r,
                published_p=known and known.p,
            )
        )
        seen.add(result.pairs)
    return rows
