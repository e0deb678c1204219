"""Rank correlations of two lists of dissimilarities: exact, and of many resamples at once from joint histograms."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.stats import kendalltau

# Levels that dissimilarities are put into for resamples, by rank: up to as many distinct values lose nothing by it; of
# more, a rank is off by at most 1/256 of all. Two lists' joint levels, by class, fit 16 bits.
LEVELS = 128

MEASURES = ("spearman", "tau_a", "spearman_given_classes")


def midranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1, (n,) float64; equal values share the mean of theirs. scipy's rankdata in a third of its time."""
    order = np.argsort(values)
    in_order = values[order]
    first = np.flatnonzero(np.concatenate([[True], in_order[1:] != in_order[:-1]]))
    counts = np.diff(first, append=len(values))
    ranks = np.empty(len(values))
    ranks[order] = np.repeat(first + (counts + 1) / 2, counts)
    return ranks


def standardised(values: np.ndarray) -> np.ndarray:
    """Values about their mean, scaled so that their squares sum to 1; zeros where all are equal."""
    centred = values - values.mean()
    length = np.sqrt(centred @ centred)
    return centred / length if length > 0 else centred


def levels(ranks: np.ndarray) -> np.ndarray:
    """Levels 0, 1, ... of ranks, (n,) uint8: one a distinct rank where there are at most `LEVELS`, else as many in
    equal parts of the pairs.
    """
    # Most have more, as a few of them tell without sorting all.
    if len(np.unique(ranks[:: max(1, len(ranks) // 1000)])) <= LEVELS:
        distinct = np.unique(ranks)
        if len(distinct) <= LEVELS:
            return np.searchsorted(distinct, ranks).astype(np.uint8)
    return np.minimum((ranks - 0.5) / len(ranks) * LEVELS, LEVELS - 1).astype(np.uint8)


@dataclass(frozen=True)
class RankedPairs:
    """Two lists of dissimilarities of the same pairs, ranked once for all that is asked of them.

    `x`, `y`: midranks among the pairs that are judged, that is NaN in neither, (n_judged,) float64. `judged`: which of
    all pairs these are, None where all are. `same_class`: which of all pairs are of one class, or None.
    """

    x: np.ndarray
    y: np.ndarray
    judged: np.ndarray | None = None
    same_class: np.ndarray | None = None

    @classmethod
    def of(
        cls,
        x: np.ndarray,
        y: np.ndarray,
        same_class: np.ndarray | None = None,
        x_ranks: np.ndarray | None = None,
    ) -> "RankedPairs":
        """Of dissimilarities, (n_pairs,) each, NaN where not judged; `x_ranks`: midranks of all of `x`, if known."""
        judged = ~(np.isnan(x) | np.isnan(y))
        if judged.all():
            return cls(midranks(x) if x_ranks is None else x_ranks, midranks(y), None, same_class)
        return cls(midranks(x[judged]), midranks(y[judged]), judged, same_class)

    def coefficients(self, measures: Sequence[str] = MEASURES) -> dict[str, float]:
        """Those of the `measures` that are defined, by name. See `correlate`."""
        if len(self.x) < 3 or np.ptp(self.x) == 0 or np.ptp(self.y) == 0:
            return dict.fromkeys(measures, np.nan)
        x, y = standardised(self.x), standardised(self.y)
        found = {"spearman": float(x @ y)}
        if "tau_a" in measures:
            found["tau_a"] = tau_a(self.x, self.y)
        if self.same_class is not None:
            same_class = self.same_class if self.judged is None else self.same_class[self.judged]
            model = standardised(~same_class * 1.0)
            found["spearman_given_classes"] = float(partial(found["spearman"], x @ model, y @ model))
        return {name: found[name] for name in measures if name in found}

    @cached_property
    def levels(self) -> tuple[np.ndarray, np.ndarray]:
        """Levels of all pairs, (n_pairs,) uint8 each, 0 where not judged."""
        return self.of_all(levels(self.x)), self.of_all(levels(self.y))

    def of_all(self, values: np.ndarray) -> np.ndarray:
        """Values of the judged pairs as those of all, (n_pairs,); 0 where not judged."""
        if self.judged is None:
            return values
        found = np.zeros(len(self.judged), values.dtype)
        found[self.judged] = values
        return found


def correlate(
    x: np.ndarray, y: np.ndarray, same_class: np.ndarray | None = None, measures: Sequence[str] = MEASURES
) -> dict[str, float]:
    """Rank correlations of the dissimilarities of pairs, (n_pairs,) each; pairs that are NaN in either are left out.

    `spearman`; `tau_a`: Kendall's, which ties keep from 1; with `same_class` also `spearman_given_classes`: Spearman's
    of what the class model, in which pairs of one class are nearer than others, leaves of both. NaN where undefined.
    """
    return RankedPairs.of(x, y, same_class).coefficients(measures)


def partial(xy: np.ndarray, xz: np.ndarray, yz: np.ndarray) -> np.ndarray:
    """Correlation of x and y given z, from the three correlations; NaN where z tells one of them completely."""
    rest = (1 - np.square(xz)) * (1 - np.square(yz))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(rest > 1e-12, (xy - xz * yz) / np.sqrt(np.maximum(rest, 1e-300)), np.nan)


def tau_a(x: np.ndarray, y: np.ndarray) -> float:
    """Kendall's tau-a: concordant less discordant pairs of the n values, of all n(n-1)/2. From scipy's tau-b."""
    total = len(x) * (len(x) - 1) / 2
    with np.errstate(invalid="ignore"):
        tau_b = kendalltau(x, y, method="asymptotic").statistic
    untied = [total - np.sum(counts * (counts - 1) / 2) for counts in (_tie_counts(x), _tie_counts(y))]
    return 0.0 if 0 in untied else float(tau_b * np.sqrt(untied[0]) * np.sqrt(untied[1]) / total)


def _tie_counts(values: np.ndarray) -> np.ndarray:
    in_order = np.sort(values)
    first = np.flatnonzero(np.concatenate([[True], in_order[1:] != in_order[:-1]]))
    return np.diff(first, append=len(values)).astype(float)


def histogram_coefficients(histograms: np.ndarray) -> dict[str, np.ndarray]:
    """Rank correlations of weighted pairs from their joint histograms, (resamples,) each, as `correlate`'s.

    `histograms`: (resamples, 2, levels of x, levels of y), weights of pairs of different classes, then of one class.
    Ranks are those within each resample: ranks of the resample itself, not of what it was drawn from.
    """
    joint = histograms.sum(axis=1)
    x, y = _Ranked.of(joint.sum(axis=2)), _Ranked.of(joint.sum(axis=1))
    spearman = _correlation(joint, x, y)
    found = {"spearman": spearman, "tau_a": histogram_tau_a(joint)}
    if histograms[:, 1].any():
        z = _Ranked.of(histograms.sum(axis=(2, 3))[:, ::-1])
        xz = _correlation(histograms.sum(axis=3).swapaxes(1, 2)[:, :, ::-1], x, z)
        yz = _correlation(histograms.sum(axis=2).swapaxes(1, 2)[:, :, ::-1], y, z)
        found["spearman_given_classes"] = partial(spearman, xz, yz)
    return found


@dataclass(frozen=True)
class _Ranked:
    """Midranks of levels less their mean, as shares of all weight, (resamples, levels), and standard deviations."""

    ranks: np.ndarray
    sd: np.ndarray

    @classmethod
    def of(cls, weights: np.ndarray) -> "_Ranked":
        shares = weights / weights.sum(axis=1, keepdims=True)
        ranks = np.cumsum(shares, axis=1) - shares / 2 - 0.5
        return cls(ranks, np.sqrt(np.einsum("bk,bk,bk->b", shares, ranks, ranks)))


def _correlation(joint: np.ndarray, x: _Ranked, y: _Ranked) -> np.ndarray:
    covariance = np.einsum("bk,bk->b", np.einsum("bkl,bl->bk", joint, y.ranks), x.ranks) / joint.sum(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        return covariance / (x.sd * y.sd)


def histogram_tau_a(joint: np.ndarray) -> np.ndarray:
    """Sum over all pairs of entries of the product of the signs of their differences, of all pairs of entries.

    `joint`: (resamples, levels of x, levels of y).
    """
    rows, columns = (signs(size) for size in joint.shape[1:])
    total = joint.sum(axis=(1, 2))
    return np.einsum("bkl,bkl->b", joint, rows @ joint @ columns.T) / (total * (total - 1))


def signs(size: int) -> np.ndarray:
    """Signs of the differences of levels 0 ... size - 1, (size, size) float64."""
    return np.sign(np.subtract.outer(np.arange(size), np.arange(size))).astype(float)
