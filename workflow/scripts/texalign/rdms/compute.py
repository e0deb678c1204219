"""Representational dissimilarity matrices of a representation's vectors, from one pass over blocks of their columns."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.linalg.blas import ssyrk

from texalign.artifacts.arrays import CheckedArray
from texalign.artifacts.background import made_ahead
from texalign.artifacts.hdf5 import CheckedFile
from texalign.artifacts.matrices import vector_dataset, vector_norms
from texalign.errors import TexalignError


@dataclass(frozen=True)
class UnitProducts:
    """Inner products of n vectors scaled to length 1, taken about their mean, and the lengths they had.

    `centred`: <u_i - m, u_j - m> of the unit vectors u and their mean m, (n, n) float64, lower triangle only. `norms`:
    (n,) float64. Every dissimilarity follows from the squared chord |u_i - u_j|^2, in which the mean cancels. Lengths
    are kept apart because vectors, Gram matrices above all, differ in length by orders of magnitude: rounding errors of
    the longest would otherwise swamp the distances between the short ones.
    """

    centred: np.ndarray
    norms: np.ndarray

    def cosine(self) -> np.ndarray:
        """Condensed cosine distances 1 - <x_i, x_j> / (|x_i| |x_j|) = |u_i - u_j|^2 / 2, n(n-1)/2 float32."""
        return self._condensed(lambda _i, chords: chords / 2)

    def euclidean(self) -> np.ndarray:
        """Condensed Euclidean distances, |x_i - x_j|^2 = (|x_i| - |x_j|)^2 + |x_i| |x_j| |u_i - u_j|^2, as float32."""

        def distances(i: int, chords: np.ndarray) -> np.ndarray:
            others = self.norms[i + 1 :]
            return np.sqrt((self.norms[i] - others) ** 2 + self.norms[i] * others * chords)

        return self._condensed(distances)

    def _condensed(self, dissimilarities: Callable[[int, np.ndarray], np.ndarray]) -> np.ndarray:
        squares = self.centred.diagonal()
        n = len(squares)
        condensed = np.empty(n * (n - 1) // 2, np.float32)
        start = 0
        for i in range(n - 1):
            chords = squares[i] + squares[i + 1 :] - 2 * self.centred[i + 1 :, i]
            # Equal vectors come out as a rounding error of either sign.
            condensed[start : start + n - 1 - i] = dissimilarities(i, np.maximum(chords, 0))
            start += n - 1 - i
        return condensed


class ProductSum(Protocol):
    """Sum over blocks, in float64, of each block's inner products of rows, formed in float32."""

    def add(self, block: np.ndarray) -> None:
        """Add the products of a block, (n, width) float32."""
        ...

    def lower(self) -> np.ndarray:
        """The sum, (n, n) float64, of which only the lower triangle is meant."""
        ...


class BlasProductSum:
    """Products by BLAS on the CPU (ssyrk: one triangle, half the work of a full product). Memory: 12 n^2 bytes."""

    def __init__(self, n: int):
        self._sum = np.zeros((n, n), order="F")
        self._product = np.zeros((n, n), np.float32, order="F")

    def add(self, block: np.ndarray) -> None:
        self._product = ssyrk(1.0, block.T, trans=1, lower=1, c=self._product, beta=0.0, overwrite_c=1)
        self._sum += self._product

    def lower(self) -> np.ndarray:
        return self._sum


def unit_products(
    blocks: Iterable[np.ndarray], norms: np.ndarray, product_sum: Callable[[int], ProductSum] = BlasProductSum
) -> UnitProducts:
    """Products of n vectors of lengths `norms`, given as blocks of their columns, each (n, width) float32.

    Blocks are overwritten; `product_sum` makes what adds up their products, given n, and sets the memory that is needed
    beside a block.

    Raises TexalignError when a block has another number of rows, and naming the image whose vector is zero, since that
    has no direction.
    """
    n = len(norms)
    total = product_sum(n)
    if not norms.all():
        raise TexalignError(
            f"the vector of image {int(np.argmin(norms))} (counted from 0 in the image index) is zero: the image has "
            "nothing that this representation sees, so it has no cosine distance to others"
        )
    inverse = (1 / norms)[:, None]
    for block in blocks:
        if len(block) != n:
            raise TexalignError(f"a block of {len(block)} rows for {n} vectors")
        np.multiply(block, inverse, out=block, casting="same_kind")
        block -= block.mean(axis=0)
        total.add(block)
    return UnitProducts(total.lower(), norms)


def column_blocks(vectors: CheckedArray, megabytes: float = 64) -> list[slice]:
    """Blocks of about `megabytes` that cover a layer's columns, in whole chunks."""
    n_rows, n_columns = vectors.shape
    chunk = vectors.chunks[1]
    width = chunk * max(1, round(megabytes * 1e6 / (4 * n_rows * chunk)))
    return [slice(start, start + width) for start in range(0, n_columns, width)]


def vector_rdms(
    file: CheckedFile,
    layer: str,
    blocks: Iterable[slice],
    product_sum: Callable[[int], ProductSum] = BlasProductSum,
) -> dict[str, np.ndarray]:
    """Condensed Euclidean and cosine RDM of a layer's vectors, from a single pass over its dataset.

    `blocks` are the `column_blocks` of the dataset, given so that a program can report progress on the way.
    """
    vectors = vector_dataset(file, layer)
    read_ahead = made_ahead((vectors[:, columns] for columns in blocks), ahead=1)
    products = unit_products(read_ahead, vector_norms(file, layer), product_sum)
    return {"euclidean": products.euclidean(), "cosine": products.cosine()}
