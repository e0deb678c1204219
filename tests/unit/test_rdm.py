"""RDMs from blocks of columns equal those of full matrices."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist

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
    blocks = (vectors[:, start : start + width].copy() for start in range(0, vectors.shape[1], width))
    return rdm.unit_products(blocks, np.linalg.norm(vectors.astype(np.float64), axis=1))


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
    assert products.euclidean()[pair] < 1e-3 * np.linalg.norm(vectors[1])
    assert products.cosine()[pair] == pytest.approx(0, abs=1e-6)


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


def test_a_vector_of_zeros_is_named():
    vectors = np.ones((6, 10), np.float32)
    vectors[4] = 0
    with pytest.raises(ValueError, match=r"image 4.*zero"):
        _products(vectors)


def test_a_block_with_another_number_of_rows_is_refused():
    with pytest.raises(ValueError, match="5 rows for 6 vectors"):
        rdm.unit_products([np.ones((5, 3), np.float32)], np.ones(6))


def test_products_by_torch_are_those_by_blas():
    vectors = np.random.default_rng(5).random((30, 200)).astype(np.float32)
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1)
    blocks = [vectors[:, start : start + 64].copy() for start in range(0, 200, 64)]
    by_torch = rdm.unit_products(blocks, norms, lambda n: GpuProductSum(n, "cpu"))
    np.testing.assert_allclose(by_torch.euclidean(), pdist(vectors), rtol=1e-5)
    np.testing.assert_allclose(by_torch.cosine(), pdist(vectors, "cosine"), rtol=1e-5)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_told():
    with pytest.raises(ValueError, match="torch sees none"):
        GpuProductSum(3)
