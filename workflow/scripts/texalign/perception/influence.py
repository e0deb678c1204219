"""First-order resamples: what one pair more or less does to a rank correlation, as a table over joint levels.

A coefficient is a function of the joint distribution of levels. In a resample the distribution differs by about one
over the root of the number of images, so that the coefficient is its value plus the mean of a table over the resample's
pairs, but for terms of second order (the infinitesimal jackknife: Jaeckel 1972; Efron and Tibshirani 1993, chapter 21).
Means over weighted pairs are matrix products. Ranks move with the resample: the table holds what that does, too.
"""

from dataclasses import dataclass

import numpy as np

from texalign.perception.coefficients import partial, signs


@dataclass(frozen=True)
class Influence:
    """A coefficient and its influence: a table over joint levels whose mean over all pairs is 0."""

    value: float
    table: np.ndarray


def influences(histogram: np.ndarray) -> dict[str, Influence]:
    """Of `histogram_coefficients`, by name; tables are of the histogram's shape, (2, levels of x, levels of y)."""
    joint = histogram.sum(axis=0)
    shares = joint / joint.sum()
    spearman = _of_correlation(shares)
    found = {"spearman": _spread(histogram, spearman.value, spearman.table[None]), "tau_a": _of_tau_a(histogram)}
    if histogram[1].any():
        found["spearman_given_classes"] = _of_partial(histogram, spearman)
    return found


def _spread(histogram: np.ndarray, value: float, table: np.ndarray) -> Influence:
    """A table for all pairs, about its mean."""
    table = np.broadcast_to(table, histogram.shape)
    return Influence(value, table - np.sum(histogram * table) / histogram.sum())


def _of_correlation(joint: np.ndarray) -> Influence:
    """Of Pearson's correlation of midranks; `joint`: shares of pairs, (levels, levels)."""
    margins = joint.sum(axis=1), joint.sum(axis=0)
    x, y = (np.cumsum(margin) - margin / 2 - 0.5 for margin in margins)
    of_x, of_y = margins[0] @ x**2, margins[1] @ y**2
    scale = np.sqrt(of_x * of_y)
    value = float(x @ joint @ y / scale)
    covariance = np.outer(x, y) + _above(joint @ y)[:, None] + _above(x @ joint)
    variance_x = x**2 + 2 * _above(margins[0] * x)
    variance_y = y**2 + 2 * _above(margins[1] * y)
    return Influence(value, covariance / scale - value / 2 * (variance_x[:, None] / of_x + variance_y / of_y))


def _above(values: np.ndarray) -> np.ndarray:
    """Sum of the values of higher levels and half of a level's own: what a pair of the level adds to their ranks."""
    return values.sum() - np.cumsum(values) + values / 2


def _of_tau_a(histogram: np.ndarray) -> Influence:
    joint, total = histogram.sum(axis=0), histogram.sum()
    concordance = signs(joint.shape[0]) @ joint @ signs(joint.shape[1]).T
    value = float(np.sum(joint * concordance) / (total * (total - 1)))
    return _spread(histogram, value, 2 * concordance[None] / total)


def _of_partial(histogram: np.ndarray, xy: Influence) -> Influence:
    """Of the correlation given the class model, by the chain rule from the three correlations."""
    # Pairs of one class are the nearer ones in the model, so they come first.
    with_x, with_y = (histogram.sum(axis=axis).T[:, ::-1] / histogram.sum() for axis in (2, 1))
    xz, yz = _of_correlation(with_x), _of_correlation(with_y)
    value = float(partial(np.array(xy.value), np.array(xz.value), np.array(yz.value)))
    rest_x, rest_y = 1 - xz.value**2, 1 - yz.value**2
    scale = np.sqrt(rest_x * rest_y)
    table = (
        xy.table[None] / scale
        + xz.table[:, ::-1].T[:, :, None] * (value * xz.value / rest_x - yz.value / scale)
        + yz.table[:, ::-1].T[:, None, :] * (value * yz.value / rest_y - xz.value / scale)
    )
    return _spread(histogram, value, table)
