"""Intervals of mutual information that carry the estimator's bias, and the tree: by simulations with known answers."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.spatial.distance import pdist, squareform
from sklearn.metrics import adjusted_rand_score, mutual_info_score
from threadpoolctl import threadpool_limits

from texalign.clusters import ward
from texalign.clusters.protocols import registry
from texalign.information import fitted, halves, intervals
from texalign.information.contingency import LabelledClusters
from texalign.information.mutual_information import mutual_information_nsb
from texalign.information.uncertainty import Resampling, image_draws

pytestmark = pytest.mark.usefixtures("_one_blas_thread")


@pytest.fixture
def _one_blas_thread():
    with threadpool_limits(1):
        yield


def own_clusters(own: float, n_classes: int) -> np.ndarray:
    """Each class has a cluster of its own with this probability, else any: shares of clusters in classes."""
    return own * np.eye(n_classes) + (1 - own) / n_classes


# ------------------------------------------------------------------------------------------------------------- fitted


def test_information_of_distributions_is_that_of_their_joint():
    rng = np.random.default_rng(0)
    shares, sizes = rng.dirichlet(np.ones(5), (3, 4)), np.array([1, 2, 3, 4])
    for own, bits in zip(shares, fitted.information_bits(shares, sizes), strict=True):
        joint = own * sizes[:, None] / 10
        entropies = [stats.entropy(p, base=2) for p in (joint.sum(axis=1), joint.sum(axis=0), joint.ravel())]
        assert bits == pytest.approx(entropies[0] + entropies[1] - entropies[2], abs=1e-12)


def test_information_of_a_table_s_frequencies_is_scikit_learns():
    table = np.random.default_rng(1).integers(0, 9, (6, 4)) + np.eye(6, 4, dtype=int)
    sizes = table.sum(axis=1)
    expected = mutual_info_score(None, None, contingency=table) / math.log(2)
    assert fitted.information_bits(table / sizes[:, None], sizes) == pytest.approx(expected, abs=1e-12)


def test_strength_goes_from_independence_over_what_is_fitted_to_agreement():
    shares, sizes = own_clusters(0.5, 6), np.full(6, 10)
    margin = np.full(6, 1 / 6)
    bits = [float(fitted.information_bits(fitted.strengthened(shares, margin, t), sizes)) for t in intervals.STRENGTHS]
    assert bits == sorted(bits)
    assert bits[0] == pytest.approx(0, abs=1e-12)
    assert bits[3] == pytest.approx(float(fitted.information_bits(shares, sizes)))
    assert bits[-1] > 0.9 * math.log2(6)


def test_rates_are_those_that_the_cells_were_drawn_from():
    rng = np.random.default_rng(2)
    table = rng.poisson(np.where(np.eye(40, dtype=bool), 60.0, 0.4))
    mixture = fitted.RateMixture.of(table, 20)
    expected_rate = dict(zip(mixture.counts.tolist(), mixture.posterior @ mixture.rates, strict=True))
    np.testing.assert_allclose(mixture.posterior.sum(axis=1), 1)
    # An empty cell has not the rate 0, and one image in a cell is more than such a cell has on average.
    assert expected_rate[0] == pytest.approx(0.4, abs=0.1)
    assert expected_rate[0] < expected_rate[1] < 0.7
    drawn = mixture.draw(table, 50, rng)
    np.testing.assert_allclose(drawn.sum(axis=2), 1)
    assert drawn[:, np.eye(40, dtype=bool)].mean() == pytest.approx(60 / (60 + 39 * 0.4), abs=0.02)


def test_simulated_tables_keep_the_classes_sizes():
    sizes = np.array([3, 50])
    tables = fitted.draw_tables(np.tile([[0.5, 0.5, 0], [0, 0.1, 0.9]], (7, 1, 1)), sizes, np.random.default_rng(0))
    assert (tables.sum(axis=2) == sizes).all()
    assert not tables[:, 0, 2].any()


# ---------------------------------------------------------------------------------------- clusters as they are


def test_independence_is_never_ruled_out_from_above():
    rng = np.random.default_rng(4)
    for run in range(5):
        table = rng.multinomial(np.full(10, 40), own_clusters(0, 10))
        found = intervals.clusters_interval(table, mutual_information_nsb(table).bits, 0.99, run, simulations=60)
        assert found.low_bits == 0


def test_the_interval_has_the_truth_where_draws_of_images_miss_it():
    """47 x 120 at .5: NSB's estimate is .07 bits too low on average, more than its spread of .03.

    Four studies, for speed; benchmarks/bench_information_statistics.py has the whole grid.

    Correction 4 of docs/differences.md.
    """
    shares, sizes = own_clusters(0.5, 47), np.full(47, 120)
    truth = float(fitted.information_bits(shares, sizes))
    rng = np.random.default_rng(0)
    moved, drawn = [], []
    for run in range(4):
        table = rng.multinomial(sizes, shares)
        estimate = mutual_information_nsb(table).bits
        found = intervals.clusters_interval(table, estimate, 0.95, run, simulations=100)
        assert found.low_bits < truth < found.high_bits
        moved.append((found.low_bits + found.high_bits) / 2 - estimate)
        cells = np.repeat(np.arange(table.size), table.ravel())
        draws = image_draws(LabelledClusters.of(cells // 47, cells % 47), estimate, Resampling(run, 1, 40, 0.95))
        drawn.append(estimate - np.quantile(draws.deviations_bits, 0.025) >= truth)
    assert np.mean(moved) == pytest.approx(0.07, abs=0.03)
    assert sum(drawn) <= 2


@settings(max_examples=8, deadline=None)
@given(arrays(np.int64, (4, 3), elements=st.integers(0, 30)), st.integers(0, 5))
def test_ends_are_ordered_within_bounds_and_from_the_seed_alone(table: np.ndarray, seed: int):
    table = table + 1
    estimate = mutual_information_nsb(table).bits
    found, again = (intervals.clusters_interval(table, estimate, 0.9, seed, simulations=20) for _ in range(2))
    assert found == again
    assert 0 <= found.low_bits <= found.high_bits <= math.log2(3) + 1e-9


def test_one_cluster_tells_nothing_for_certain():
    table = np.array([[5], [9]])
    found = intervals.clusters_interval(table, mutual_information_nsb(table).bits, 0.95, 0, 20)
    assert (found.low_bits, found.high_bits) == pytest.approx((0, 0), abs=1e-9)


# ------------------------------------------------------------------------------------------------------------- halves


def test_halves_split_every_class_and_are_the_same_for_every_layer():
    classes = np.repeat([3, 1, 7], [10, 7, 2])
    splits = halves.split_in_halves(classes, 200, seed=4)
    np.testing.assert_array_equal(splits, halves.split_in_halves(classes, 200, seed=4))
    for label, allowed in ((3, {5}), (1, {3, 4}), (7, {1})):
        assert set(splits[:, classes == label].sum(axis=1).tolist()) == allowed
    # Every image is in the first half about as often as in the second.
    np.testing.assert_allclose(splits.mean(axis=0), 0.5, atol=0.15)


def test_a_class_of_one_image_has_no_halves():
    with pytest.raises(ValueError, match="at least two of each class"):
        halves.split_in_halves(np.array([0, 0, 1]), 2, 0)


def test_clusters_of_some_images_are_those_of_a_study_of_them_alone():
    vectors = np.random.default_rng(3).normal(size=(30, 4))
    images = np.array([0, 3, 4, 8, 9, 15, 16, 22, 29])
    for name in ("raw", "rdm_rows"):
        protocol = registry.get(name)
        found = halves.clusters_of_images(squareform(pdist(vectors)), images, protocol, 3)
        alone = ward.cut_all(ward.ward_linkage(protocol.distances(pdist(vectors[images]))), 3)[-1]
        np.testing.assert_array_equal(found, alone)


def test_measures_of_halves_are_those_of_each_half_s_own_clusters():
    classes = np.repeat(np.arange(3), 10)
    square = squareform(pdist(np.random.default_rng(3).normal(size=(30, 4)) + classes[:, None]))
    splits = halves.split_in_halves(classes, 2, seed=0)
    rows = list(halves.measures_of_halves(square, classes, splits, registry.get("raw"), ["ari", "mi_nsb_bits"]))
    assert [(row["split"], row["half"], row["measure"]) for row in rows] == [
        (split, half, measure) for split in (1, 2) for half in "ab" for measure in ("ari", "mi_nsb_bits")
    ]
    own = np.flatnonzero(~splits[1])
    clusters = halves.clusters_of_images(square, own, registry.get("raw"), 3)
    assert rows[6]["value"] == adjusted_rand_score(classes[own], clusters)
    assert rows[6]["n_images"] == len(own) == 15


def test_the_interval_of_halves_covers_the_mean_of_what_studies_find():
    """A statistic whose sampling distribution is known: the mean of 40 normal values, standard error 1 / sqrt(40).

    Correction 4 of docs/differences.md.
    """
    rng = np.random.default_rng(5)
    covered, errors = [], []
    for run in range(300):
        values = rng.normal(size=40)
        splits = halves.split_in_halves(np.zeros(40), 20, run)
        found, sd = intervals.tree_interval(
            values.mean(), np.array([[values[s].mean(), values[~s].mean()] for s in splits]), 0.95
        )
        covered.append(found.low_bits <= 0 <= found.high_bits)
        errors.append(sd)
    assert 0.91 <= np.mean(covered) <= 0.98
    assert np.mean(errors) == pytest.approx(1 / math.sqrt(40), rel=0.05)


def test_the_interval_of_halves_does_not_care_for_what_smaller_samples_do_to_the_mean():
    halves_bits = np.array([[1.0, 1.2], [0.9, 1.3]])
    found, sd = intervals.tree_interval(2.0, halves_bits, 0.95)
    assert intervals.tree_interval(2.0, halves_bits - 0.7, 0.95)[1] == pytest.approx(sd)
    assert sd == pytest.approx(math.sqrt((0.2**2 + 0.4**2) / 2) / 2)
    assert found.high_bits - 2 == pytest.approx(stats.t.ppf(0.975, 2) * sd)


@pytest.mark.parametrize("shape", [(1, 2), (3, 1), (4,)])
def test_halves_that_are_none_are_refused(shape: tuple[int, ...]):
    with pytest.raises(ValueError, match="at least 2 splits"):
        intervals.tree_interval(1.0, np.ones(shape), 0.95)


# ------------------------------------------------------------------------------------------- choosing on one half


def test_a_layer_chosen_on_noise_is_worth_no_more_than_any():
    """Correction 8 of docs/differences.md."""
    values = np.random.default_rng(6).normal(size=(5, 2000, 2))
    found = halves.choose_across_halves(values)
    # The mean of the largest of five standard normal values is 1.163.
    assert found.chosen == pytest.approx(1.163, abs=0.05)
    assert found.read == pytest.approx(0, abs=0.05)
    assert found.optimism == found.chosen - found.read
    np.testing.assert_allclose(found.shares, 0.2, atol=0.03)


def test_the_same_layer_is_read_on_the_other_half():
    values = np.array([[[1.0, 5.0]], [[2.0, 3.0]]])  # layer 2 is best on half a, layer 1 on half b
    found = halves.choose_across_halves(values)
    assert (found.chosen, found.read) == ((2 + 5) / 2, (3 + 1) / 2)
    assert found.shares.tolist() == [0.5, 0.5]
    lowest = halves.choose_across_halves(values, higher_is_better=False)
    assert (lowest.chosen, lowest.read) == ((1 + 3) / 2, (5 + 2) / 2)


def test_equal_layers_give_the_first():
    assert halves.choose_across_halves(np.ones((3, 2, 2))).shares.tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("values", "message"), [(np.ones((2, 3)), "expected layers"), (np.full((1, 1, 2), np.nan), "finite")]
)
def test_values_that_cannot_be_chosen_from_are_refused(values: np.ndarray, message: str):
    with pytest.raises(ValueError, match=message):
        halves.choose_across_halves(values)
