"""Correlation over networks that come in families, whose members are no independent draws."""

import math
from collections.abc import Sequence

import numpy as np

from texalign.errors import TexalignError
from texalign.statistics import RANDOM_ORDERS, ROUNDING, pearson


def family_permutation_p(
    x: Sequence[float], y: Sequence[float], families: Sequence[str], seed: int = 0, draws: int = RANDOM_ORDERS
) -> float:
    """Two-sided p-value of Pearson's r of paired values (n,) whose members come in `families` (n,), by permutation.

    y is taken apart into the mean of each family and the deviations from it. Means are permuted among families, as
    wholes, and deviations among the members of a family, and both are put together again: under no correlation that is
    as likely as what was observed, however much members of a family resemble each other (multi-level exchangeability,
    Winkler et al. 2015, for families of equal size exactly; for others, means of small families vary more, and the
    size is a matter of simulation: docs/methods.md). Of `draws` random ones, the observed one counted among them, so
    that p is never 0. Where every family has one member this is `statistics.permutation_p`. Raises TexalignError where
    r is undefined or lengths differ.
    """
    found = pearson(x, y)
    if found.r is None:
        raise TexalignError(f"r is undefined: {found.note}")
    members = _members(families, found.n)
    x, y = (np.asarray(values, float) - np.mean(values) for values in (x, y))
    rng = np.random.default_rng(seed)
    means = np.array([y[own].mean() for own in members])
    shuffled_means = rng.permuted(np.tile(means, (draws, 1)), axis=1)
    drawn = np.empty((draws, found.n))
    for family, own in enumerate(members):
        deviations = rng.permuted(np.tile(y[own] - means[family], (draws, 1)), axis=1)
        drawn[:, own] = shuffled_means[:, [family]] + deviations
    # Means of families of unequal size, permuted, change the variance: r is compared, not the product.
    drawn -= drawn.mean(axis=1, keepdims=True)
    norms = np.sqrt(np.einsum("ij,ij->i", drawn, drawn) * (x @ x))
    r = np.abs(drawn @ x) / np.where(norms > 0, norms, math.inf)
    return float((1 + np.sum(r >= abs(found.r) - ROUNDING)) / (1 + draws))


def family_correlation(values: Sequence[float], families: Sequence[str]) -> float:
    """Intraclass correlation of `values` (n,) in `families`, from 0 to 1: share of the variance that lies between them.

    By analysis of variance, for families of unequal size (Searle, Casella and McCulloch 1992, section 3.6); a negative
    estimate counts as 0. 0 where every family has one member or there is only one, since nothing tells it then.
    """
    values = np.asarray(values, float)
    members = _members(families, len(values))
    n, k = len(values), len(members)
    if k in (1, n):
        return 0.0
    sizes = np.array([len(own) for own in members])
    means = np.array([values[own].mean() for own in members])
    within = sum(float(np.sum((values[own] - mean) ** 2)) for own, mean in zip(members, means, strict=True)) / (n - k)
    between = float(np.sum(sizes * (means - values.mean()) ** 2)) / (k - 1)
    typical_size = (n - np.sum(sizes**2) / n) / (k - 1)
    of_families = max((between - within) / typical_size, 0.0)
    return of_families / (of_families + within) if of_families else 0.0


def effective_number(x: Sequence[float], y: Sequence[float], families: Sequence[str]) -> float:
    """How many independent networks would make r of x and y (n,) vary as much as these do that come in `families`.

    1 + 1/var(r) for values with the family correlations of x and y: tr(X) tr(Y)/tr(XY), X and Y their centred
    correlation matrices (Clifford, Richardson and Hemon 1989; Dutilleul 1993). An estimate from as few networks as
    there are, between the number of families and n; n where families tell nothing.
    """
    members = _members(families, len(x))
    n = len(x)
    same = np.zeros((n, n))
    for own in members:
        same[np.ix_(own, own)] = 1.0
    centre = np.eye(n) - 1 / n

    def centred(correlation: float) -> np.ndarray:
        return centre @ (correlation * same + (1 - correlation) * np.eye(n)) @ centre

    of_x, of_y = (centred(family_correlation(values, families)) for values in (x, y))
    return float(1 + np.trace(of_x) * np.trace(of_y) / np.trace(of_x @ of_y))


def _members(families: Sequence[str], n: int) -> list[np.ndarray]:
    """Indices of each family's members, (its size,) each, in the order in which families first occur."""
    if len(families) != n:
        raise TexalignError(f"{len(families)} families are given for {n} values")
    names = np.asarray(families, dtype=object)
    return [np.flatnonzero(names == family) for family in dict.fromkeys(families)]
