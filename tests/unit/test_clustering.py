import numpy as np
import pytest
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist, squareform
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from texalign.clusters.protocols import registry
from texalign.clusters.ward import cut_all, ward_linkage
from texalign.names import PROTOCOLS


def texture_vectors(n=300, n_classes=12, spread=0.5, seed=4):
    """Packed Gram matrices (n, 136) float64 of 16 non-negative channels, class by class, of lognormal contrast."""
    rng = np.random.default_rng(seed)
    prototypes = rng.exponential(size=(n_classes, 16, 16))
    rows, columns = np.triu_indices(16)
    vectors = np.empty((n, len(rows)))
    for i in range(n):
        activations = np.maximum(prototypes[i % n_classes] @ rng.normal(size=(16, 60)), 0)
        gram = activations @ activations.T * rng.lognormal(sigma=spread)
        vectors[i] = gram[rows, columns] * np.where(rows == columns, 1, np.sqrt(2))
    return vectors


def condensed_float32(vectors):
    return pdist(vectors).astype(np.float32), pdist(vectors, "cosine").astype(np.float32)


# The vectors that Ward's method clusters under each protocol, as scikit-learn takes them.
FEATURES = {
    "unit": lambda vectors: vectors / np.linalg.norm(vectors, axis=1, keepdims=True),
    "raw": lambda vectors: vectors,
    "rdm_rows": lambda vectors: squareform(pdist(vectors).astype(np.float32).astype(np.float64)),
    "unit_rows": lambda vectors: squareform(pdist(vectors, "cosine").astype(np.float32).astype(np.float64)),
}


def features(protocol, vectors):
    return FEATURES[protocol](vectors)


def protocol_distances(protocol, euclidean, cosine):
    entry = registry.get(protocol)
    return entry.distances({"euclidean": euclidean, "cosine": cosine}[entry.dissimilarity])


def test_every_protocol_has_a_name_and_its_vectors():
    assert set(registry.ENTRIES) == set(PROTOCOLS) == set(FEATURES)
    assert all(entry.name == name for name, entry in registry.ENTRIES.items())


def labels_of(vectors, protocol, max_clusters):
    return cut_all(ward_linkage(protocol_distances(protocol, *condensed_float32(vectors))), max_clusters)


# ---------------------------------------------------------------------------------------------------------- distances


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_distances_are_those_of_the_clustered_vectors(protocol):
    vectors = texture_vectors()
    distances = protocol_distances(protocol, *condensed_float32(vectors))
    assert distances.dtype == np.float64
    # A cosine distance near zero holds float32's absolute, not relative, precision.
    np.testing.assert_allclose(distances, pdist(features(protocol, vectors)), rtol=2e-6)


@pytest.mark.parametrize("n", [2, 3, 300, 1100])
@pytest.mark.parametrize("spread", [0.0, 0.5, 2.0])
def test_row_distances_equal_pdist_on_the_rows(n, spread):
    vectors = texture_vectors(n, spread=spread)
    if spread == 2.0 and n >= 300:
        norms = np.linalg.norm(vectors, axis=1)
        assert norms.max() / norms.min() > 1e3
    euclidean, cosine = condensed_float32(vectors)
    expected = pdist(squareform(euclidean.astype(np.float64)))
    np.testing.assert_allclose(protocol_distances("rdm_rows", euclidean, cosine), expected, rtol=1e-6)


def test_row_distances_of_near_duplicates_do_not_cancel():
    rng = np.random.default_rng(5)
    vectors = texture_vectors(200)
    vectors[100:150] = vectors[:50] * (1 + 1e-7 * rng.random((50, 1)))
    vectors[150:] = vectors[:50]
    # The duplicates' rows differ by what float64 resolves, not float32, of distances computed once.
    euclidean = pdist(vectors)
    distances = protocol_distances("rdm_rows", euclidean, euclidean)
    expected = pdist(squareform(euclidean))
    assert expected.min() < 1e-7 * expected.max()
    np.testing.assert_allclose(distances, expected, rtol=1e-6, atol=1e-13 * expected.max())


def test_row_distances_with_one_far_image_keep_the_others_apart():
    vectors = texture_vectors(200)
    vectors[17] *= 1e4
    euclidean, cosine = condensed_float32(vectors)
    expected = pdist(squareform(euclidean.astype(np.float64)))
    np.testing.assert_allclose(protocol_distances("rdm_rows", euclidean, cosine), expected, rtol=1e-6)


def test_distances_of_equal_images_are_zero():
    equal = np.zeros(6, np.float32)
    for protocol in PROTOCOLS:
        np.testing.assert_array_equal(protocol_distances(protocol, equal, equal), 0)


def test_distances_leave_the_inputs_alone_and_clip_rounding():
    euclidean, cosine = np.array([3.0, 4.0, 5.0]), np.array([-1e-8, 0.5, 2.0])
    for protocol in PROTOCOLS:
        protocol_distances(protocol, euclidean, cosine)
    assert euclidean.tolist() == [3, 4, 5]
    assert cosine.tolist() == [-1e-8, 0.5, 2]
    np.testing.assert_allclose(protocol_distances("unit", euclidean, cosine), [0, 1, 2])


def test_unknown_protocol_names_the_choices():
    with pytest.raises(ValueError, match="'flat'; choose from unit, raw, rdm_rows"):
        registry.get("flat")


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("condensed", "message"),
    [
        ([1, np.inf, 1], "not finite"),
        ([1, np.nan, 1], "not finite"),
        ([1, -0.5, 1], "negative"),
        ([1, 1], "binomial coefficient"),
        ([], "(?i)empty"),
    ],
)
def test_distances_that_are_none_are_rejected(protocol, condensed, message):
    with pytest.raises(ValueError, match=message):
        registry.get(protocol).distances(np.array(condensed, np.float32))


def test_an_image_without_direction_stops_only_what_needs_directions():
    """Correction 11 of docs/differences.md."""
    vectors = texture_vectors(20)
    vectors[7] = 0
    euclidean, cosine = pdist(vectors), squareform(pdist(texture_vectors(20), "cosine"))
    cosine[7] = cosine[:, 7] = np.nan
    np.fill_diagonal(cosine, 0)
    for protocol, entry in registry.ENTRIES.items():
        if entry.dissimilarity == "cosine":
            with pytest.raises(ValueError, match=f"image 7 .*is zero.*protocol {protocol} needs"):
                entry.distances(squareform(cosine, checks=False))
        else:
            assert np.isfinite(entry.distances(euclidean)).all()


# --------------------------------------------------------------------------------------------------------------- cuts


# scipy warns that RDM rows look like a distance matrix given by mistake; here they are meant as vectors.
@pytest.mark.filterwarnings("ignore::scipy.cluster.hierarchy.ClusterWarning")
@pytest.mark.parametrize("spread", [0.1, 0.8])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_labels_equal_scikit_learns_ward(protocol, spread):
    vectors = texture_vectors(spread=spread)
    labels = labels_of(vectors, protocol, 47)
    for k in (1, 2, 3, 7, 12, 30, 47):
        expected = AgglomerativeClustering(n_clusters=k, linkage="ward").fit_predict(features(protocol, vectors))
        assert adjusted_rand_score(expected, labels[k - 1]) == 1.0
        # The same partition: labels map one to one.
        assert len(set(zip(expected.tolist(), labels[k - 1].tolist(), strict=True))) == k


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_labels_equal_scipys_cut_tree(protocol):
    tree = ward_linkage(protocol_distances(protocol, *condensed_float32(texture_vectors(150))))
    # Asked for all cuts, from n clusters down to 1: scipy 1.17 answers zeros for n when n is asked for by number.
    np.testing.assert_array_equal(cut_all(tree, 150), hierarchy.cut_tree(tree)[:, ::-1].T)


@pytest.mark.parametrize("max_clusters", [1, 2, 30, 64])
def test_ties_still_give_every_number_of_clusters(max_clusters):
    # A grid: most merges happen at equal heights, where fcluster gives fewer clusters than asked.
    grid = np.stack(np.meshgrid(np.arange(8.0), np.arange(8.0)), axis=-1).reshape(64, 2)
    tree = ward_linkage(pdist(grid))
    assert len(np.unique(hierarchy.fcluster(tree, 50, "maxclust"))) < 50
    labels = cut_all(tree, max_clusters)
    assert labels.shape == (max_clusters, 64)
    for k, row in enumerate(labels, start=1):
        assert set(row.tolist()) == set(range(k))


def test_all_images_equal_still_give_every_number_of_clusters():
    labels = cut_all(ward_linkage(np.zeros(45)), 10)
    assert [len(np.unique(row)) for row in labels] == list(range(1, 11))


def test_cuts_are_nested_and_numbered_by_first_appearance():
    labels = labels_of(texture_vectors(), "unit", 47)
    for k in range(1, 47):
        values, first = np.unique(labels[k], return_index=True)
        assert values.tolist() == list(range(k + 1))
        assert (np.diff(first) > 0).all()
        pairs = set(zip(labels[k].tolist(), labels[k - 1].tolist(), strict=True))
        assert len(pairs) == k + 1


def test_cuts_up_to_fewer_clusters_are_the_first_rows():
    tree = ward_linkage(pdist(texture_vectors(100)))
    np.testing.assert_array_equal(cut_all(tree, 5), cut_all(tree, 100)[:5])


def test_labels_are_small_integers_and_a_single_image_is_one_cluster():
    labels = cut_all(np.empty((0, 4)), 1)
    assert labels.dtype == np.int16
    assert labels.tolist() == [[0]]


@pytest.mark.parametrize("max_clusters", [0, -1, 5])
def test_impossible_numbers_of_clusters_are_rejected(max_clusters):
    with pytest.raises(ValueError, match=f"4 images into 1 to {max_clusters} clusters"):
        cut_all(ward_linkage(np.ones(6)), max_clusters)


def test_linkage_rejects_distances_that_are_not_finite():
    with pytest.raises(ValueError, match="finite"):
        ward_linkage(np.array([1, np.nan, 1]))
