"""RDMs from blocks of columns equal those of full matrices."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist, squareform

from texalign.artifacts.hdf5 import create_h5, open_h5
from texalign.artifacts.matrices import MapShape, VectorWriter
from texalign.artifacts.tap import Tap
from texalign.rdms import compute as rdm
from texalign.rdms.gpu import GpuProductSum
from texalign.representations.gram import Gram


def _features(rng: np.random.Generator, n: int, channels: int) -> np.ndarray:
    """Feature maps like real ones: not negative, with norms over three orders of magnitude, and much in common."""
    maps = np.maximum(rng.normal(0.3, 1, (n, channels, 30)) + rng.normal(size=(1, channels, 1)), 0)
    return (maps * 10 ** rng.uniform(-1, 0.5, (n, 1, 1))).astype(np.float32)


def _full_grams(maps: np.ndarray) -> np.ndarray:
    wide = maps.astype(np.float64)
    return np.einsum("nip,njp->nij", wide, wide).reshape(len(maps), -1)


def _packed(maps: np.ndarray) -> np.ndarray:
    return Gram().vectors(torch.from_numpy(maps)).numpy()


def _products(vectors: np.ndarray, width: int = 1000) -> rdm.UnitProducts:
    starts = range(0, vectors.shape[1], width)
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1)
    return rdm.unit_products(lambda: (vectors[:, start : start + width].copy() for start in starts), norms)


@pytest.mark.parametrize("width", [100, 496])
def test_distances_equal_those_of_full_matrices(width: int):
    maps = _features(np.random.default_rng(1), 80, 31)
    full, packed = _full_grams(maps), _packed(maps)
    norms = np.linalg.norm(full, axis=1)
    assert norms.max() / norms.min() > 300
    products = _products(packed, width)
    np.testing.assert_allclose(products.euclidean(), pdist(full), rtol=1e-5)
    np.testing.assert_allclose(products.cosine(), pdist(full, "cosine"), rtol=1e-5)


def test_images_that_hardly_differ_keep_their_distance():
    rng = np.random.default_rng(2)
    vectors = (10 + rng.normal(size=(40, 600))).astype(np.float32)
    products = _products(vectors)
    np.testing.assert_allclose(products.euclidean(), pdist(vectors.astype(np.float64)), rtol=1e-5)
    np.testing.assert_allclose(products.cosine(), pdist(vectors.astype(np.float64), "cosine"), rtol=1e-5)


def test_equal_images_have_distance_zero():
    vectors = np.random.default_rng(3).normal(size=(5, 50)).astype(np.float32)
    vectors[3] = vectors[1]
    products = _products(vectors)
    pair = 4 + 1  # condensed position of images 1 and 3 of 5
    assert products.euclidean()[pair] == products.cosine()[pair] == 0


@pytest.mark.parametrize("width", [64, 1000])
def test_near_duplicates_keep_their_distance(width: int):
    """Products in float32 have an error of 1e-7 of a cosine distance of 1e-6 or 1e-9: a tenth of it, or all.

    Correction 11 of docs/differences.md.
    """
    rng = np.random.default_rng(6)
    vectors = rng.random((60, 600)).astype(np.float32)
    for copy, change in ((10, 3e-3), (20, 1e-4), (21, 1e-4), (59, 1e-6)):
        vectors[copy] = vectors[3] * (1 + change * rng.normal(size=600))
    vectors[30] = 7 * vectors[4]
    wide = vectors.astype(np.float64)
    unit = wide / np.linalg.norm(wide, axis=1, keepdims=True)
    expected = pdist(unit) ** 2 / 2
    assert (np.sort(expected)[1:4] < 1e-6).all()
    products = _products(vectors, width)
    # A multiple differs by its rounding to float32 alone.
    np.testing.assert_allclose(products.cosine(), expected, rtol=2e-3, atol=1e-14)
    np.testing.assert_allclose(products.euclidean(), pdist(wide), rtol=2e-3)
    assert 7 <= len(products.close.first) < 20


def test_vectors_without_close_pairs_are_read_once():
    vectors = np.random.default_rng(7).normal(size=(20, 50)).astype(np.float32)
    passes = []

    def blocks():
        passes.append(1)
        return iter([vectors.copy()])

    rdm.unit_products(blocks, np.linalg.norm(vectors.astype(np.float64), axis=1))
    assert len(passes) == 1


def test_vectors_whose_squares_leave_the_range_of_float32(tmp_path):
    vectors = (np.random.default_rng(4).random((20, 78)) * 1e30).astype(np.float32)
    with create_h5(tmp_path / "gram.h5", {}) as file:
        writer = VectorWriter(file, 20, {"L1": Tap("a")}, "gram")
        writer.append("L1", MapShape(12, 1, 1), vectors)
        writer.close()
    with open_h5(tmp_path / "gram.h5") as file:
        rdms = rdm.vector_rdms(file, "L1", rdm.column_blocks(file["L1"]))
    wide = vectors.astype(np.float64)
    np.testing.assert_allclose(rdms["euclidean"], pdist(wide), rtol=1e-5)
    np.testing.assert_allclose(rdms["cosine"], pdist(wide, "cosine"), rtol=1e-5)


@pytest.mark.parametrize("zeros", [[4], [0], [0, 1], [0, 2, 5]])
def test_a_vector_of_zeros_has_euclidean_distances_but_no_direction(zeros: list[int]):
    vectors = np.random.default_rng(8).random((6, 30)).astype(np.float32)
    vectors[zeros] = 0
    products = _products(vectors)
    np.testing.assert_allclose(products.euclidean(), pdist(vectors.astype(np.float64)), rtol=1e-5)
    cosine = squareform(products.cosine())
    others = np.setdiff1d(np.arange(6), zeros)
    expected = squareform(pdist(vectors[others].astype(np.float64), "cosine"))
    np.testing.assert_allclose(cosine[np.ix_(others, others)], expected, rtol=1e-5, atol=1e-7)
    assert np.isnan(cosine[zeros][:, others]).all()
    assert rdm.images_without_direction(products.cosine(), 6) == zeros
    with pytest.raises(ValueError, match=f"image {', '.join(map(str, zeros))} .*is zero.*protocol unit needs"):
        rdm.require_directions(products.cosine(), 6, by="protocol unit")


def test_directions_of_all_images_are_no_complaint():
    cosine = np.ones(15, np.float32)
    rdm.require_directions(cosine, 6, by="anything")
    # One distance that is no number is damage, not an image without direction.
    cosine[4] = np.nan
    assert rdm.images_without_direction(cosine, 6) == []


def test_a_block_with_another_number_of_rows_is_refused():
    with pytest.raises(ValueError, match="5 rows for 6 vectors"):
        rdm.unit_products(lambda: [np.ones((5, 3), np.float32)], np.ones(6))


def test_products_by_torch_are_those_by_blas():
    vectors = np.random.default_rng(5).random((30, 200)).astype(np.float32)
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1)
    blocks = [vectors[:, start : start + 64].copy() for start in range(0, 200, 64)]
    by_torch = rdm.unit_products(lambda: blocks, norms, lambda n: GpuProductSum(n, "cpu"))
    np.testing.assert_allclose(by_torch.euclidean(), pdist(vectors), rtol=1e-5)
    np.testing.assert_allclose(by_torch.cosine(), pdist(vectors, "cosine"), rtol=1e-5)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_told():
    with pytest.raises(ValueError, match="torch sees none"):
        GpuProductSum(3)
