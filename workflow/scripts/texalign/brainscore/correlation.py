"""The table of correlations of the best layers with Brain-Score: what is known of each r, and how well."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from texalign import statistics
from texalign.artifacts import tables
from texalign.errors import TexalignError
from texalign.information.layers import LAYER_KEY
from texalign.statistics import Correlation, Interval

Row = Mapping[str, str]

CORRELATION_COLUMNS = (
    "representation",
    "protocol",
    "criterion",
    "benchmark",
    "n_models",
    "pearson_r",
    "pearson_p",
    "significant",
    "note",
    "pearson_low",
    "pearson_high",
    "pearson_low_with_mi_error",
    "pearson_high_with_mi_error",
    "pearson_q",
    "permutation_p",
    "spearman_r",
    "spearman_p",
    "without_network_low",
    "without_network_high",
    "without_family_low",
    "without_family_high",
    "detectable_r",
    "equivalence_bound",
    "equivalence_p",
    "smallest_bound",
    "conclusion",
    "n_relatives",
    "r_without_relatives",
)

# What a correlation and its uncertainty amount to.
CORRELATED = "correlated"
NEGLIGIBLE = "negligible"
CORRELATED_WITHIN_BOUND = "correlated within the bound"
UNDECIDED = "undecided"

# Match of a network with the model that was scored: neither the same weights nor the same architecture.
RELATIVE = "relative"

LayerKey = tuple[str, str, str, str]


@dataclass(frozen=True)
class Settings:
    """Level `alpha` of all tests (intervals have confidence 1 - alpha) and bound of |r| below which it is negligible.

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


def correlation_rows(scores: Sequence[Row], settings: Settings) -> list[dict[str, object]]:
    """Correlation of the best layers with each benchmark, by representation and protocol, over networks with a score.

    `scores`: rows of `tables.SCORE_COLUMNS`. q-values are over the benchmarks of a protocol (Benjamini-Hochberg, of
    Pearson's p). The conclusion is `correlated` where q < alpha, `negligible` where the equivalence test at the bound
    has p < alpha, `correlated within the bound` where both hold, else `undecided`, which is no evidence for no
    correlation. Cells without a value are None, and `note` says why r is undefined.
    """
    rows: list[dict[str, object]] = []
    for choice in dict.fromkeys((row["representation"], row["protocol"]) for row in scores):
        of_choice = [row for row in scores if (row["representation"], row["protocol"]) == choice]
        found = [
            _benchmark_row(benchmark, of_choice, settings)
            for benchmark in dict.fromkeys(row["benchmark"] for row in of_choice)
        ]
        q_values = statistics.benjamini_hochberg([row["pearson_p"] for row in found])
        for row, q in zip(found, q_values, strict=True):
            row["pearson_q"] = q
            row["conclusion"] = _conclusion(q, row["equivalence_p"], settings.alpha)
        rows += found
    return rows


def _benchmark_row(benchmark: str, rows: Sequence[Row], settings: Settings) -> dict[str, object]:
    """The row of one benchmark under one representation and protocol, without what depends on the others."""
    pairs = [row for row in rows if row["benchmark"] == benchmark and row["score"]]
    scores, bits = _values(pairs)
    found = statistics.pearson(scores, bits)
    row: dict[str, object] = dict.fromkeys(CORRELATION_COLUMNS)
    row |= {
        **{name: rows[0][name] for name in ("representation", "protocol", "criterion")},
        "benchmark": benchmark,
        "n_models": found.n,
        "pearson_r": found.r,
        "pearson_p": found.p,
        "note": found.note,
        "equivalence_bound": settings.equivalence_bound,
        "detectable_r": statistics.detectable_r(found.n, settings.alpha),
        "n_relatives": sum(pair["match"] == RELATIVE for pair in pairs),
    }
    return row if found.r is None else row | _inference(pairs, found, settings)


def _inference(pairs: Sequence[Row], found: Correlation, settings: Settings) -> dict[str, object]:
    scores, bits = _values(pairs)
    r, n, confidence = found.r, found.n, 1 - settings.alpha
    with_error = None
    if settings.mi_deviations:
        deviations = np.column_stack([_deviations(pair, settings.mi_deviations) for pair in pairs])
        with_error = statistics.fisher_interval(r, n, confidence, statistics.noise_sd_of_z(scores, bits, deviations))
    ranked = statistics.spearman(scores, bits)
    closer = [pair for pair in pairs if pair["match"] != RELATIVE]
    return {
        "significant": "yes" if found.p < settings.alpha else "no",
        **_ends("pearson_low", "pearson_high", statistics.fisher_interval(r, n, confidence)),
        **_ends("pearson_low_with_mi_error", "pearson_high_with_mi_error", with_error),
        "permutation_p": statistics.permutation_p(scores, bits),
        "spearman_r": ranked.r,
        "spearman_p": ranked.p,
        **_ends("without_network_low", "without_network_high", _left_out(pairs, "model")),
        **_ends("without_family_low", "without_family_high", _left_out(pairs, "family")),
        "equivalence_p": statistics.equivalence_p(r, n, settings.equivalence_bound),
        "smallest_bound": statistics.smallest_bound(r, n, settings.alpha),
        "r_without_relatives": statistics.pearson(*_values(closer)).r,
    }


def _deviations(pair: Row, deviations: Mapping[LayerKey, np.ndarray]) -> np.ndarray:
    key = tuple(pair[name] for name in LAYER_KEY)
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
        for layer in (column for column in rows[0] if column not in of_network):
            key = (*(rows[0][name] for name in of_network[:3]), layer)
            try:
                found[key] = np.array([float(row[layer]) for row in rows])
            except ValueError as error:
                raise TexalignError(f"{path}, column {layer}: {error}") from error
    return found


def _values(pairs: Sequence[Row]) -> tuple[list[float], list[float]]:
    return [float(pair["score"]) for pair in pairs], [float(pair["value"]) for pair in pairs]


def _left_out(pairs: Sequence[Row], column: str) -> Interval | None:
    return statistics.left_out_range(*_values(pairs), [pair[column] for pair in pairs])


def _ends(low: str, high: str, interval: Interval | None) -> dict[str, float | None]:
    return {low: None, high: None} if interval is None else {low: interval.low, high: interval.high}


def _conclusion(q: float | None, equivalence_p: float | None, alpha: float) -> str | None:
    if q is None:
        return None
    negligible = equivalence_p is not None and equivalence_p < alpha
    if q < alpha:
        return CORRELATED_WITHIN_BOUND if negligible else CORRELATED
    return NEGLIGIBLE if negligible else UNDECIDED
