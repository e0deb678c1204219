"""Correlation over networks, and what so few networks can and cannot tell."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import betainc, gammaln, hyp2f1, ndtr, ndtri, stdtr, stdtrit
from scipy.stats import rankdata

from texalign.errors import TexalignError

# All orders of this many values are tried (8! = 40,320); of more, so many random ones.
MOST_VALUES_FOR_ALL_ORDERS = 8
RANDOM_ORDERS = 9999
# Orders that give the same r up to rounding count as the same.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Correlation:
    """Pearson's correlation of n pairs and its two-sided p-value; both None where undefined, and `note` says why."""

    n: int
    r: float | None
    p: float | None
    note: str = ""


def pearson(x: Sequence[float], y: Sequence[float]) -> Correlation:
    """Pearson's r of paired values (n,), with the two-sided p-value of Student's t at n - 2 degrees of freedom.

    Undefined, with the reason, for fewer than 3 pairs and for values that are all equal. Raises TexalignError when the
    lengths differ or a value is not finite.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    if x.shape != y.shape or x.ndim != 1:
        raise TexalignError(f"pairs of {x.shape} and {y.shape} values, expected two lists of one length")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise TexalignError("a value to correlate is not finite")
    n = len(x)
    if n < 3:
        return Correlation(n, None, None, f"fewer than 3 pairs ({n})")
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return Correlation(n, None, None, "all values of one variable are equal")
    x, y = x - x.mean(), y - y.mean()
    # Rounding can carry r a little beyond 1.
    r = float(np.clip(x @ y / math.sqrt((x @ x) * (y @ y)), -1, 1))
    if abs(r) == 1:
        return Correlation(n, r, 0.0)
    t = r * math.sqrt((n - 2) / (1 - r**2))
    return Correlation(n, r, float(2 * stdtr(n - 2, -abs(t))))


def spearman(x: Sequence[float], y: Sequence[float], seed: int = 0) -> Correlation:
    """Spearman's rank correlation of paired values (n,), with the p-value of `permutation_p` on the ranks.

    Equal values share the mean of their ranks. Undefined, with the reason, and raising, as `pearson`.
    """
    found = pearson(x, y)
    if found.r is None:
        return found
    return Correlation(found.n, rank_correlation(x, y), permutation_p(rankdata(x), rankdata(y), seed))


def rank_correlation(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Spearman's rank correlation of paired values (n,) without a test; None where `pearson` is undefined."""
    return pearson(rankdata(x), rankdata(y)).r


def permutation_p(x: Sequence[float], y: Sequence[float], seed: int = 0) -> float:
    """Two-sided p-value of Pearson's r of paired values (n,), n >= 3: how often shuffled pairs have as large an |r|.

    Exact, over all n! orders of y, up to n = 8; beyond, over 9,999 random orders drawn from `seed`, the observed one
    counted among them, so that p is never 0 (Phipson and Smyth 2010). Raises TexalignError where r is undefined.
    """
    if pearson(x, y).r is None:
        raise TexalignError(f"r is undefined: {pearson(x, y).note}")
    x, y = (np.asarray(values, float) - np.mean(values) for values in (x, y))
    observed = abs(x @ y)
    least = observed - ROUNDING * math.sqrt((x @ x) * (y @ y))
    n = len(y)
    if n <= MOST_VALUES_FOR_ALL_ORDERS:
        orders = np.array(list(permutations(range(n))))
        return float(np.mean(np.abs(y[orders] @ x) >= least))
    shuffled = np.random.default_rng(seed).permuted(np.tile(y, (RANDOM_ORDERS, 1)), axis=1)
    return float((1 + np.sum(np.abs(shuffled @ x) >= least)) / (1 + RANDOM_ORDERS))


# --------------------------------------------------------------------------------------------------------- intervals


@dataclass(frozen=True)
class Interval:
    """Lower and upper end."""

    low: float
    high: float


def fisher_interval(r: float, n: int, confidence: float = 0.95) -> Interval | None:
    """Confidence interval of a correlation by Fisher's z: atanh(r) is normal with variance 1/(n - 3).

    Of what was measured, whose errors are in the scatter of r already; see `disattenuated` for what is free of them.
    For independent pairs from a bivariate normal distribution; not a percentile bootstrap, which covers too seldom for
    a dozen pairs. None for n < 4, where there is no such interval.
    """
    if n < 4:
        return None
    if abs(r) == 1:
        return Interval(r, r)
    half = float(ndtri((1 + confidence) / 2)) / math.sqrt(n - 3)
    return Interval(math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half))


def left_out_range(x: Sequence[float], y: Sequence[float], groups: Sequence[str]) -> Interval | None:
    """Smallest and largest Pearson's r when the pairs of one of the `groups`, (n,), are left out, each in turn.

    None when that leaves r undefined for one of them: a range over the others would hide the most decisive group.
    """
    x, y, groups = np.asarray(x, float), np.asarray(y, float), np.asarray(groups)
    found = [pearson(x[groups != group], y[groups != group]).r for group in dict.fromkeys(groups.tolist())]
    if not found or None in found:
        return None
    return Interval(min(found), max(found))


# ---------------------------------------------------------------------------------------------- many tests, and power


def benjamini_hochberg(p: Sequence[float | None]) -> list[float | None]:
    """q-value of each p-value: the smallest false discovery rate at which it is among the discoveries.

    Benjamini and Hochberg (1995). None among the p-values stays None and does not count as a test.
    Raises TexalignError when a p-value is not between 0 and 1.
    """
    tested = [value for value in p if value is not None]
    if not all(0 <= value <= 1 for value in tested):
        raise TexalignError(f"p-values must be between 0 and 1: {tested}")
    order = np.argsort(tested)[::-1]
    ranks = np.arange(len(tested), 0, -1)
    # The largest p-value is its own q; below it, no q may exceed that of a larger p.
    adjusted = np.minimum.accumulate(np.asarray(tested)[order] * len(tested) / ranks) if tested else []
    by_test = dict(zip(order.tolist(), map(float, adjusted), strict=True))
    numbers = iter(range(len(tested)))
    return [None if value is None else by_test[next(numbers)] for value in p]


def power(rho: float, n: int, alpha: float = 0.05) -> float:
    """Probability that n pairs of a bivariate normal distribution with correlation `rho` give a p-value below `alpha`.

    Student's two-sided test; from the exact density of r (Hotelling 1953, equation 25), integrated numerically.
    Raises TexalignError for n < 4 or |rho| >= 1.
    """
    if n < 4 or abs(rho) >= 1:
        raise TexalignError(f"power needs n >= 4 and |rho| < 1, not n = {n} and rho = {rho}")
    t = float(stdtrit(n - 2, 1 - alpha / 2))
    critical = t / math.sqrt(n - 2 + t**2)
    constant = math.log(n - 2) + gammaln(n - 1) - gammaln(n - 0.5) - math.log(2 * math.pi) / 2
    constant += (n - 1) / 2 * math.log1p(-(rho**2))

    def density(r: float) -> float:
        logarithm = constant + (n - 4) / 2 * math.log1p(-(r**2)) - (n - 1.5) * math.log1p(-rho * r)
        return math.exp(logarithm) * float(hyp2f1(0.5, 0.5, n - 0.5, (1 + rho * r) / 2))

    # Of many pairs r lies close to rho, and quad must be told where to look.
    inside, _ = quad(density, -critical, critical, points=[float(np.clip(rho, -critical, critical))], limit=200)
    return float(np.clip(1 - inside, 0, 1))


def detectable_r(n: int, alpha: float = 0.05, probability: float = 0.8) -> float | None:
    """Smallest true |r| that n pairs show at level `alpha` with `probability` (see `power`); None for n < 4."""
    if n < 4:
        return None
    return float(brentq(lambda rho: power(rho, n, alpha) - probability, 0.0, 1 - 1e-9, xtol=1e-7))


def equivalence_p(r: float, n: int, bound: float) -> float | None:
    """p-value of the claim that the true correlation lies between -bound and bound: two one-sided tests on Fisher's z.

    Small where a correlation as large as `bound` can be ruled out. None for n < 4. Raises TexalignError unless
    0 < bound < 1.
    """
    if not 0 < bound < 1:
        raise TexalignError(f"the bound of the equivalence test is {bound}; it must be between 0 and 1")
    if n < 4:
        return None
    distance = math.atanh(bound) - (math.inf if abs(r) == 1 else math.atanh(abs(r)))
    # The nearer of the two bounds has the larger of the two p-values.
    return float(ndtr(-distance * math.sqrt(n - 3)))


def smallest_bound(r: float, n: int, alpha: float = 0.05) -> float | None:
    """Smallest bound for which `equivalence_p` would be at most `alpha`: what the data rule out. None for n < 4."""
    if n < 4:
        return None
    if abs(r) == 1:
        return 1.0
    return math.tanh(math.atanh(abs(r)) + float(ndtri(1 - alpha)) / math.sqrt(n - 3))


def equivalence_chance(n: int, bound: float, alpha: float = 0.05) -> float | None:
    """Probability that `equivalence_p` of n pairs is below `alpha` where there is no correlation at all.

    The most that it can be; from the exact distribution of r, whose square then is of a beta distribution. None for
    n < 4.
    """
    if n < 4:
        return None
    largest = math.tanh(max(0.0, math.atanh(bound) - float(ndtri(1 - alpha)) / math.sqrt(n - 3)))
    return float(betainc(0.5, (n - 2) / 2, largest**2))


# ------------------------------------------------------------------------------------------------ errors of measurement


def reliability(y: Sequence[float], deviations: np.ndarray) -> float:
    """Share of the variance of measured values y (n,) that is not their errors of measurement, from 0 to 1.

    `deviations`: draws of these errors, (n_draws, n), in y's unit, of mean zero; a row has the errors of all n values
    at once, so an error that all share (of networks that saw the same images) moves none against the others, and does
    not count. Raises TexalignError when a deviation is not finite, there are fewer than 2 draws, the lengths differ, or
    all y are equal.
    """
    y, deviations = np.asarray(y, float), np.asarray(deviations, float)
    if deviations.ndim != 2 or deviations.shape[1:] != y.shape or len(deviations) < 2:
        raise TexalignError(f"deviations of shape {deviations.shape} for {len(y)} values, expected (draws, {len(y)})")
    if not np.isfinite(deviations).all():
        raise TexalignError("a deviation is not finite")
    spread = float(np.sum((y - y.mean()) ** 2))
    if not spread:
        raise TexalignError("all values are equal: none of their variance is reliable")
    errors = deviations - deviations.mean(axis=1, keepdims=True)
    return max(0.0, 1 - float(np.mean(np.sum(errors**2, axis=1))) / spread)


def disattenuated(interval: Interval, share: float) -> Interval:
    """Interval of the correlation with values free of error, from that with measured ones of reliability `share`.

    Errors of measurement pull r towards zero by the root of the reliability (Spearman 1904), and the interval of r as
    measured holds their scatter already: its ends are divided by that root, at most to -1 and 1.
    """
    if not share:
        return Interval(-1.0, 1.0)
    return Interval(max(-1.0, interval.low / math.sqrt(share)), min(1.0, interval.high / math.sqrt(share)))
