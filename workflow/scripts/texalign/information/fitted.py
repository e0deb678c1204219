"""Distributions that a table of classes and clusters may have come from: fitted, drawn, made stronger or weaker.

Resampling the observed frequencies takes every empty cell for impossible, and so has another bias than the table
itself. Here cells are smoothed first, by what the table tells of how rates are spread over its cells.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, xlogy

# Rates of cells that the mixture is made of, evenly spaced by their logarithms, from that of a cell of which such a
# study sees one image in fifty repetitions.
_LOWEST_RATE = 0.02
_RATES = 60
# Steps of EM. Stopped early, the mixture stays nearly as wide as it began; run on, it puts all rates onto few points. A
# table hardly tells which of these it came from, and the bias of the estimator differs between them.
EARLY, LATE = 10, 1000
# Information below this is none, in nats.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class RateMixture:
    """How the rates of a table's cells are distributed, given the counts that occur in it.

    `counts`: distinct counts, ascending, (d,). `rates`: images expected in a cell, (g,). `posterior`: probability of
    each rate given each count, (d, g), rows of sum 1.
    """

    counts: np.ndarray
    rates: np.ndarray
    posterior: np.ndarray

    @classmethod
    def of(cls, table: np.ndarray, steps: int) -> "RateMixture":
        """The mixture of Poisson distributions fitted to a table's counts by EM (Laird 1978, JASA 73, 805)."""
        counts, cells = np.unique(table, return_counts=True)
        rates = np.geomspace(_LOWEST_RATE, 1.3 * max(counts[-1], 1), _RATES)
        likelihood = np.exp(xlogy(counts[:, None], rates) - rates - gammaln(counts + 1.0)[:, None])
        weights = np.full(_RATES, 1 / _RATES)
        for _ in range(steps):
            posterior = likelihood * weights
            posterior /= posterior.sum(axis=1, keepdims=True)
            weights = cells @ posterior / cells.sum()
        return cls(counts, rates, posterior)

    def draw(self, table: np.ndarray, n_draws: int, rng: np.random.Generator) -> np.ndarray:
        """Shares of the clusters in each class, drawn given the table, (n_draws, n_classes, n_clusters) of row sum 1.

        Every cell gets a rate by its count, independently of the others; rates are then divided by their row's sum.
        """
        cumulative = self.posterior.cumsum(axis=1)
        drawn = np.empty((n_draws, *table.shape))
        for count, shares in zip(self.counts, cumulative, strict=True):
            own = table == count
            positions = np.searchsorted(shares, rng.random((n_draws, int(own.sum()))) * shares[-1])
            drawn[:, own] = self.rates[positions]
        return drawn / drawn.sum(axis=2, keepdims=True)


def strengthened(shares: np.ndarray, margin: np.ndarray, exponent: float) -> np.ndarray:
    """Shares of clusters in each class, made more or less unlike the margin: s^t m^(1 - t), rows scaled to sum 1.

    `shares`: (..., n_classes, n_clusters), positive, rows of sum 1. `margin`: share of each cluster in all images,
    (n_clusters,), positive. An exponent t of 0 gives independence, 1 leaves them as they are, more sharpens them.
    """
    changed = shares**exponent * margin ** (1 - exponent)
    return changed / changed.sum(axis=-1, keepdims=True)


def information_bits(shares: np.ndarray, class_sizes: np.ndarray) -> np.ndarray:
    """Mutual information of class and cluster in distributions, bits, (...); no estimate is involved.

    `shares`: shares of clusters in each class, (..., n_classes, n_clusters), rows of sum 1. `class_sizes`: images of
    each class, (n_classes,).
    """
    weights = class_sizes / class_sizes.sum()
    margin = np.einsum("c,...ck->...k", weights, shares)
    nats = xlogy(shares, shares).sum(axis=-1) @ weights - xlogy(margin, margin).sum(axis=-1)
    # Of independent distributions the difference is a rounding error of either sign.
    return np.where(nats > _ROUNDING, nats, 0.0) / np.log(2)


def draw_tables(shares: np.ndarray, class_sizes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Tables of counts, each from its own distribution, of the shape of `shares`; rows sum to `class_sizes`."""
    return rng.multinomial(np.broadcast_to(class_sizes, shares.shape[:-1]), shares)
