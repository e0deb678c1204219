"""Uncertainty of mutual information, by simulations with known answers, and which classes clusters find."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats
from threadpoolctl import threadpool_limits

from texalign.information import contingency, nsb, recovery, uncertainty
from texalign.information.contingency import LabelledClusters, contingency_table
from texalign.information.intervals import clusters_interval
from texalign.information.mutual_information import mutual_information_nsb
from texalign.information.uncertainty import Resampling

# Products of small matrices: on a busy machine, BLAS threads would wait for each other for most of the time.
pytestmark = pytest.mark.usefixtures("_one_blas_thread")

RESAMPLING = Resampling(seed=0, n_permutations=99, n_bootstraps=200, confidence=0.95)


@pytest.fixture
def _one_blas_thread():
    with threadpool_limits(1):
        yield


def draw(rows: np.ndarray, n_per_class: int, rng: np.random.Generator) -> LabelledClusters:
    """Images whose cluster is drawn from the class's row of `rows`, (n_classes, n_clusters) of probabilities."""
    clusters = np.concatenate([rng.choice(rows.shape[1], n_per_class, p=row) for row in rows])
    return LabelledClusters.of(np.repeat(np.arange(len(rows)), n_per_class), clusters)


def true_bits(rows: np.ndarray) -> float:
    """Mutual information of equally frequent classes with clusters of the probabilities `rows`."""
    return float(np.mean(np.sum(rows * np.log2(rows / rows.mean(axis=0)), axis=1)))


# ---------------------------------------------------------------------------------------------- NSB of many samples


@pytest.mark.parametrize(
    ("n_classes", "n_clusters", "n_per_class", "signal"),
    [(47, 47, 120, 0.7), (47, 47, 120, 0.0), (10, 10, 40, 0.7), (10, 10, 40, 0.0), (15, 15, 20, 1.0), (5, 3, 4, 1.0)],
)
@pytest.mark.parametrize("widths", [nsb.NDD_WIDTHS, np.inf])
def test_many_entropies_are_those_of_each_sample(
    n_classes: int, n_clusters: int, n_per_class: int, signal: float, widths: float
):
    rng = np.random.default_rng(0)
    rows = signal * rng.dirichlet(np.full(n_clusters, 0.5), n_classes) + (1 - signal) / n_clusters
    tables = np.array([[rng.multinomial(n_per_class, row) for row in rows] for _ in range(20)]).reshape(20, -1)
    expected = [nsb.nsb_entropy(table, tables.shape[1], widths).nats for table in tables]
    np.testing.assert_allclose(nsb.nsb_entropies(tables, tables.shape[1], widths), expected, rtol=0, atol=2e-5)


@pytest.mark.parametrize("table", [[5, 0, 0], [1, 1, 1], [0, 1, 0], [400, 1, 0], [10**6, 10**6, 10**6]])
def test_entropy_of_an_extreme_sample_does_not_depend_on_company(table: list[int]):
    expected = nsb.nsb_entropy(np.array(table), 9).nats
    (found,) = nsb.nsb_entropies(np.array([table]), 9)
    assert found == pytest.approx(expected, abs=2e-5)


def test_entropy_of_a_single_value_is_zero():
    assert nsb.nsb_entropies(np.array([[7], [7]]), 1).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("tables", "alphabet", "message"),
    [
        ([[1, 2], [2, 2]], 2, "one size are needed, not of 3 to 4 observations"),
        ([[1, 2, 3]], 2, "more than the alphabet size of 2"),
        ([[1, -2]], 2, "none negative"),
        ([1, 2], 2, "expected one row for each sample"),
    ],
)
def test_samples_that_do_not_fit_are_refused(tables: list, alphabet: int, message: str):
    with pytest.raises(ValueError, match=message):
        nsb.nsb_entropies(np.array(tables), alphabet)


# ------------------------------------------------------------------------------------------------------ resampling


@pytest.fixture
def labels() -> LabelledClusters:
    rng = np.random.default_rng(5)
    classes = rng.permutation(np.repeat(["a", "b", "c"], [30, 20, 7]))
    return LabelledClusters.of(classes, rng.integers(0, 4, len(classes)))


def test_table_is_the_contingency_table(labels: LabelledClusters):
    np.testing.assert_array_equal(labels.table(), contingency_table(labels.classes, labels.clusters))


def test_permutations_keep_both_margins_and_differ(labels: LabelledClusters):
    tables = labels.permuted_tables(50, seed=3)
    assert tables.shape == (50, 3, 4)
    assert (tables.sum(axis=2) == labels.table().sum(axis=1)).all()
    assert (tables.sum(axis=1) == labels.table().sum(axis=0)).all()
    assert len(np.unique(tables.reshape(50, -1), axis=0)) > 40


def test_bootstraps_keep_the_classes_sizes_and_draw_from_each_class_alone(labels: LabelledClusters):
    tables = labels.bootstrap_tables(4000, seed=3)
    assert (tables.sum(axis=2) == labels.table().sum(axis=1)).all()
    assert not tables[:, labels.table() == 0].any()
    # Each row is multinomial with the class's observed shares.
    shares = labels.table() / labels.table().sum(axis=1, keepdims=True)
    sizes = labels.table().sum(axis=1, keepdims=True)
    np.testing.assert_allclose(tables.mean(axis=0), labels.table(), atol=0.2)
    np.testing.assert_allclose(tables.var(axis=0), sizes * shares * (1 - shares), rtol=0.1)


def test_the_same_images_are_drawn_for_every_clustering(labels: LabelledClusters):
    """Clusters as fine as images show which were drawn."""
    n = len(labels.classes)
    singles = LabelledClusters(labels.classes, np.arange(n))
    drawn = singles.bootstrap_tables(5, seed=1).sum(axis=1)
    merged = LabelledClusters(labels.classes, np.arange(n) // 2).bootstrap_tables(5, seed=1).sum(axis=1)
    np.testing.assert_array_equal(np.add.reduceat(drawn, np.arange(0, n, 2), axis=1), merged)


def test_sampling_does_not_depend_on_how_it_is_divided(labels: LabelledClusters, monkeypatch: pytest.MonkeyPatch):
    whole = labels.permuted_tables(9, seed=2), labels.bootstrap_tables(9, seed=2)
    monkeypatch.setattr(contingency, "_IMAGES_AT_A_TIME", 2 * len(labels.classes))
    for tables, expected in zip((labels.permuted_tables(9, 2), labels.bootstrap_tables(9, 2)), whole, strict=True):
        np.testing.assert_array_equal(tables, expected)


@pytest.mark.parametrize(
    ("classes", "clusters", "message"),
    [([0, 0], [0, 1], "same class"), ([0, 1, 1], [0, 1], "shape"), ([], [], "shape"), ([[0, 1]], [[0, 1]], "shape")],
)
def test_labels_that_do_not_fit_are_refused(classes: list, clusters: list, message: str):
    with pytest.raises(ValueError, match=message):
        LabelledClusters.of(np.array(classes), np.array(clusters))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_permutations": 0}, "at least 1 and 2"),
        ({"n_bootstraps": 1}, "at least 1 and 2"),
        ({"confidence": 1}, "0 and 1"),
    ],
)
def test_resampling_that_makes_no_sense_is_refused(change: dict, message: str):
    with pytest.raises(ValueError, match=message):
        Resampling(**{"seed": 0, "n_permutations": 1, "n_bootstraps": 2, "confidence": 0.9} | change)


# ----------------------------------------------------------------------------------------------------- simulations


def test_p_values_are_uniform_when_labels_mean_nothing():
    rng = np.random.default_rng(20)
    rows = np.tile(rng.dirichlet(np.ones(10)), (10, 1))
    p = []
    for run in range(200):
        labels = draw(rows, 20, rng)
        p.append(uncertainty.permutation_null(labels, labels.permuted_tables(99, seed=run)).p)
    assert min(p) >= 1 / 100
    assert stats.kstest(p, "uniform").pvalue > 0.05
    assert np.mean(np.array(p) <= 0.05) < 0.09


def test_draws_of_images_know_how_far_their_spread_is_that_of_studies():
    """The standard deviation of the draws is that of the estimate over studies of the same truth."""
    rng = np.random.default_rng(11)
    rows = 0.6 * np.eye(10) + 0.4 / 10
    estimates, spread = [], []
    for run in range(40):
        labels = draw(rows, 40, rng)
        estimates.append(mutual_information_nsb(labels.table()).bits)
        spread.append(uncertainty.image_draws(labels, estimates[-1], Resampling(run, 1, 40, 0.95)).sd_bits)
    assert np.mean(spread) == pytest.approx(np.std(estimates), rel=0.3)


# ---------------------------------------------------------------------------------------------------------- results


def test_information_comes_with_null_interval_and_entropies():
    rng = np.random.default_rng(2)
    labels = draw(0.6 * np.eye(5) + 0.4 / 5, 40, rng)
    permuted = labels.permuted_tables(99, seed=0)
    found = uncertainty.infer_information(labels, permuted, RESAMPLING)
    estimate = mutual_information_nsb(labels.table())
    assert found.estimate == estimate
    null = [mutual_information_nsb(table).bits for table in permuted]
    assert found.null.mean_bits == pytest.approx(np.mean(null), abs=1e-4)
    assert found.null.sd_bits == pytest.approx(np.std(null), abs=1e-4)
    assert found.null.p == 1 / 100
    assert found.interval == clusters_interval(labels.table(), estimate.bits, 0.95, seed=0)
    assert found.interval.low_bits < estimate.bits < found.interval.high_bits
    draws = found.draws
    assert draws.deviations_bits.shape == (200,)
    assert draws.deviations_bits.mean() == pytest.approx(0, abs=1e-12)
    assert draws.inflation_bits > 0
    assert draws.sd_bits == pytest.approx(draws.deviations_bits.std(ddof=1))


def test_wider_confidence_gives_wider_intervals():
    labels = draw(0.6 * np.eye(5) + 0.4 / 5, 40, np.random.default_rng(2))
    widths = []
    for confidence in (0.5, 0.8, 0.95, 0.99):
        interval = clusters_interval(labels.table(), 1.0, confidence, seed=0, simulations=100)
        widths.append(interval.high_bits - interval.low_bits)
    assert all(narrow < wide for narrow, wide in pairwise(widths))


def test_each_class_gets_the_cluster_of_the_highest_f1():
    # Class b is spread, but most of it is in cluster 1; class c shares cluster 0 with all of a.
    table = np.array([[8, 0, 0], [0, 5, 3], [4, 0, 0]])
    classes, clusters = (np.repeat(index, table.ravel()) for index in np.indices(table.shape).reshape(2, -1))
    labels = LabelledClusters.of(np.array(["a", "b", "c"])[classes], clusters)
    permuted = labels.permuted_tables(999, seed=0)
    a, b, c = recovery.class_recovery(labels, permuted)
    assert [row.class_code for row in (a, b, c)] == [0, 1, 2]
    assert [row.cluster_code for row in (a, b, c)] == [0, 1, 0]
    assert (a.n_images, a.cluster_size, a.n_shared) == (8, 12, 8)
    assert (a.precision, a.recall, a.f1) == pytest.approx((8 / 12, 1.0, 0.8))
    assert (b.precision, b.recall, b.f1) == pytest.approx((1.0, 5 / 8, 10 / 13))
    assert (c.precision, c.recall, c.f1) == pytest.approx((4 / 12, 1.0, 0.5))
    assert a.f1_p < 0.05
    assert b.f1_p < 0.05
    # Four images in a cluster of 12 of 20 are no more than luck brings.
    assert c.f1_p > 0.1
    assert all(0 < row.f1_null_mean < 1 for row in (a, b, c))


def test_p_of_recovery_is_that_of_counting():
    labels = draw(0.3 * np.eye(4) + 0.7 / 4, 10, np.random.default_rng(9))
    permuted = labels.permuted_tables(200, seed=4)
    sizes = labels.table().sum(axis=0)
    for row in recovery.class_recovery(labels, permuted):
        null = [
            max(2 * shared / (10 + size) for shared, size in zip(table[row.class_code], sizes, strict=True))
            for table in permuted
        ]
        assert row.f1_null_mean == pytest.approx(np.mean(null))
        assert row.f1_p == (1 + sum(value >= row.f1 - 1e-12 for value in null)) / 201
