"""The table of correlations of the best layers with Brain-Score: what is known of each r, and how well."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from texalign import statistics
from texalign.artifacts import tables
from texalign.artifacts.records import column
from texalign.brainscore.families import effective_number, family_permutation_p
from texalign.brainscore.join import ScoredLayer
from texalign.errors import TexalignError
from texalign.statistics import Interval

# What a correlation and its uncertainty amount to; that it is small is named by the bound.
CORRELATED = "correlated"
UNDECIDED = "undecided"
# Fewer networks than this have no verdict: there is no interval of r, and p says next to nothing.
LEAST_NETWORKS = 4

# Match of a network with the model that was scored: neither the same weights nor the same architecture.
RELATIVE = "relative"

LayerKey = tuple[str, str, str, str]


@dataclass(frozen=True)
class CorrelationRow:
    """A correlation over networks, and how well it is known; cells without a value are empty."""

    representation: str = column("representation of images")
    protocol: str = column("protocol of clustering")
    criterion: str = column("what is correlated with the scores: the column by which best layers were chosen")
    benchmark: str = column("benchmark or aggregate")
    n_models: int = column("networks with a score")
    pearson_r: float | None = column("Pearson's r")
    pearson_p: float | None = column("its two-sided p-value by Student's t, of independent networks")
    significant: str | None = column("yes where pearson_p is below the level, else no")
    note: str = column("why something is undefined, or no verdict is given")
    pearson_low: float | None = column("lower end of the confidence interval of r, by Fisher's z")
    pearson_high: float | None = column("upper end")
    pearson_low_with_mi_error: float | None = column("lower end for mutual information free of error")
    pearson_high_with_mi_error: float | None = column("upper end")
    pearson_q: float | None = column("Benjamini and Hochberg's q of pearson_p over the benchmarks of a protocol")
    permutation_p: float | None = column("p-value of r by permutation of networks, taken to be independent")
    spearman_r: float | None = column("Spearman's rank correlation")
    spearman_p: float | None = column("its p-value by permutation of networks, taken to be independent")
    without_network_low: float | None = column("smallest r when each network is left out")
    without_network_high: float | None = column("largest")
    without_family_low: float | None = column("smallest r when each family is left out")
    without_family_high: float | None = column("largest")
    detectable_r: float | None = column("smallest true |r| that so many networks show with 80% probability")
    equivalence_bound: float = column("bound of |r| that the equivalence test is about")
    equivalence_p: float | None = column("p-value of |r| below the bound: two one-sided tests, of independent networks")
    smallest_bound: float | None = column("smallest bound that these networks would support")
    conclusion: str | None = column("correlated, |r| below the bound, both, or undecided; empty below 4 networks")
    n_relatives: int = column("networks whose scored model is a relative")
    r_without_relatives: float | None = column("r without them")
    family_p: float | None = column("p-value of r by permutation of families as wholes")
    family_q: float | None = column("Benjamini and Hochberg's q of family_p over the benchmarks of a protocol")
    n_families: int = column("families of the networks with a score; a network without a family is its own")
    effective_networks: float | None = column("independent networks whose r would vary as much, an estimate")
    mi_reliability: float | None = column("share of the variance over networks that is not error of mutual information")
    equivalence_chance: float | None = column("probability of equivalence_p below the level without any correlation")
    zero_filled_share: float | None = column("mean share of a score's weight on benchmarks that count as zero untaken")
    r_with_taken: float | None = column("r of the scores with the means of what each network has taken")
    largest_two: str | None = column("the two networks farthest from the mean score")
    largest_two_share: float | None = column("their share of the scores' sum of squares about the mean")


@dataclass(frozen=True)
class CorrelationSettings:
    """Level `alpha` of all tests (intervals have confidence 1 - alpha) and bound of |r| of the equivalence test.

    `mi_deviations`: draws of the error of mutual information, in bits, (n_draws,), by (representation, protocol, model,
    layer); a draw has the same images for all of them. With none given, intervals say nothing of it. Raises
    TexalignError unless alpha and bound are between 0 and 1.
    """

    alpha: float = 0.05
    equivalence_bound: float = 0.5
    mi_deviations: Mapping[LayerKey, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("alpha", "equivalence_bound"):
            if not 0 < getattr(self, name) < 1:
                raise TexalignError(f"{name} is {getattr(self, name)}; it must be between 0 and 1")

    @property
    def within_bound(self) -> str:
        """The conclusion that a correlation is smaller than the bound."""
        return f"|r| < {self.equivalence_bound:g}"


def correlation_rows(scores: Sequence[ScoredLayer], settings: CorrelationSettings) -> list[CorrelationRow]:
    """Correlation of the best layers with each benchmark, by representation and protocol, over networks with a score.

    q-values are over the benchmarks of a protocol (Benjamini-Hochberg). The conclusion is `correlated` where the q of
    the p-value that knows families is below alpha, `|r| < bound` where the equivalence test at that bound has
    p < alpha, both where both hold, else `undecided`, which is no evidence for no correlation. Below four networks
    there is none, and no p-value.
    """
    rows: list[CorrelationRow] = []
    for choice in dict.fromkeys((row.representation, row.protocol) for row in scores):
        of_choice = [row for row in scores if (row.representation, row.protocol) == choice]
        found = [
            _benchmark_row(benchmark, of_choice, settings)
            for benchmark in dict.fromkeys(row.benchmark for row in of_choice)
        ]
        q_values = statistics.benjamini_hochberg([row.pearson_p for row in found])
        family_q_values = statistics.benjamini_hochberg([row.family_p for row in found])
        rows += [
            replace(row, pearson_q=q, family_q=family_q, conclusion=_conclusion(family_q, row.equivalence_p, settings))
            for row, q, family_q in zip(found, q_values, family_q_values, strict=True)
        ]
    return rows


def _benchmark_row(benchmark: str, rows: Sequence[ScoredLayer], settings: CorrelationSettings) -> CorrelationRow:
    """The row of one benchmark under one representation and protocol, without what depends on the others."""
    pairs = [row for row in rows if row.benchmark == benchmark and row.score is not None]
    found = statistics.pearson(*_values(pairs))
    cells: dict[str, object] = dict.fromkeys(CorrelationRow.__dataclass_fields__)
    cells |= {
        **{name: getattr(rows[0], name) for name in ("representation", "protocol", "criterion")},
        "benchmark": benchmark,
        "n_models": found.n,
        "pearson_r": found.r,
        "note": found.note,
        "equivalence_bound": settings.equivalence_bound,
        "detectable_r": statistics.detectable_r(found.n, settings.alpha),
        "n_relatives": sum(pair.match == RELATIVE for pair in pairs),
        "n_families": len({pair.family for pair in pairs}),
        "equivalence_chance": statistics.equivalence_chance(found.n, settings.equivalence_bound, settings.alpha),
    }
    if found.r is None:
        return CorrelationRow(**cells)
    cells |= {"spearman_r": statistics.rank_correlation(*_values(pairs))} | _spread(pairs)
    if found.n < LEAST_NETWORKS:
        return CorrelationRow(**cells | {"note": f"no verdict of {found.n} networks"})
    return CorrelationRow(**cells | {"pearson_p": found.p} | _inference(pairs, found.r, found.p, settings))


def _inference(pairs: Sequence[ScoredLayer], r: float, p: float, settings: CorrelationSettings) -> dict[str, object]:
    scores, values = _values(pairs)
    families = [pair.family for pair in pairs]
    n, confidence = len(pairs), 1 - settings.alpha
    interval = statistics.fisher_interval(r, n, confidence)
    share, with_error = None, None
    if settings.mi_deviations:
        deviations = np.column_stack([_deviations(pair, settings.mi_deviations) for pair in pairs])
        share = statistics.reliability(values, deviations)
        with_error = statistics.disattenuated(interval, share)
    ranked = statistics.spearman(scores, values)
    closer = [pair for pair in pairs if pair.match != RELATIVE]
    return {
        "significant": "yes" if p < settings.alpha else "no",
        **_ends("pearson_low", "pearson_high", interval),
        **_ends("pearson_low_with_mi_error", "pearson_high_with_mi_error", with_error),
        "permutation_p": statistics.permutation_p(scores, values),
        "spearman_r": ranked.r,
        "spearman_p": ranked.p,
        **_ends("without_network_low", "without_network_high", _left_out(pairs, [pair.model for pair in pairs])),
        **_ends("without_family_low", "without_family_high", _left_out(pairs, families)),
        "equivalence_p": statistics.equivalence_p(r, n, settings.equivalence_bound),
        "smallest_bound": statistics.smallest_bound(r, n, settings.alpha),
        "r_without_relatives": statistics.pearson(*_values(closer)).r,
        "family_p": family_permutation_p(scores, values, families),
        "effective_networks": effective_number(scores, values, families),
        "mi_reliability": share,
    }


def _spread(pairs: Sequence[ScoredLayer]) -> dict[str, object]:
    """What the scores are made of: zeros for what was not taken, and the two networks farthest from their mean."""
    scores, _ = _values(pairs)
    zeros = [pair.zero_filled for pair in pairs if pair.zero_filled is not None]
    taken = [(pair.score, pair.taken) for pair in pairs if pair.taken is not None]
    squares = (np.array(scores) - np.mean(scores)) ** 2
    two = np.argsort(-squares, kind="stable")[:2]
    return {
        "zero_filled_share": float(np.mean(zeros)) if zeros and len(zeros) == len(pairs) else None,
        "r_with_taken": statistics.pearson(*zip(*taken, strict=True)).r if len(taken) == len(pairs) else None,
        "largest_two": ", ".join(pairs[i].model for i in two),
        "largest_two_share": float(squares[two].sum() / squares.sum()),
    }


def _deviations(pair: ScoredLayer, deviations: Mapping[LayerKey, np.ndarray]) -> np.ndarray:
    key = (pair.representation, pair.protocol, pair.model, pair.layer)
    if key not in deviations:
        raise TexalignError(f"no error of mutual information is known of {', '.join(key)}")
    return deviations[key]


def read_deviations(files: Iterable[str | Path]) -> dict[LayerKey, np.ndarray]:
    """Deviations of mutual information, (n_draws,), by (representation, protocol, model, layer).

    A file is a TSV of one network with columns `representation`, `protocol`, `model`, `draw` and one a layer. Raises
    TexalignError naming the file when it has other draws than the first, or a cell is not a number.
    """
    found: dict[LayerKey, np.ndarray] = {}
    first: list[str] | None = None
    of_network = ("representation", "protocol", "model", "draw")
    for path in files:
        rows = tables.read_rows(path, of_network)
        draws = [row["draw"] for row in rows]
        first = draws if first is None else first
        if draws != first or not draws:
            raise TexalignError(f"{path}: has {len(draws)} draws, not the {len(first)} of the others")
        for layer in (name for name in rows[0] if name not in of_network):
            key = (*(rows[0][name] for name in of_network[:3]), layer)
            try:
                found[key] = np.array([float(row[layer]) for row in rows])
            except ValueError as error:
                raise TexalignError(f"{path}, column {layer}: {error}") from error
    return found


def _values(pairs: Sequence[ScoredLayer]) -> tuple[list[float], list[float]]:
    return [pair.score for pair in pairs], [pair.value for pair in pairs]


def _left_out(pairs: Sequence[ScoredLayer], groups: Sequence[str]) -> Interval | None:
    return statistics.left_out_range(*_values(pairs), groups)


def _ends(low: str, high: str, interval: Interval | None) -> dict[str, float | None]:
    return {low: None, high: None} if interval is None else {low: interval.low, high: interval.high}


def _conclusion(q: float | None, equivalence_p: float | None, settings: CorrelationSettings) -> str | None:
    if q is None:
        return None
    within = equivalence_p is not None and equivalence_p < settings.alpha
    found = [CORRELATED] * (q < settings.alpha) + [settings.within_bound] * within
    return ", ".join(found) or UNDECIDED
