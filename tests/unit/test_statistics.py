"""Correlations equal SciPy's, and say why where there is none."""

import math

import numpy as np
import pytest
from scipy import stats

from texalign.statistics import pearson


@pytest.mark.parametrize("n", [3, 4, 5, 12, 100, 2000])
@pytest.mark.parametrize("slope", [-3.0, -0.3, 0.0, 0.05, 1.0, 100.0])
def test_pearson_equals_scipy(n: int, slope: float):
    rng = np.random.default_rng(n)
    x = rng.normal(size=n)
    y = slope * x + rng.normal(size=n) + 7
    expected = stats.pearsonr(x, y)
    result = pearson(x, y)
    assert result.r == pytest.approx(expected.statistic, rel=1e-10, abs=1e-14)
    assert result.p == pytest.approx(expected.pvalue, rel=1e-8, abs=1e-300)
    assert (result.n, result.note) == (n, "")


def test_p_value_is_students():
    result = pearson([1, 2, 3, 4, 5], [2, 1, 4, 3, 5])
    assert result.r == pytest.approx(0.8)
    t = 0.8 * math.sqrt(3 / (1 - 0.8**2))
    assert result.p == pytest.approx(2 * stats.t.sf(t, df=3))


def test_pearson_is_symmetric_and_blind_to_unit_and_origin():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 12))
    result = pearson(x, y)
    for other in (pearson(y, x), pearson(3 * x - 8, 1e6 * y), pearson(-x, -y)):
        assert (other.r, other.p) == pytest.approx((result.r, result.p))


@pytest.mark.parametrize("sign", [1, -1])
def test_values_on_a_line(sign: int):
    x = np.array([0.1, 0.2, 0.4, 0.7])
    result = pearson(x, sign * 3 * x + 1)
    assert result.r == pytest.approx(sign)
    assert abs(result.r) <= 1
    assert result.p == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_than_three_pairs_have_no_correlation(n: int):
    result = pearson(list(range(n)), list(range(n)))
    assert (result.n, result.r, result.p) == (n, None, None)
    assert "fewer than 3 pairs" in result.note


# The mean of 0.1, 0.1, 0.1 is not 0.1 in floating point: equal values must not pass for varied ones.
@pytest.mark.parametrize("value", [0.1, 0.0, -7.0])
def test_equal_values_have_no_correlation(value: float):
    constant, varied = [value] * 3, [1.0, 2.0, 4.0]
    for x, y in ((constant, varied), (varied, constant), (constant, constant)):
        result = pearson(x, y)
        assert (result.n, result.r, result.p) == (3, None, None)
        assert "equal" in result.note


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("others", [[1.0], [1.0, 2.0, 3.0]])
def test_values_that_are_not_finite_are_refused(bad: float, others: list[float]):
    for x, y in (([*others, bad], [*others, 0.0]), ([*others, 0.0], [*others, bad])):
        with pytest.raises(ValueError, match="not finite"):
            pearson(x, y)


@pytest.mark.parametrize(("x", "y"), [([1, 2, 3], [1, 2, 3, 4]), ([[1, 2, 3]], [[1, 2, 3]])])
def test_values_that_do_not_pair_are_refused(x: list, y: list):
    with pytest.raises(ValueError, match="expected two lists of one length"):
        pearson(x, y)
