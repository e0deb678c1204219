"""The RDM of a notebook: what it is made of, opened from, cut down to and handed on as; and its clusters."""

from pathlib import Path

import numpy as np
import pytest
import rsatoolbox
from scipy.cluster.hierarchy import cut_tree, fcluster, linkage
from scipy.spatial.distance import pdist, squareform

from texalign import names
from texalign.artifacts import matrices
from texalign.clusters.labels import ward_labels
from texalign.clusters.protocols import registry
from texalign.errors import TexalignError
from texalign.images.index import ImageIndex, ImageRecord, write_index
from texalign.rdms.rdm import Rdm
from texalign.representations.vectors import Vectors

CLASSES = ("brick", "brick", "grid", "grid", "woven", "woven", "woven")
TAKES = {"unit": "cosine", "raw": "euclidean"}
PATHS = tuple(f"{name}/{number}.png" for number, name in enumerate(CLASSES))


def vectors(seed: int = 0) -> Vectors:
    """Seven images in classes that lie apart, and differ in length."""
    rng = np.random.default_rng(seed)
    centres = {name: rng.random(30) for name in dict.fromkeys(CLASSES)}
    values = np.stack([centres[name] + 0.1 * rng.random(30) for name in CLASSES])
    values *= np.arange(1, 8)[:, None]
    return Vectors(values.astype(np.float32), PATHS, CLASSES, "gram", "net", "L1", "conv")


@pytest.mark.parametrize("dissimilarity", ["euclidean", "cosine"])
def test_dissimilarities_are_scipys(dissimilarity: str):
    rdm = Rdm.of(vectors(), dissimilarity)
    np.testing.assert_allclose(rdm.condensed, pdist(vectors().values, dissimilarity), rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(rdm.square(), squareform(rdm.condensed))
    np.testing.assert_array_equal(np.asarray(rdm), rdm.square())
    assert (rdm.model, rdm.layer, rdm.module, rdm.representation) == ("net", "L1", "conv", "gram")


def test_vectors_stay_as_they_are():
    given = vectors()
    before = given.values.copy()
    Rdm.of(given)
    np.testing.assert_array_equal(given.values, before)


def test_nothing_changes_under_the_callers_hands():
    distances = np.arange(1.0, 4.0, dtype=np.float32)
    rdm = Rdm(distances, ("a", "b", "c"), ("x", "x", "y"))
    distances[:] = 0
    assert rdm.condensed.tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="read-only"):
        rdm.condensed[0] = 5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"condensed": np.ones(4)}, r"shape \(4,\) for 3 images"),
        ({"classes": ("x",)}, "1 class labels"),
        ({"condensed": np.array([1, np.nan, 2])}, "not finite"),
        ({"dissimilarity": "cosinus"}, "unknown dissimilarity 'cosinus'"),
    ],
)
def test_what_does_not_belong_together_is_refused(changes: dict, message: str):
    fitting = {"condensed": np.ones(3), "paths": ("a", "b", "c"), "classes": ("x", "x", "y")}
    with pytest.raises(TexalignError, match=message):
        Rdm(**fitting | changes)


def test_subset_is_the_rdm_of_those_images():
    whole = Rdm.of(vectors(), "euclidean")
    kept = [0, 1, 4, 5, 6]
    by_class = whole.subset(classes={"woven", "brick"})
    np.testing.assert_array_equal(by_class.square(), whole.square()[np.ix_(kept, kept)])
    assert by_class.paths == tuple(PATHS[row] for row in kept)
    assert by_class.classes == tuple(CLASSES[row] for row in kept)
    both = whole.subset(classes=["woven"], images=[PATHS[0], PATHS[5], PATHS[4]])
    np.testing.assert_array_equal(both.condensed, whole.square()[4, 5])
    assert both.layer == "L1"


def test_subset_of_unknown_classes_names_the_nearest():
    with pytest.raises(TexalignError, match=r"no 'bricks'; the nearest are: brick"):
        Rdm.of(vectors()).subset(classes=["bricks"])


# ------------------------------------------------------------------------------------------------------------ artifacts


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Results of a study of these images, with one RDM."""
    records = tuple(
        ImageRecord(path, name, sorted(set(CLASSES)).index(name), f"{row:064}", 10, 10, "RGB")
        for row, (path, name) in enumerate(zip(PATHS, CLASSES, strict=True))
    )
    index = ImageIndex(records)
    (tmp_path / "images").mkdir()
    write_index(tmp_path / "images/index.tsv", index)
    rdms = {name: Rdm.of(vectors(), name).condensed for name in ("euclidean", "cosine")}
    attributes = {"images_sha256": index.sha256, "layer": "L1", "module": "conv", "representation": "covariance"}
    matrices.write_rdm(tmp_path / "rdm/covariance/net/L1.h5", rdms, attributes)
    return tmp_path


@pytest.mark.parametrize("dissimilarity", ["euclidean", "cosine"])
def test_an_artifact_opens_with_its_images(study: Path, dissimilarity: str):
    rdm = Rdm.open(study / "rdm/covariance/net/L1.h5", dissimilarity)
    np.testing.assert_array_equal(rdm.condensed, Rdm.of(vectors(), dissimilarity).condensed)
    assert (rdm.paths, rdm.classes) == (PATHS, CLASSES)
    assert (rdm.model, rdm.layer, rdm.module, rdm.representation) == ("net", "L1", "conv", "covariance")


def test_an_artifact_of_other_images_is_refused(study: Path):
    index = (study / "images/index.tsv").read_text()
    (study / "images/index.tsv").write_text(index.replace("0" * 60, "1" * 60, 1))
    with pytest.raises(TexalignError, match="made from other images"):
        Rdm.open(study / "rdm/covariance/net/L1.h5")


def test_an_artifact_without_its_index_is_refused(study: Path):
    (study / "images/index.tsv").rename(study / "elsewhere.tsv")
    with pytest.raises(TexalignError, match="give the study's image index"):
        Rdm.open(study / "rdm/covariance/net/L1.h5")
    assert len(Rdm.open(study / "rdm/covariance/net/L1.h5", index=study / "elsewhere.tsv")) == 7


def test_rsatoolbox_gets_the_same_matrix_and_labels():
    rdm = Rdm.of(vectors())
    theirs = rdm.to_rsatoolbox()
    assert isinstance(theirs, rsatoolbox.rdm.RDMs)
    np.testing.assert_array_equal(theirs.get_matrices()[0], rdm.square())
    assert list(theirs.pattern_descriptors["class"]) == list(CLASSES)
    assert theirs.rdm_descriptors["layer"] == ["L1"]


# ------------------------------------------------------------------------------------------------------------- clusters


@pytest.mark.parametrize("protocol", ["unit", "raw"])
@pytest.mark.parametrize("n_clusters", [1, 2, 3, 5, 7])
def test_clusters_are_scipys(protocol: str, n_clusters: int):
    values = vectors().values.astype(float)
    if protocol == "unit":
        values /= np.linalg.norm(values, axis=1, keepdims=True)
    expected = fcluster(linkage(values, "ward"), n_clusters, "maxclust")
    found = ward_labels(Rdm.of(vectors(), TAKES[protocol]), n_clusters, protocol)
    assert len(set(zip(found, expected, strict=True))) == len(set(found)) == len(set(expected)) == n_clusters


def test_there_are_as_many_clusters_as_classes():
    assert ward_labels(Rdm.of(vectors())).tolist() == [0, 0, 1, 1, 2, 2, 2]


@pytest.mark.parametrize("protocol", list(names.PROTOCOLS))
def test_every_protocol_takes_one_dissimilarity(protocol: str):
    takes = registry.get(protocol).dissimilarity
    (wrong,) = set(names.DISSIMILARITIES) - {takes}
    rdm = Rdm.of(vectors(), takes)
    expected = linkage(registry.get(protocol).distances(rdm.condensed), "ward")
    assert ward_labels(rdm, 2, protocol=protocol).tolist() == cut_tree(expected, 2)[:, 0].tolist()
    with pytest.raises(TexalignError, match=f"takes {takes} distances, and this RDM has {wrong} ones"):
        ward_labels(Rdm.of(vectors(), wrong), protocol=protocol)


def test_unknown_protocol_is_refused():
    with pytest.raises(TexalignError, match="unknown protocol 'units'; choose from "):
        ward_labels(Rdm.of(vectors()), protocol="units")
