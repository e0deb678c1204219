"""Representational dissimilarity matrices of Gram vectors, from one pass over blocks of their columns."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import h5py
import numpy as np
from scipy.linalg.blas import ssyrk

from texalign.store import gram_dataset, gram_norms

DISSIMILARITIES = ("euclidean", "cosine")


@dataclass(frozen=True)
class UnitProducts:
    """Inner products of n vectors scaled to length 1, taken about their mean, and the lengths they had.

    `centred`: <u_i - m, u_j - m> of the unit vectors u and their mean m, (n, n) float64, lower triangle only. `norms`:
    (n,) float64. Every dissimilarity follows from the squared chord |u_i - u_j|^2, in which the mean cancels. Lengths
    are kept apart because Gram vectors differ in length by orders of magnitude: rounding errors of the longest would
    otherwise swamp the distances between the short ones.
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


def unit_products(blocks: Iterable[np.ndarray], norms: np.ndarray) -> UnitProducts:
    """Products of n vectors of lengths `norms`, given as blocks of their columns, each (n, width) float32.

    Blocks are overwritten. A block's products are formed in float32 by BLAS (ssyrk: one triangle, half the work of a
    full product), and summed over blocks in float64. Memory: 12 n^2 bytes (the float64 sum and one block's products)
    beside the block.

    Raises ValueError when a block has another number of rows, and naming the image whose vector is zero, since that has
    no direction.
    """
    n = len(norms)
    if not norms.all():
        raise ValueError(
            f"the Gram vector of image {int(np.argmin(norms))} (counted from 0 in the image index) is zero: no channel "
            "responds to it, so it has no cosine distance to others"
        )
    inverse = (1 / norms)[:, None]
    centred = np.zeros((n, n), order="F")
    product = np.zeros((n, n), np.float32, order="F")
    for block in blocks:
        if len(block) != n:
            raise ValueError(f"a block of {len(block)} rows for {n} vectors")
        np.multiply(block, inverse, out=block, casting="same_kind")
        block -= block.mean(axis=0)
        product = ssyrk(1.0, block.T, trans=1, lower=1, c=product, beta=0.0, overwrite_c=1)
        centred += product
    return UnitProducts(centred, norms)


def column_blocks(vectors: h5py.Dataset, megabytes: float = 64) -> list[slice]:
    """Blocks of about `megabytes` that cover a Gram dataset's columns, in whole chunks."""
    n_rows, n_columns = vectors.shape
    chunk = vectors.chunks[1]
    width = chunk * max(1, round(megabytes * 1e6 / (4 * n_rows * chunk)))
    return [slice(start, start + width) for start in range(0, n_columns, width)]


def gram_rdms(file: h5py.File, layer: str, blocks: Iterable[slice]) -> dict[str, np.ndarray]:
    """Condensed Euclidean and cosine RDM of a layer's packed Gram vectors, from a single pass over its dataset.

    `blocks` are the `column_blocks` of the dataset, given so that a program can report progress on the way.
    """
    vectors = gram_dataset(file, layer)
    products = unit_products((vectors[:, columns] for columns in blocks), gram_norms(file, layer))
    return {"euclidean": products.euclidean(), "cosine": products.cosine()}
