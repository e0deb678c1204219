import json
import math
from pathlib import Path

import mpmath
import numpy as np
import pytest
from sklearn import metrics

from texalign import names
from texalign.information.contingency import LabelledClusters, contingency_table
from texalign.information.measures.registry import ENTRIES, agreement
from texalign.information.mutual_information import (
    mi_curve,
    mutual_information_miller_madow,
    mutual_information_nsb,
    mutual_information_plugin,
)
from texalign.information.nsb import nsb_entropy

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "ndd_golden.json").read_text(encoding="utf-8"))


@pytest.fixture
def rng():
    return np.random.default_rng(20260)


# -------------------------------------------------------------------------------------------------------- NSB entropy


@pytest.mark.parametrize("case", GOLDEN["entropy"], ids=lambda case: f"n{sum(case['counts'])}-k{case['k']}")
def test_entropy_equals_ndd(case):
    estimate = nsb_entropy(case["counts"], case["k"])
    assert estimate.nats == pytest.approx(case["nats"], abs=1e-5)
    assert estimate.std_nats == pytest.approx(case["std_nats"], abs=1e-5)


@pytest.mark.parametrize("case", GOLDEN["entropy"], ids=lambda case: f"n{sum(case['counts'])}-k{case['k']}")
def test_truncating_the_posterior_moves_the_entropy_little(case):
    truncated, full = nsb_entropy(case["counts"], case["k"]), nsb_entropy(case["counts"], case["k"], math.inf)
    assert abs(truncated.nats - full.nats) < 0.02 * full.std_nats


def entropy_moments(parameters):
    """E[S], E[S^2] under a Dirichlet distribution: the double sum of Wolpert and Wolf (1995), not rearranged."""
    psi, total = mpmath.digamma, mpmath.fsum(parameters)
    psi1 = [mpmath.psi(1, a + 2) for a in parameters]
    mean = psi(total + 1) - mpmath.fsum(a * psi(a + 1) for a in parameters) / total
    common = mpmath.psi(1, total + 2)
    terms = []
    for i, a in enumerate(parameters):
        for j, b in enumerate(parameters):
            if i == j:
                terms.append(a * (a + 1) * ((psi(a + 2) - psi(total + 2)) ** 2 + psi1[i] - common))
            else:
                terms.append(a * b * ((psi(a + 1) - psi(total + 2)) * (psi(b + 1) - psi(total + 2)) - common))
    return mean, mpmath.fsum(terms) / (total * (total + 1))


def nsb_by_mpmath(counts, alphabet_size):
    """NSB posterior mean and standard deviation in nats, the plain formulas integrated over log beta in 25 digits."""
    counts = counts + [0] * (alphabet_size - len(counts))

    def weighted_moments(log_beta):
        beta = mpmath.exp(log_beta)
        total = alphabet_size * beta
        log_weight = mpmath.loggamma(total) - mpmath.loggamma(sum(counts) + total) + log_beta
        log_weight += mpmath.fsum(mpmath.loggamma(n + beta) - mpmath.loggamma(beta) for n in counts)
        prior = alphabet_size * mpmath.psi(1, total + 1) - mpmath.psi(1, beta + 1)
        weight = mpmath.exp(log_weight) * prior
        mean, square = entropy_moments([n + beta for n in counts])
        return weight, weight * mean, weight * square

    # The integrand is smooth and falls exponentially on both sides: the trapezoid rule converges exponentially.
    step = mpmath.mpf(1) / 8
    terms = [weighted_moments(step * i) for i in range(-30 * 8, 30 * 8 + 1)]
    norm, mean, square = (mpmath.fsum(column) for column in zip(*terms, strict=True))
    mean /= norm
    return float(mean), float(mpmath.sqrt(square / norm - mean**2))


@pytest.mark.parametrize(("counts", "alphabet_size"), [([3, 1], 2), ([4, 2, 1], 5), ([1, 1, 1], 4)])
def test_untruncated_entropy_equals_high_precision_integration(counts, alphabet_size):
    with mpmath.workdps(25):
        mean, std = nsb_by_mpmath(counts, alphabet_size)
    estimate = nsb_entropy(counts, alphabet_size, math.inf)
    assert estimate.nats == pytest.approx(mean, abs=1e-9)
    assert estimate.std_nats == pytest.approx(std, abs=1e-9)


def test_the_formulas_it_is_held_against_are_the_moments_of_entropy():
    a, b = mpmath.mpf("3.3"), mpmath.mpf("1.3")

    def moment(power):
        def integrand(q):
            return q ** (a - 1) * (1 - q) ** (b - 1) * (-q * mpmath.log(q) - (1 - q) * mpmath.log(1 - q)) ** power

        return mpmath.quad(integrand, [0, 0.5, 1]) / mpmath.beta(a, b)

    mean, square = entropy_moments([a, b])
    assert float(mean) == pytest.approx(float(moment(1)), rel=1e-10)
    assert float(square) == pytest.approx(float(moment(2)), rel=1e-10)


@pytest.mark.parametrize("widths", [4.0, math.inf])
@pytest.mark.parametrize(
    ("counts", "alphabet_size"),
    [
        ([5639, 1], 5),
        ([5640], 47),
        ([5640], 2209),
        ([1], 2),
        ([1] * 20, 2209),
        ([1] * 20, 10**9),
        ([1] * 5000, 10**6),
        ([120] * 47, 47),
        ([120] * 47, 2209),
        ([2] * 2209, 2209),
        ([10**6] * 10, 10),
        ([10**9, 1], 2),
        ([1, 2, 3], 10**12),
    ],
)
def test_entropy_is_finite_and_within_bounds_at_extremes(counts, alphabet_size, widths):
    estimate = nsb_entropy(counts, alphabet_size, widths)
    assert 0 < estimate.nats <= math.log(alphabet_size)
    assert 0 < estimate.std_nats < math.log(alphabet_size)


def test_entropy_of_many_observations_is_that_of_their_frequencies():
    counts = np.array([500_000, 300_000, 200_000])
    p = counts / counts.sum()
    assert nsb_entropy(counts, 3).nats == pytest.approx(-(p @ np.log(p)), abs=1e-5)


def test_entropy_of_an_alphabet_of_one_is_zero():
    estimate = nsb_entropy([5640], 1)
    assert (estimate.nats, estimate.std_nats) == (0, 0)


def test_entropy_ignores_zero_counts_order_and_shape():
    assert nsb_entropy([[0, 7, 2], [0, 0, 1]], 6) == nsb_entropy([1, 2, 7], 6)


@pytest.mark.parametrize(
    ("counts", "alphabet_size", "message"),
    [
        ([3, -1], 5, "none negative"),
        ([3, 1.5], 5, "whole numbers"),
        ([3, np.nan], 5, "whole numbers"),
        ([0, 0], 5, "no counts"),
        ([], 5, "no counts"),
        ([1, 2, 3], 2, "3 different values were seen, more than the alphabet size of 2"),
    ],
)
def test_entropy_rejects_what_are_no_counts(counts, alphabet_size, message):
    with pytest.raises(ValueError, match=message):
        nsb_entropy(counts, alphabet_size)


def test_entropy_rejects_widths_that_are_not_positive():
    with pytest.raises(ValueError, match="widths"):
        nsb_entropy([1, 2], 2, 0)


# ------------------------------------------------------------------------------------------------- mutual information


@pytest.mark.parametrize(
    "case", GOLDEN["mutual_information"], ids=lambda case: f"{len(case['table'])}x{len(case['table'][0])}"
)
def test_mutual_information_equals_ndd(case):
    table = np.array(case["table"])
    assert mutual_information_nsb(table).bits == pytest.approx(case["mi_bits"], abs=1e-5)
    assert mutual_information_nsb(table.T).bits == pytest.approx(mutual_information_nsb(table).bits, abs=1e-9)


def labelled(rng, n=900, n_classes=12, n_clusters=9, noise=0.5):
    classes = rng.integers(n_classes, size=n)
    clusters = np.where(rng.random(n) < noise, rng.integers(n_clusters, size=n), classes % n_clusters)
    return classes, clusters


def test_contingency_table_counts_pairs_of_observed_labels():
    table = contingency_table(np.array(["b", "a", "b", "b"]), np.array([7, 3, 3, 7]))
    assert table.dtype == np.int64
    assert table.tolist() == [[1, 0], [1, 2]]


def test_contingency_table_equals_scikit_learns(rng):
    classes, clusters = labelled(rng)
    expected = metrics.cluster.contingency_matrix(classes, clusters)
    np.testing.assert_array_equal(contingency_table(classes, clusters), expected)


def test_contingency_table_takes_the_small_integers_that_clusters_are_stored_as(rng):
    classes, clusters = labelled(rng, n_classes=47, n_clusters=47)
    expected = contingency_table(classes, clusters)
    np.testing.assert_array_equal(contingency_table(classes.astype(np.int8), clusters.astype(np.int8)), expected)


@pytest.mark.parametrize(
    ("classes", "clusters", "message"),
    [([1, 2, 3], [1, 2], "3 class labels for 2"), ([], [], "at least one"), ([[1, 2]], [[1, 2]], "shape")],
)
def test_contingency_table_rejects_labels_that_do_not_pair(classes, clusters, message):
    with pytest.raises(ValueError, match=message):
        contingency_table(classes, clusters)


def test_plugin_equals_scikit_learns(rng):
    classes, clusters = labelled(rng)
    expected = metrics.mutual_info_score(classes, clusters) / math.log(2)
    assert mutual_information_plugin(contingency_table(classes, clusters)) == pytest.approx(expected, abs=1e-12)


def miller_madow_entropy_bits(counts):
    p = counts[counts > 0] / counts.sum()
    return (-(p @ np.log(p)) + (len(p) - 1) / (2 * counts.sum())) / math.log(2)


def test_miller_madow_is_the_sum_of_corrected_entropies(rng):
    table = contingency_table(*labelled(rng))
    parts = [miller_madow_entropy_bits(counts) for counts in (table.sum(axis=1), table.sum(axis=0), table.ravel())]
    assert mutual_information_miller_madow(table) == pytest.approx(parts[0] + parts[1] - parts[2], abs=1e-12)


@pytest.mark.parametrize(
    "estimate", [lambda t: mutual_information_nsb(t).bits, mutual_information_plugin, mutual_information_miller_madow]
)
def test_estimates_ignore_empty_rows_and_columns_and_are_zero_for_one_cluster(estimate):
    table = np.array([[5, 0, 2], [1, 0, 9]])
    padded = np.insert(table, 1, 0, axis=0)
    assert estimate(padded) == estimate(np.delete(table, 1, axis=1))
    assert estimate(np.array([[3], [5], [1]])) == pytest.approx(0, abs=1e-12)


def test_nsb_corrects_the_bias_of_independent_labels_that_plugin_has(rng):
    table = contingency_table(rng.integers(47, size=5640), rng.integers(47, size=5640))
    assert mutual_information_plugin(table) > 0.2
    assert abs(mutual_information_nsb(table).bits) < 0.02


@pytest.mark.parametrize(
    ("table", "message"),
    [([1, 2], "two dimensions"), ([[0, 0]], "no counts"), ([[1, -2]], "negative"), ([[0.5, 1]], "whole")],
)
def test_mutual_information_rejects_what_is_no_table(table, message):
    with pytest.raises(ValueError, match=message):
        mutual_information_nsb(table)


# ---------------------------------------------------------------------------------------------------- agreement, curve


def test_every_measure_has_a_name_and_says_which_way_is_better():
    assert set(ENTRIES) == set(names.MEASURES)
    assert {name for name, entry in ENTRIES.items() if not entry.higher_is_better} == names.LOWER_IS_BETTER & set(
        ENTRIES
    )
    classes, other = np.repeat(np.arange(6), 30), np.tile(np.arange(6), 30)
    for name, entry in ENTRIES.items():
        perfect, unrelated = (entry.value(LabelledClusters.of(classes, clusters)) for clusters in (classes, other))
        assert (perfect > unrelated) == entry.higher_is_better, name


def test_agreement_of_perfect_clusters_under_other_names():
    classes = np.repeat(np.arange(10), 40)
    result = agreement(classes, (classes + 3) % 10)
    assert result["n_clusters"] == 10
    assert (result["ami"], result["nmi"], result["ari"]) == pytest.approx((1, 1, 1))
    assert result["mi_plugin_bits"] == pytest.approx(math.log2(10))
    assert result["class_entropy_bits"] == result["cluster_entropy_bits"] == pytest.approx(math.log2(10), abs=0.01)
    assert result["mi_of_ceiling"] == pytest.approx(1, abs=0.02)


def test_perfect_clusters_of_unequal_classes_reach_their_ceiling():
    """Of log2 of the number of classes they would be .29, as if most of the information were missing.

    Correction 5 of docs/differences.md.
    """
    classes = np.repeat(np.arange(10), [400, 4, 4, 4, 4, 4, 4, 4, 4, 4])
    result = agreement(classes, classes)
    assert result["mi_nsb_bits"] / math.log2(10) < 0.3
    assert result["mi_of_ceiling"] == pytest.approx(1, abs=0.05)


def test_the_ceiling_is_that_of_the_clusters_where_they_can_tell_less():
    """One large cluster and few others, as Ward finds among vectors of very unequal length.

    Correction 5 of docs/differences.md.
    """
    rng = np.random.default_rng(3)
    classes = np.repeat(np.arange(10), 40)
    clusters = np.where(rng.random(400) < 0.06, classes % 3 + 1, 0)
    result = agreement(classes, clusters)
    assert result["mi_ceiling_bits"] == result["cluster_entropy_bits"] < 0.6
    assert result["mi_of_ceiling"] == result["mi_nsb_bits"] / result["mi_ceiling_bits"]
    assert result["mi_of_ceiling"] > 3 * result["mi_nsb_bits"] / math.log2(10)


def test_a_single_cluster_tells_nothing_of_nothing():
    result = agreement(np.repeat([0, 1], 10), np.zeros(20))
    assert (result["mi_ceiling_bits"], result["mi_of_ceiling"]) == (0, 0)


def test_agreement_of_random_clusters(rng):
    result = agreement(rng.integers(10, size=4000), rng.integers(10, size=4000))
    assert result["mi_plugin_bits"] > 0.01
    for corrected in ("mi_nsb_bits", "mi_miller_madow_bits", "mi_of_ceiling", "ami", "ari"):
        assert abs(result[corrected]) < 0.01


def test_agreement_holds_each_measure(rng):
    """Correction 11 of docs/differences.md."""
    classes, clusters = labelled(rng)
    table = contingency_table(classes, clusters)
    result = agreement(classes, clusters)
    assert list(result)[4:] == list(names.MEASURES)
    assert result["mi_nsb_bits"] == mutual_information_nsb(table).bits
    assert result["mi_plugin_bits"] == mutual_information_plugin(table)
    assert result["mi_miller_madow_bits"] == mutual_information_miller_madow(table)
    assert result["ami"] == metrics.adjusted_mutual_info_score(classes, clusters)
    assert result["nmi"] == metrics.normalized_mutual_info_score(classes, clusters)
    assert result["nmi"] == pytest.approx(metrics.v_measure_score(classes, clusters), abs=1e-12)
    assert "v_measure" not in result  # the same number under another name
    assert result["ari"] == metrics.adjusted_rand_score(classes, clusters)
    for name, counts in (("class", table.sum(axis=1)), ("cluster", table.sum(axis=0))):
        assert result[f"{name}_entropy_bits"] == nsb_entropy(counts, len(counts)).nats / math.log(2)


def test_agreement_needs_two_classes():
    with pytest.raises(ValueError, match="same class"):
        agreement([1, 1, 1], [0, 1, 2])


def nested_labels(rng, n: int, largest: int) -> np.ndarray:
    """Random clusterings into 1 ... `largest`, each made from the next by merging two clusters, under new names."""
    rows = [rng.permutation(np.arange(n) % largest)]
    for k in range(largest - 1, 0, -1):
        names = rng.permutation(k)
        rows.append(np.append(names, names[rng.integers(k)])[rng.permutation(k + 1)][rows[-1]])
    return np.stack(rows[::-1]).astype(np.int16)


def test_curve_equals_single_estimates(rng):
    classes = rng.integers(6, size=300)
    labels_by_k = nested_labels(rng, 300, 7)
    curve = mi_curve(classes, labels_by_k)
    assert curve.n_clusters.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert curve.mi_nsb_bits[0] == pytest.approx(0, abs=1e-12)
    for k, labels in enumerate(labels_by_k):
        table = contingency_table(classes, labels)
        assert curve.mi_nsb_bits[k] == mutual_information_nsb(table).bits
        assert curve.mi_plugin_bits[k] == mutual_information_plugin(table)
        assert curve.mi_miller_madow_bits[k] == mutual_information_miller_madow(table)


def test_curve_rejects_clusterings_that_are_not_of_one_tree():
    with pytest.raises(ValueError, match="into 2 splits a cluster of the one into 3: they are not cuts of one tree"):
        mi_curve([0, 0, 1, 1], [[0, 1, 0, 1], [0, 0, 1, 2]])


def test_curve_rejects_labels_that_do_not_fit():
    with pytest.raises(ValueError, match="one row for each"):
        mi_curve([1, 2, 3], [1, 2, 3])
    with pytest.raises(ValueError, match="3 class labels for 2"):
        mi_curve([1, 2, 3], [[1, 2]])
