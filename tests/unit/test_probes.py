"""Probes of a representation against plain computations of the same, and against scikit-learn."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import pdist, squareform

from texalign import names
from texalign.information import probes


@pytest.fixture
def vectors() -> np.ndarray:
    """60 vectors in 8 dimensions of 4 classes in mixed order, of unequal sizes, two of them equal."""
    vectors = np.random.default_rng(0).normal(size=(60, 8)) + 5
    vectors[:, 0] += CLASSES
    vectors[3] = vectors[7]
    return vectors


CLASSES = np.random.default_rng(1).permutation(np.repeat(np.arange(4), [10, 15, 15, 20]))


# ------------------------------------------------------------------------------------------------------ class model


def test_class_model_correlations_are_scipys(vectors: np.ndarray):
    condensed = pdist(vectors).round(1)
    model = squareform((CLASSES[:, None] != CLASSES).astype(float))
    found = probes.class_model_correlation(condensed, CLASSES)
    assert found.spearman == pytest.approx(stats.spearmanr(condensed, model).statistic)
    within, between = condensed[model == 0], condensed[model == 1]
    assert found.auc == pytest.approx(stats.mannwhitneyu(between, within).statistic / (len(within) * len(between)))
    signs = np.sign(condensed[:, None] - condensed) * np.sign(model[:, None] - model)
    assert found.tau_a == pytest.approx(signs[np.triu_indices(len(model), 1)].mean())


def test_perfect_classes_reach_an_auc_of_one_but_not_a_tau_of_one():
    model = squareform((CLASSES[:, None] != CLASSES).astype(float))
    found = probes.class_model_correlation(model, CLASSES)
    assert found.auc == 1
    assert found.spearman == pytest.approx(1)
    assert found.tau_a < 0.5


@pytest.mark.parametrize(
    ("condensed", "classes", "message"),
    [
        (np.ones(3), [0, 0, 1], "all distances are equal"),
        (np.arange(3.0), [0, 0, 0], "pairs of different classes"),
        (np.arange(3.0), [0, 1, 2], "pairs of images of one class"),
        (np.arange(4.0), [0, 0, 1], r"shape \(4,\) for 3 images, expected \(3,\)"),
    ],
)
def test_class_models_without_contrast_are_refused(condensed: np.ndarray, classes: list, message: str):
    with pytest.raises(ValueError, match=message):
        probes.class_model_correlation(condensed, np.array(classes))


# -------------------------------------------------------------------------------------------------- nearest neighbours


@pytest.mark.parametrize("neighbours", [1, 5])
def test_nearest_neighbours_are_those_of_a_fit_without_the_image(
    vectors: np.ndarray, neighbours: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(probes, "_BLOCK_ROWS", 7)
    distances = squareform(pdist(vectors))
    found = probes.Neighbours.of(distances, neighbours).vote(CLASSES)
    for i in range(60):
        others = [j for j in np.argsort(distances[i], kind="stable") if j != i][:neighbours]
        votes = np.bincount(CLASSES[others], minlength=4)
        lengths = [distances[i, [j for j in others if CLASSES[j] == c]].sum() for c in range(4)]
        tied = [c for c in range(4) if votes[c] == votes.max()]
        assert found[i] == min(tied, key=lambda c: lengths[c])
    assert (found == CLASSES).mean() > 0.3


def test_copies_of_an_image_are_its_neighbours_but_itself_is_not():
    points = np.array([[0.0], [0.0], [1.0], [1.1]])
    found = probes.Neighbours.of(squareform(pdist(points)), 1).vote(np.array([0, 1, 1, 0]))
    assert found.tolist() == [1, 0, 0, 1]


@pytest.mark.parametrize("neighbours", [0, 60])
def test_too_few_or_many_neighbours_are_refused(neighbours: int):
    with pytest.raises(ValueError, match="neighbours among 60 images"):
        probes.Neighbours.of(np.zeros((60, 60)), neighbours)


# ----------------------------------------------------------------------------------------------------------- silhouette


def test_silhouettes_are_scikit_learns(vectors: np.ndarray):
    from sklearn.metrics import silhouette_samples

    distances = squareform(pdist(vectors))
    expected = silhouette_samples(distances, CLASSES, metric="precomputed")
    np.testing.assert_allclose(probes.silhouettes(distances, CLASSES), expected, atol=1e-12)


def test_silhouettes_of_lone_images_and_of_copies_are_zero():
    distances = squareform(pdist([[0.0], [0.0], [0.0], [0.0], [3.0]]))
    assert probes.silhouettes(distances, np.array([0, 0, 1, 1, 2])).tolist() == [0] * 5


# --------------------------------------------------------------------------------------------------------- linear probe


def test_kernel_holds_inner_products_about_the_mean(vectors: np.ndarray):
    centred = vectors - vectors.mean(axis=0)
    np.testing.assert_allclose(probes.centred_kernel(squareform(pdist(vectors))), centred @ centred.T, atol=1e-10)


def test_linear_probe_is_ridge_regression_fitted_anew_without_each_image(vectors: np.ndarray):
    from sklearn.linear_model import Ridge

    targets = np.eye(4)[CLASSES]
    kernel = probes.centred_kernel(squareform(pdist(vectors)))
    squares: dict[float, float] = {}
    predicted: dict[float, np.ndarray] = {}
    for ridge in probes.RIDGES:
        values = np.empty((60, 4))
        for i in range(60):
            rest = np.arange(60) != i
            model = Ridge(alpha=ridge * kernel.trace() / 60, tol=1e-12).fit(vectors[rest], targets[rest])
            values[i] = model.predict(vectors[[i]])[0]
        squares[ridge] = ((targets - values) ** 2).sum()
        predicted[ridge] = values.argmax(axis=1)
    found = probes.linear_probe(kernel, CLASSES)
    assert found.ridge == min(squares, key=squares.get)
    np.testing.assert_array_equal(found.predictions, predicted[found.ridge])


def test_linear_probe_learns_what_neighbours_cannot_and_nothing_from_noise():
    rng = np.random.default_rng(3)
    classes = np.repeat(np.arange(2), 100)
    noise = rng.normal(size=(200, 20)) * 5
    kernel = probes.centred_kernel(squareform(pdist(np.column_stack([noise, classes]))))
    shuffled = rng.permutation(classes)
    # The class is the one direction without noise; a little penalty leaves it visible.
    assert (probes.linear_probe(kernel, shuffled).predictions == shuffled).mean() < 0.65
    told = probes.centred_kernel(squareform(pdist(np.column_stack([noise, 20 * classes]))))
    assert (probes.linear_probe(told, classes).predictions == classes).mean() == 1
    distances = squareform(pdist(np.column_stack([noise, 8 * classes])))
    near = probes.Neighbours.of(distances, 5).vote(classes)
    far = probes.linear_probe(probes.centred_kernel(distances), classes).predictions
    assert (near == classes).mean() < (far == classes).mean()


def test_kernels_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="all images are equal"):
        probes.linear_probe(np.zeros((4, 4)), np.array([0, 0, 1, 1]))
    with pytest.raises(ValueError, match="not positive definite"):
        probes.linear_probe(np.diag([5.0, 1, 1, -4]), np.array([0, 0, 1, 1]))


# --------------------------------------------------------------------------------------------------------------- chance


def test_several_labellings_get_what_each_gets_alone(vectors: np.ndarray):
    kernel = probes.centred_kernel(squareform(pdist(vectors)))
    labellings = [CLASSES, CLASSES[::-1].copy(), CLASSES % 2]
    for found, classes in zip(probes.linear_probes(kernel, labellings), labellings, strict=True):
        alone = probes.linear_probe(kernel, classes)
        np.testing.assert_array_equal(found.predictions, alone.predictions)
        assert found.ridge == alone.ridge


def test_chance_is_measured_and_lies_below_one_in_as_many_as_there_are_classes():
    """Without any information: an image left out leaves fewer of its class among those that vote.

    Correction 6 of docs/differences.md.
    """
    classes = np.repeat(np.arange(10), 20)
    noise = np.random.default_rng(0).normal(size=(200, 30))
    found = probes.probe_distances(pdist(noise), classes, 5, seed=1, n_permutations=40)
    assert found.linear_chance < 0.09
    assert found.linear_chance == pytest.approx(np.mean(found.linear.predictions == classes), abs=0.05)
    assert found.knn_chance < 0.1
    row = probes.probe_columns(found)
    assert (row.linear_chance, row.knn_chance, row.n_permutations) == (
        found.linear_chance,
        found.knn_chance,
        40,
    )


def test_chance_does_not_see_what_the_representation_knows():
    classes = np.repeat(np.arange(4), 25)
    points = np.random.default_rng(0).normal(size=(100, 6)) + 6 * np.eye(6)[classes]
    found = probes.probe_distances(pdist(points), classes, 5, seed=1)
    assert np.mean(found.linear.predictions == classes) > 0.95
    assert found.linear_chance < 0.3
    assert found.knn_chance < 0.3


def test_every_probe_that_has_a_name_is_a_column():
    found = probes.probe_distances(pdist(np.random.default_rng(0).normal(size=(60, 3))), CLASSES, 3)
    assert set(names.PROBES) <= set(vars(probes.probe_columns(found)))


def test_chance_without_permutations_is_refused():
    with pytest.raises(ValueError, match="0 permutations"):
        probes.probe_distances(np.ones(1770), CLASSES, 3, n_permutations=0)
