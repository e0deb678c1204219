"""What is said about a correlation holds: by SciPy where it has the same, else by seeded simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from texalign.statistics import (
    Interval,
    benjamini_hochberg,
    detectable_r,
    disattenuated,
    equivalence_chance,
    equivalence_p,
    fisher_interval,
    left_out_range,
    pearson,
    permutation_p,
    power,
    rank_correlation,
    reliability,
    smallest_bound,
    spearman,
)

N = 12


def normal_pairs(rng: np.random.Generator, rho: float, n: int = N) -> tuple[np.ndarray, np.ndarray]:
    """`n` pairs of a bivariate normal distribution with correlation `rho`."""
    x, e = rng.standard_normal((2, n))
    return x, rho * x + math.sqrt(1 - rho**2) * e


def simulated_r(rho: float, runs: int, n: int, seed: int) -> np.ndarray:
    """Pearson's r of `runs` samples, all at once."""
    rng = np.random.default_rng(seed)
    x, e = rng.standard_normal((2, runs, n))
    y = rho * x + math.sqrt(1 - rho**2) * e
    x, y = (values - values.mean(axis=1, keepdims=True) for values in (x, y))
    return (x * y).sum(axis=1) / np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))


# --------------------------------------------------------------------------------------------------------- intervals


@pytest.mark.parametrize("rho", [0.0, 0.3, -0.6, 0.9])
@pytest.mark.parametrize("n", [6, N, 40])
def test_intervals_of_r_cover(rho: float, n: int):
    intervals = [fisher_interval(r, n) for r in simulated_r(rho, 4000, n, seed=n)]
    covered = np.mean([interval.low <= rho <= interval.high for interval in intervals])
    # Four standard errors of the share, and what Fisher's approximation misses at six pairs.
    assert covered == pytest.approx(0.95, abs=0.016)


def test_interval_at_another_confidence():
    intervals = [fisher_interval(r, N, confidence=0.8) for r in simulated_r(0.4, 4000, N, seed=1)]
    assert np.mean([interval.low <= 0.4 <= interval.high for interval in intervals]) == pytest.approx(0.8, abs=0.025)


def test_interval_equals_scipys():
    x, y = normal_pairs(np.random.default_rng(0), 0.5)
    expected = stats.pearsonr(x, y).confidence_interval(0.9)
    found = fisher_interval(pearson(x, y).r, N, 0.9)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_too_few_pairs_have_no_interval_and_a_line_has_a_point():
    assert fisher_interval(0.5, 3) is None
    assert fisher_interval(-1.0, 5) == Interval(-1.0, -1.0)


@pytest.mark.parametrize("rho", [0.0, 0.8])
@pytest.mark.parametrize("error", [0.5, 1.0])
def test_interval_without_errors_of_y_covers_the_correlation_of_what_is_measured(rho: float, error: float):
    """An interval that adds the variance of the errors to that of r, which holds them already, is centred wrong."""
    rng = np.random.default_rng(17)
    covered = 0
    for _ in range(400):
        x, y = normal_pairs(rng, rho)
        measured = y + error * rng.standard_normal(N)
        share = reliability(measured, error * rng.standard_normal((300, N)))
        interval = disattenuated(fisher_interval(pearson(x, measured).r, N), share)
        covered += interval.low <= rho <= interval.high
    assert covered / 400 == pytest.approx(0.95, abs=0.035)


def test_plain_interval_holds_the_errors_of_y_already():
    """The correlation of scores with information as it is measured: nothing is to be added to the interval of r.

    Correction 8 of docs/differences.md.
    """
    rng = np.random.default_rng(18)
    rho = 0.5
    covered = 0
    for _ in range(1000):
        x, y = normal_pairs(rng, rho)
        interval = fisher_interval(pearson(x, y + rng.standard_normal(N)).r, N)
        covered += interval.low <= rho / math.sqrt(2) <= interval.high
    assert covered / 1000 == pytest.approx(0.95, abs=0.028)


def test_reliability_is_the_share_of_variance_that_is_no_error():
    rng = np.random.default_rng(0)
    y = 3 * rng.standard_normal(4000)
    errors = rng.standard_normal((50, 4000))
    assert reliability(y + errors[0], errors) == pytest.approx(0.9, abs=0.01)
    # An error that all share moves none against the others.
    assert reliability(y, errors[:, :1] * np.ones(4000)) == pytest.approx(1)
    assert reliability([1.0, 2.0, 3.0], 100 * rng.standard_normal((50, 3))) == 0
    with pytest.raises(ValueError, match="all values are equal"):
        reliability([1.0, 1.0, 1.0], np.zeros((2, 3)))


@pytest.mark.parametrize(
    ("deviations", "message"),
    [
        (np.zeros((5, 2)), "expected \\(draws, 3\\)"),
        (np.zeros(3), "expected \\(draws, 3\\)"),
        (np.zeros((1, 3)), "expected \\(draws, 3\\)"),
        (np.full((5, 3), np.nan), "not finite"),
    ],
)
def test_deviations_that_do_not_fit_are_refused(deviations: np.ndarray, message: str):
    with pytest.raises(ValueError, match=message):
        reliability([1, 2, 3], deviations)


def test_nothing_reliable_says_nothing():
    assert disattenuated(Interval(0.2, 0.9), 0.0) == Interval(-1, 1)
    assert disattenuated(Interval(0.2, 0.9), 0.25) == Interval(0.4, 1)
    assert disattenuated(Interval(-0.3, 0.3), 1.0) == Interval(-0.3, 0.3)


# ------------------------------------------------------------------------------------------------------ permutations


@pytest.mark.parametrize("n", [3, 5, 7])
def test_exact_permutation_p_equals_scipys(n: int):
    x, y = normal_pairs(np.random.default_rng(n), 0.6, n)
    expected = stats.permutation_test(
        (y,), lambda values: abs(np.corrcoef(x, values)[0, 1]), permutation_type="pairings", alternative="greater"
    )
    assert permutation_p(x, y) == pytest.approx(expected.pvalue)


def test_permutation_p_of_many_pairs_is_near_students_and_depends_on_the_seed_only():
    x, y = normal_pairs(np.random.default_rng(5), 0.5)
    p = pearson(x, y).p
    assert permutation_p(x, y, seed=1) == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / 9999) + 0.01)
    assert permutation_p(x, y, seed=1) == permutation_p(x, y, seed=1)


def test_permutation_p_is_never_zero():
    x = np.arange(20.0)
    assert permutation_p(x, x) == pytest.approx(1 / 10_000)
    # Of three pairs on a line, two of the six orders have |r| = 1.
    assert permutation_p([1, 2, 3], [10, 20, 30]) == pytest.approx(2 / 6)


def test_permutation_p_is_uniform_without_correlation():
    rng = np.random.default_rng(7)
    p = [permutation_p(*normal_pairs(rng, 0.0, 7)) for _ in range(150)]
    assert stats.kstest(p, "uniform").pvalue > 0.01


@pytest.mark.parametrize("ties", [False, True])
def test_spearman_equals_scipys(ties: bool):
    x, y = normal_pairs(np.random.default_rng(2), 0.5)
    if ties:
        x, y = np.round(x), np.round(y)
    found = spearman(x, y)
    assert found.r == pytest.approx(stats.spearmanr(x, y).statistic)
    assert found.p == pytest.approx(stats.spearmanr(x, y).pvalue, abs=0.02)
    assert rank_correlation(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)


def test_where_r_is_undefined_so_is_the_rest():
    assert spearman([1, 2], [1, 2]).r is None
    with pytest.raises(ValueError, match="fewer than 3 pairs"):
        permutation_p([1, 2], [1, 2])


# ---------------------------------------------------------------------------------------------------- leaving one out


def test_ranges_of_r_without_each_network_and_each_family():
    x, y = normal_pairs(np.random.default_rng(4), 0.4)
    families = ["a"] * 5 + ["b"] * 4 + ["c"] * 3
    expected = [pearson(np.delete(x, i), np.delete(y, i)).r for i in range(N)]
    assert left_out_range(x, y, list(map(str, range(N)))) == Interval(min(expected), max(expected))
    kept = [np.array(families) != family for family in "abc"]
    expected = [pearson(x[keep], y[keep]).r for keep in kept]
    assert left_out_range(x, y, families) == Interval(min(expected), max(expected))


def test_one_network_can_carry_it_all():
    x, y = [0, 0.1, -0.1, 0.05, 9], [0.1, 0, 0.02, -0.1, 9]
    assert pearson(x, y).r > 0.99
    assert left_out_range(x, y, list("abcde")).low < 0


def test_no_range_where_leaving_a_family_out_leaves_no_correlation():
    assert left_out_range([1, 2, 3, 4], [1, 3, 2, 4], ["a", "a", "a", "b"]) is None
    assert left_out_range([], [], []) is None


# ----------------------------------------------------------------------------------------------------- multiple tests


def test_q_values_equal_scipys():
    p = np.random.default_rng(0).uniform(size=20) ** 2
    assert benjamini_hochberg(p.tolist()) == pytest.approx(stats.false_discovery_control(p))


def test_undefined_tests_do_not_count():
    assert benjamini_hochberg([0.01, None, 0.04]) == [pytest.approx(0.02), None, pytest.approx(0.04)]
    assert benjamini_hochberg([None]) == [None]
    assert benjamini_hochberg([]) == []


@pytest.mark.parametrize("bad", [-0.1, 1.1, math.nan])
def test_what_is_no_p_value_is_refused(bad: float):
    with pytest.raises(ValueError, match="between 0 and 1"):
        benjamini_hochberg([0.5, bad])


@pytest.mark.parametrize("n_true", [0, 3])
def test_q_values_control_the_false_discovery_rate(n_true: int):
    """Of seven independent metrics, `n_true` really correlate; found at q < .1, so few of the finds are false."""
    rng = np.random.default_rng(n_true)
    shares, found_true = [], 0
    for _ in range(500):
        q = benjamini_hochberg([pearson(*normal_pairs(rng, 0.9 if i < n_true else 0.0)).p for i in range(7)])
        finds = [i for i, value in enumerate(q) if value < 0.1]
        found_true += sum(i < n_true for i in finds)
        shares.append(sum(i >= n_true for i in finds) / max(len(finds), 1))
    expected = 0.1 * (7 - n_true) / 7
    assert np.mean(shares) == pytest.approx(expected, abs=0.045)
    assert np.mean(shares) < 0.1 + 3 * np.std(shares) / math.sqrt(500)
    assert found_true >= 0.95 * n_true * 500


# ---------------------------------------------------------------------------------------------- power and equivalence


@pytest.mark.parametrize(("rho", "n", "alpha"), [(0.0, 12, 0.05), (0.5, 12, 0.05), (-0.7, 12, 0.05), (0.6, 5, 0.2)])
def test_power_is_how_often_a_correlation_is_found(rho: float, n: int, alpha: float):
    r = simulated_r(rho, 20_000, n, seed=n)
    t = r * np.sqrt((n - 2) / (1 - r**2))
    found = np.mean(2 * stats.t.sf(np.abs(t), n - 2) < alpha)
    assert power(rho, n, alpha) == pytest.approx(found, abs=4 * math.sqrt(0.25 / 20_000))


def test_twelve_networks_show_only_strong_correlations():
    assert detectable_r(12) == pytest.approx(0.712, abs=0.001)
    assert power(detectable_r(12), 12) == pytest.approx(0.8)
    assert power(-detectable_r(30, 0.01, 0.9), 30, 0.01) == pytest.approx(0.9)
    assert detectable_r(3) is None


@pytest.mark.parametrize(("rho", "n"), [(0.5, 3), (1.0, 12)])
def test_power_that_is_undefined_is_refused(rho: float, n: int):
    with pytest.raises(ValueError, match="power needs"):
        power(rho, n)


@pytest.mark.parametrize("sign", [1, -1])
def test_equivalence_is_claimed_wrongly_at_most_as_often_as_stated(sign: int):
    """At a true correlation just on the bound, where the claim is most easily wrong."""
    claims = np.mean([equivalence_p(r, 30, 0.5) < 0.05 for r in simulated_r(sign * 0.5, 8000, 30, seed=2)])
    assert claims == pytest.approx(0.05, abs=0.01)


def test_equivalence_is_claimed_where_it_holds():
    assert np.mean([equivalence_p(r, 60, 0.5) < 0.05 for r in simulated_r(0.0, 1000, 60, seed=3)]) > 0.95


def test_smallest_bound_is_where_equivalence_begins():
    for r in (0.0, -0.13, 0.6):
        bound = smallest_bound(r, N)
        assert equivalence_p(r, N, bound) == pytest.approx(0.05)
        assert equivalence_p(r, N, bound + 0.01) < 0.05 < equivalence_p(r, N, bound - 0.01)
    # With twelve networks not even r = 0 rules out a correlation of .49.
    assert smallest_bound(0.0, N) == pytest.approx(0.499, abs=0.001)
    assert smallest_bound(1.0, N) == 1
    assert (smallest_bound(0.1, 3), equivalence_p(0.1, 3, 0.5)) == (None, None)


@pytest.mark.parametrize(("n", "bound"), [(12, 0.5), (12, 0.7), (30, 0.5), (12, 0.3)])
def test_chance_of_equivalence_is_how_often_it_is_claimed_without_correlation(n: int, bound: float):
    claims = np.mean([equivalence_p(r, n, bound) < 0.05 for r in simulated_r(0.0, 20_000, n, seed=n)])
    chance = equivalence_chance(n, bound)
    assert chance == pytest.approx(claims, abs=4 * math.sqrt(max(claims * (1 - claims), 1e-4) / 20_000))


def test_twelve_networks_can_hardly_ever_rule_out_half():
    """One study in four hundred, where there is no correlation at all.

    Correction 8 of docs/differences.md.
    """
    assert equivalence_chance(12, 0.5) == pytest.approx(0.0025, abs=0.0002)
    assert equivalence_chance(3, 0.5) is None


@pytest.mark.parametrize("bound", [0.0, 1.0, -0.3])
def test_bounds_that_are_none_are_refused(bound: float):
    with pytest.raises(ValueError, match="must be between 0 and 1"):
        equivalence_p(0.1, N, bound)
