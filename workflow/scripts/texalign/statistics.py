"""Correlation over networks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr


@dataclass(frozen=True)
class Correlation:
    """Pearson's correlation of n pairs and its two-sided p-value; both None where undefined, and `note` says why."""

    n: int
    r: float | None
    p: float | None
    note: str = ""


def pearson(x: Sequence[float], y: Sequence[float]) -> Correlation:
    """Pearson's r of paired values (n,), with the two-sided p-value of Student's t at n - 2 degrees of freedom.

    Undefined, with the reason, for fewer than 3 pairs and for values that are all equal. Raises ValueError when the
    lengths differ or a value is not finite.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"pairs of {x.shape} and {y.shape} values, expected two lists of one length")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("a value to correlate is not finite")
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
