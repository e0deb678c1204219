"""Properties that entropies, mutual information and measures of agreement have for whatever counts there are."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import digamma, gammaln, polygamma
from sklearn.metrics import mutual_info_score

from texalign.information.contingency import LabelledClusters, contingency_table
from texalign.information.measures.registry import ENTRIES
from texalign.information.mutual_information import (
    mutual_information_bits,
    mutual_information_nsb,
    mutual_information_plugin,
)
from texalign.information.nsb import nsb_entropies, nsb_entropy

COUNTS = st.lists(st.integers(0, 200), min_size=1, max_size=12).filter(any)
TABLES = st.tuples(st.integers(1, 5), st.integers(1, 5)).flatmap(
    lambda shape: arrays(np.int64, shape, elements=st.integers(0, 40))
)
# Every row and column has an image.
FULL_TABLES = TABLES.map(lambda table: table + 1)
QUICK = settings(max_examples=20, deadline=None)


def plain_nsb(counts: list[int], alphabet_size: int) -> float:
    """Posterior mean entropy in nats: equations 10 to 13 of the paper as they stand, summed on a grid of log beta."""
    counts = np.array(counts + [0] * (alphabet_size - len(counts)), float)
    total, beta = counts.sum(), np.exp(np.linspace(-18, 14, 1601))[:, None]
    k_beta = alphabet_size * beta[:, 0]
    log_weight = gammaln(k_beta) - gammaln(total + k_beta) + (gammaln(counts + beta) - gammaln(beta)).sum(axis=1)
    slope = alphabet_size * polygamma(1, k_beta + 1) - polygamma(1, beta[:, 0] + 1)
    weight = np.exp(log_weight - log_weight.max()) * np.maximum(slope, 0) * beta[:, 0]
    shares = (counts + beta) / (total + k_beta)[:, None]
    entropy = digamma(total + k_beta + 1) - (shares * digamma(counts + beta + 1)).sum(axis=1)
    return float(weight @ entropy / weight.sum())


@QUICK
@given(st.lists(st.integers(0, 30), min_size=2, max_size=5).filter(lambda counts: sum(counts) >= 3), st.integers(0, 4))
def test_entropy_is_that_of_the_plain_formulas(counts: list[int], unseen: int):
    k = len(counts) + unseen
    assert nsb_entropy(counts, k, math.inf).nats == pytest.approx(plain_nsb(counts, k), abs=1e-4)


@QUICK
@given(COUNTS, st.integers(0, 20), st.randoms(use_true_random=False))
def test_entropy_is_bounded_and_does_not_know_the_values_names(counts: list[int], unseen: int, random):
    k = len(counts) + unseen
    found = nsb_entropy(counts, k)
    assert 0 <= found.nats <= math.log(k) + 1e-12
    assert found.std_nats >= 0
    shuffled = list(counts)
    random.shuffle(shuffled)
    assert nsb_entropy(shuffled, k) == found
    assert nsb_entropy([count for count in counts if count], k) == found


@QUICK
@given(COUNTS, st.integers(2, 5))
def test_more_of_the_same_is_surer(counts: list[int], times: int):
    k = len(counts) + 1
    assert nsb_entropy([times * count for count in counts], k).std_nats < nsb_entropy(counts, k).std_nats


@QUICK
@given(arrays(np.int64, (4, 6), elements=st.integers(0, 30)))
def test_entropies_of_many_samples_are_those_of_each(tables: np.ndarray):
    tables[:, 0] += 1 + tables.sum(axis=1).max() - tables.sum(axis=1)  # one size
    expected = [nsb_entropy(table, 6).nats for table in tables]
    np.testing.assert_allclose(nsb_entropies(tables, 6), expected, rtol=0, atol=2e-5)


@QUICK
@given(FULL_TABLES, st.randoms(use_true_random=False))
def test_information_does_not_know_names_nor_which_is_class(table: np.ndarray, random):
    rows, columns = list(range(table.shape[0])), list(range(table.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    for estimate in (lambda t: mutual_information_nsb(t).bits, mutual_information_plugin):
        assert estimate(table[rows][:, columns]) == pytest.approx(estimate(table), abs=1e-9)
        assert estimate(table.T) == pytest.approx(estimate(table), abs=1e-9)


@QUICK
@given(FULL_TABLES)
def test_plugin_information_is_scikit_learns_and_within_its_ceiling(table: np.ndarray):
    bits = mutual_information_plugin(table)
    assert bits == pytest.approx(mutual_info_score(None, None, contingency=table) / math.log(2), abs=1e-9)
    entropies = []
    for counts in (table.sum(axis=0), table.sum(axis=1)):
        shares = counts / counts.sum()
        entropies.append(-shares @ np.log2(shares))
    assert -1e-12 <= bits <= min(entropies) + 1e-9


@QUICK
@given(FULL_TABLES)
def test_information_is_its_three_entropies_and_many_tables_give_what_each_gives(table: np.ndarray):
    found = mutual_information_nsb(table)
    rows, columns = table.shape
    expected = (
        nsb_entropy(table.sum(axis=1), rows).nats
        + nsb_entropy(table.sum(axis=0), columns).nats
        - nsb_entropy(table, rows * columns).nats
    ) / math.log(2)
    assert found.bits == pytest.approx(expected, abs=1e-12)
    np.testing.assert_allclose(mutual_information_bits(np.stack([table, table])), expected, atol=1e-4)
    assert found.ceiling_bits <= min(math.log2(rows), math.log2(columns)) + 1e-9


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=4, max_size=40), st.permutations(range(4)))
def test_no_measure_knows_the_names_of_clusters_or_the_order_of_images(pairs: list[tuple[int, int]], names: list[int]):
    classes, clusters = np.array([*pairs, (0, 0), (1, 1)]).T
    labels = LabelledClusters.of(classes, clusters)
    renamed = LabelledClusters.of(classes[::-1], np.array(names)[clusters[::-1]])
    assert labels.table().sum() == contingency_table(classes, clusters).sum() == len(classes)
    for name, entry in ENTRIES.items():
        assert entry.value(renamed) == pytest.approx(entry.value(labels), abs=1e-9), name
