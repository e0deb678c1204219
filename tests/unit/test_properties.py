"""What holds for packed triangles, condensed RDMs and arrays in chunks of any size: tried by hypothesis."""

from itertools import pairwise

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform

from texalign.artifacts import hdf5
from texalign.rdms.compute import unit_products
from texalign.rdms.rdm import Rdm
from texalign.representations.triangles import pack_triangle, packed_size, unpack_triangle

SEEDS = st.integers(0, 2**32 - 1)
quick = settings(max_examples=40, deadline=None)


def symmetric(seed: int, n: int, order: int) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=(n, order, order))
    return (values + values.transpose(0, 2, 1)).astype(np.float32)


@quick
@given(SEEDS, st.integers(1, 5), st.integers(1, 12))
def test_packing_keeps_every_entry_and_every_product(seed: int, n: int, order: int):
    matrices = symmetric(seed, n, order)
    packed = pack_triangle(torch.from_numpy(matrices)).numpy()
    assert packed.shape == (n, packed_size(order))
    np.testing.assert_allclose(unpack_triangle(packed, order), matrices, rtol=1e-6)
    products = np.einsum("iab,jab->ij", matrices.astype(np.float64), matrices.astype(np.float64))
    np.testing.assert_allclose(packed.astype(np.float64) @ packed.astype(np.float64).T, products, rtol=1e-5, atol=1e-4)


@quick
@given(st.integers(1, 40), st.data())
def test_a_packed_entry_lies_where_its_row_and_column_say(order: int, data: st.DataObject):
    row = data.draw(st.integers(0, order - 1))
    column = data.draw(st.integers(row, order - 1))
    matrix = np.zeros((1, order, order), np.float32)
    matrix[0, row, column] = matrix[0, column, row] = 1
    (place,) = np.flatnonzero(pack_triangle(torch.from_numpy(matrix)).numpy()[0])
    # Before row r there are r rows of order, order - 1, ... entries.
    assert place == row * order - row * (row - 1) // 2 + column - row


@quick
@given(SEEDS, st.integers(2, 12), st.integers(1, 30), st.data())
def test_condensed_distances_are_scipys_whatever_the_blocks(seed: int, n: int, size: int, data: st.DataObject):
    vectors = np.random.default_rng(seed).normal(size=(n, size)).astype(np.float32)
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1)
    edges = sorted(data.draw(st.sets(st.integers(1, size), max_size=4)) | {0, size})
    products = unit_products(lambda: [vectors[:, start:stop].copy() for start, stop in pairwise(edges)], norms)
    wide = vectors.astype(np.float64)
    # Of vectors that almost agree, float32 products leave the square of the chord to some 1e-6.
    np.testing.assert_allclose(products.cosine(), pdist(wide, "cosine"), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        products.euclidean() ** 2, pdist(wide) ** 2, rtol=1e-4, atol=1e-5 * float(norms.max()) ** 2
    )


@quick
@given(st.integers(2, 15), st.data())
def test_a_subset_of_an_rdm_is_that_of_its_square(n: int, data: st.DataObject):
    condensed = np.arange(1, n * (n - 1) // 2 + 1, dtype=np.float32)
    paths = tuple(f"image{number}" for number in range(n))
    rdm = Rdm(condensed, paths, ("x",) * n, "euclidean")
    np.testing.assert_array_equal(rdm.square(), squareform(condensed))
    chosen = data.draw(st.lists(st.integers(0, n - 1), min_size=2, unique=True))
    subset = rdm.subset(images=[paths[number] for number in chosen])
    places = [paths.index(path) for path in subset.paths]
    assert sorted(places) == sorted(chosen)
    np.testing.assert_array_equal(subset.square(), squareform(condensed)[np.ix_(places, places)])


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(1, 12), st.integers(1, 12), st.integers(1, 6), st.integers(1, 6), st.booleans(), st.data())
def test_any_part_of_an_array_in_chunks_is_read_back(
    tmp_path_factory, seed: int, rows: int, columns: int, high: int, wide: int, packed: bool, data: st.DataObject
):
    path = tmp_path_factory.getbasetemp() / "array.h5"
    values = np.random.default_rng(seed).integers(0, 1000, (rows, columns)).astype(np.int32)
    with hdf5.create_h5(path, {}) as file:
        array = file.create_array("a", values.shape, values.dtype, (high, wide), packed)
        for start in range(0, rows, array.chunks[0]):
            array.write(start, values[start : start + array.chunks[0]])
    slices = tuple(
        data.draw(st.one_of(st.slices(length).filter(lambda part: part.step in (None, 1)), st.integers(0, length - 1)))
        for length in values.shape
    )
    with hdf5.open_h5(path) as file:
        np.testing.assert_array_equal(file["a"][slices], values[slices])
        np.testing.assert_array_equal(file["a"][:], values)
