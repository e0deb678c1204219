"""Comparisons of RDMs against scipy, vectors and loops."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import pdist, squareform

from texalign.rdms import comparison

N = 21
POINTS = [np.random.default_rng(seed).normal(size=(N, 4)) for seed in range(3)]
POINTS.append(POINTS[0] + 0.5 * POINTS[1])
RDMS = [squareform(pdist(points)) for points in POINTS]


def compare(measure: str, rdms: list = RDMS, n_permutations: int = 199, seed: int = 0) -> comparison.Comparison:
    return comparison.compare(measure, rdms, neighbours=5, n_permutations=n_permutations, seed=seed)


def test_spearman_is_scipys():
    found = compare("spearman").values
    expected = [[stats.spearmanr(squareform(a), squareform(b)).statistic for b in RDMS] for a in RDMS]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_cka_is_that_of_the_vectors():
    """Kornblith et al. 2019: |Y'X|^2 / (|X'X| |Y'Y|) of centred features."""
    found = compare("cka").values
    centred = [points - points.mean(axis=0) for points in POINTS]
    for i, x in enumerate(centred):
        for j, y in enumerate(centred):
            expected = np.linalg.norm(y.T @ x) ** 2 / np.linalg.norm(x.T @ x) / np.linalg.norm(y.T @ y)
            assert found[i, j] == pytest.approx(expected)


def test_mutual_neighbours_are_those_of_a_loop():
    found = compare("mutual_neighbours").values
    nearest = [[set(np.argsort(row)[1:6]) for row in rdm] for rdm in RDMS]
    for i, first in enumerate(nearest):
        for j, second in enumerate(nearest):
            assert found[i, j] == pytest.approx(np.mean([len(a & b) / 5 for a, b in zip(first, second, strict=True)]))


@pytest.mark.parametrize("measure", list(comparison.MEASURES))
def test_null_is_that_of_permuted_images(measure: str):
    found = compare(measure, n_permutations=2000)
    scores = [comparison.MEASURES[measure](rdm, 5) for rdm in RDMS]
    rng = np.random.default_rng(1)
    for i, j in ((0, 1), (3, 0)):
        plain = []
        for _ in range(2000):
            order = rng.permutation(N)
            plain.append(np.vdot(scores[i], scores[j][np.ix_(order, order)]))
        assert found.null_mean[i, j] == pytest.approx(np.mean(plain), abs=4 * np.std(plain) / np.sqrt(500))
        assert found.null_sd[i, j] == pytest.approx(np.std(plain), rel=0.15)
    assert found.p[0, 3] == 1 / 2001
    assert found.p[0, 1] > 0.01
    assert np.diag(found.p).tolist() == [1] * 4


def test_shifts_are_those_of_a_loop():
    order = np.random.default_rng(0).permutation(N)
    scores = [np.random.default_rng(seed).normal(size=(N, N)) for seed in (1, 2)]
    shifts = np.array([1, 4, 20])
    found = comparison._shifted(scores, order, shifts)
    for place, shift in enumerate(shifts):
        moved = np.empty(N, int)
        moved[order] = np.roll(order, -shift)
        for i in range(2):
            for j in range(2):
                assert found[i, j, place] == pytest.approx(
                    np.sum(scores[i] * scores[j][np.ix_(moved, moved)]), abs=1e-3
                )


def test_map_keeps_distances_that_fit_the_plane():
    angles = np.array([0.1, 0.4, 2.0, 3.0])
    vectors = np.column_stack([np.cos(angles), np.sin(angles)])
    positions = comparison.map_positions(vectors @ vectors.T)
    np.testing.assert_allclose(pdist(positions), pdist(vectors), atol=1e-12)
    assert (positions[0] <= 0).all()


def test_order_puts_like_beside_like():
    similarities = np.array([[1, 0.1, 0.9, 0.2], [0.1, 1, 0.1, 0.8], [0.9, 0.1, 1, 0.2], [0.2, 0.8, 0.2, 1]])
    order = comparison.clustered_order(similarities).tolist()
    assert abs(order.index(0) - order.index(2)) == abs(order.index(1) - order.index(3)) == 1


@pytest.mark.parametrize("measure", ["spearman", "cka"])
def test_rdms_without_differences_are_refused(measure: str):
    with pytest.raises(ValueError, match="cannot be compared: all dissimilarities are"):
        compare(measure, [np.zeros((5, 5)), np.zeros((5, 5))])


def test_too_many_neighbours_are_refused():
    with pytest.raises(ValueError, match="5 neighbours among 4 images"):
        compare("mutual_neighbours", [rdm[:4, :4] for rdm in RDMS])
