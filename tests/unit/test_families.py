"""Networks of one family are no independent draws: what is said of r over them holds, by enumeration and simulation."""

import math
from itertools import permutations, product

import numpy as np
import pytest

from texalign.brainscore.families import effective_number, family_correlation, family_permutation_p
from texalign.statistics import pearson, permutation_p

# The paper's twelve networks.
FAMILIES = ["A"] + ["D"] * 3 + ["I"] + ["R"] * 5 + ["V"] * 2


def related(rng: np.random.Generator, correlation: float, families: list[str] = FAMILIES) -> np.ndarray:
    """Values (n,) with that correlation between members of a family."""
    of_family = {family: rng.standard_normal() for family in dict.fromkeys(families)}
    return np.array(
        [
            math.sqrt(correlation) * of_family[family] + math.sqrt(1 - correlation) * rng.standard_normal()
            for family in families
        ]
    )


def test_p_is_the_share_of_all_arrangements():
    """Every order of the means among families times every order of the deviations within each, by plain loops."""
    families = ["a", "a", "b", "b", "b", "c"]
    rng = np.random.default_rng(3)
    x, y = related(rng, 0.5, families), related(rng, 0.5, families)
    groups = [[0, 1], [2, 3, 4], [5]]
    means = [y[group].mean() for group in groups]
    observed = abs(np.corrcoef(x, y)[0, 1])
    reached = total = 0
    for order in permutations(range(3)):
        for within in product(*(permutations(group) for group in groups)):
            z = np.empty(6)
            for position, (group, members) in enumerate(zip(groups, within, strict=True)):
                for place, member in zip(group, members, strict=True):
                    z[place] = means[order[position]] + y[member] - means[position]
            total += 1
            reached += abs(np.corrcoef(x, z)[0, 1]) >= observed - 1e-12
    assert total == 6 * 2 * 6
    p = reached / total
    assert family_permutation_p(x, y, families) == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / 9999))


def test_without_relatives_it_is_the_plain_permutation():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 12))
    plain = permutation_p(x, y)
    assert family_permutation_p(x, y, list("abcdefghijkl")) == pytest.approx(plain, abs=0.02)
    assert family_permutation_p(x, y, FAMILIES, seed=1) == family_permutation_p(x, y, FAMILIES, seed=1)


@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_size_holds_where_students_p_does_not(correlation: float):
    """Correction 7 of docs/differences.md."""
    rng = np.random.default_rng(5)
    students, families = [], []
    for _ in range(250):
        x, y = related(rng, correlation), related(rng, correlation)
        students.append(pearson(x, y).p < 0.05)
        families.append(family_permutation_p(x, y, FAMILIES, draws=499) < 0.05)
    three_errors = 3 * math.sqrt(0.05 * 0.95 / 250)
    assert np.mean(families) <= 0.05 + three_errors
    # With families, a nominal 5% of Student's p is more than twice as much.
    assert (np.mean(students) > 0.05 + three_errors) == (correlation > 0)


def test_a_correlation_is_found_across_families():
    rng = np.random.default_rng(7)
    found = []
    for _ in range(60):
        x = related(rng, 0.3)
        y = 0.9 * x + math.sqrt(1 - 0.9**2) * related(rng, 0.3)
        found.append(family_permutation_p(x, y, FAMILIES, draws=499) < 0.05)
    assert np.mean(found) > 0.8


def test_family_correlation_is_estimated():
    rng = np.random.default_rng(0)
    many = [f"f{i}" for i in range(60) for _ in range(1 + i % 4)]
    for correlation in (0.0, 0.5, 0.9):
        found = np.mean([family_correlation(related(rng, correlation, many), many) for _ in range(30)])
        assert found == pytest.approx(correlation, abs=0.06)
    assert family_correlation([1.0, 2.0, 3.0], ["a", "b", "c"]) == 0
    assert family_correlation([1.0, 1.0, 2.0, 2.0], ["a", "a", "b", "b"]) == 1


@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_effective_number_is_that_which_r_varies_by(correlation: float):
    """1 + 1/var(r), against the variance of simulated r; estimated with many draws, to tell formula from estimate.

    Correction 7 of docs/differences.md.
    """
    rng = np.random.default_rng(1)
    r = [pearson(related(rng, correlation), related(rng, correlation)).r for _ in range(4000)]
    expected = 1 + 1 / np.var(r)
    estimates = [effective_number(related(rng, correlation), related(rng, correlation), FAMILIES) for _ in range(200)]
    # Twelve networks estimate their own family correlation, a little too low.
    assert np.median(estimates) == pytest.approx(expected, rel=0.3)
    assert all(len(set(FAMILIES)) - 1 <= estimate <= 12 + 1e-9 for estimate in estimates)
    exact = effective_number([1, 1, 2, 2, 4, 4.0], [3, 3, 1, 1, 7, 7.0], list("aabbcc"))
    assert exact == pytest.approx(3)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="2 families are given for 3 values"):
        family_permutation_p([1, 2, 3], [2, 1, 3], ["a", "b"])
    with pytest.raises(ValueError, match="r is undefined: fewer than 3 pairs"):
        family_permutation_p([1, 2], [2, 1], ["a", "b"])
