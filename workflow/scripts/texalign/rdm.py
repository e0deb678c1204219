"""Representational dissimilarity matrices of Gram vectors, from one pass over blocks of their columns."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import h5py
import numpy as np
from scipy.linalg.blas import ssyrk

DISSIMILARITIES = ("euclidean", "cosine")


@dataclass(frozen=True)
class InnerProducts:
    """Inner products of n vectors, taken about their mean m: <x_i, x_j> = centred_ij + along_i + along_j + mean_square.

    `centred`: <x_i - m, x_j - m>, (n, n) float64, lower triangle only. `along`: <x_i - m, m>, (n,). `mean_square`:
    <m, m>. All in units of `scale` squared. Keeping the mean apart keeps rounding errors in proportion to how much the
    vectors differ, not to how long they are.
    """

    centred: np.ndarray
    along: np.ndarray
    mean_square: float
    scale: float

    def euclidean(self) -> np.ndarray:
        """Condensed Euclidean distances |x_i - x_j|, n(n-1)/2 float32 in scipy's order."""
        squares = self.centred.diagonal()
        condensed = np.empty(_condensed_size(len(squares)), np.float32)
        for i, row in _rows_of_condensed(condensed, len(squares)):
            squared = squares[i] + squares[i + 1 :] - 2 * self.centred[i + 1 :, i]
            # Equal vectors come out as a rounding error of either sign.
            row[:] = np.sqrt(np.maximum(squared, 0)) * self.scale
        return condensed

    def cosine(self) -> np.ndarray:
        """Condensed cosine distances 1 - <x_i, x_j> / (|x_i| |x_j|), n(n-1)/2 float32 in scipy's order.

        Raises ValueError naming the image whose vector is zero, since it has no direction.
        """
        norms = np.sqrt(np.maximum(self.centred.diagonal() + 2 * self.along + self.mean_square, 0))
        if not norms.all():
            raise ValueError(
                f"the Gram vector of image {int(np.argmin(norms))} (counted from 0 in the image index) is zero: no "
                "channel responds to it, so it has no cosine distance to others"
            )
        condensed = np.empty(_condensed_size(len(norms)), np.float32)
        for i, row in _rows_of_condensed(condensed, len(norms)):
            products = self.centred[i + 1 :, i] + self.along[i] + self.along[i + 1 :] + self.mean_square
            row[:] = np.maximum(1 - products / (norms[i] * norms[i + 1 :]), 0)
        return condensed


def _condensed_size(n: int) -> int:
    return n * (n - 1) // 2


def _rows_of_condensed(condensed: np.ndarray, n: int) -> Iterator[tuple[int, np.ndarray]]:
    start = 0
    for i in range(n - 1):
        yield i, condensed[start : start + n - 1 - i]
        start += n - 1 - i


def inner_products(blocks: Iterable[np.ndarray], n_vectors: int, scale: float = 1.0) -> InnerProducts:
    """Inner products of `n_vectors` vectors given as blocks of their columns, each (n_vectors, width) float32.

    Blocks are overwritten. A block's products are formed in float32 by BLAS (ssyrk: one triangle, half the work of a
    full product), and summed over blocks in float64. Values are divided by `scale` first, so that vectors whose
    squares would leave float32's range can be compared too. Memory: 12 n^2 bytes (the float64 sum and one block's
    products) beside the block and a float64 copy of it.

    Raises ValueError when a block has another number of rows.
    """
    centred = np.zeros((n_vectors, n_vectors), order="F")
    product = np.zeros((n_vectors, n_vectors), np.float32, order="F")
    along = np.zeros(n_vectors)
    mean_square = 0.0
    for block in blocks:
        if len(block) != n_vectors:
            raise ValueError(f"a block of {len(block)} rows for {n_vectors} vectors")
        if scale != 1.0:
            block *= np.float32(1 / scale)
        # What is taken off is the mean as float32 rounds it, so this is what the common part is computed from.
        mean = block.mean(axis=0, dtype=np.float64).astype(np.float32)
        block -= mean
        wide_mean = mean.astype(np.float64)
        along += block @ wide_mean
        mean_square += float(wide_mean @ wide_mean)
        product = ssyrk(1.0, block.T, trans=1, lower=1, c=product, beta=0.0, overwrite_c=1)
        centred += product
    return InnerProducts(centred, along, mean_square, scale)


def column_blocks(vectors: h5py.Dataset, megabytes: float = 64) -> list[slice]:
    """Blocks of about `megabytes` that cover a Gram dataset's columns, in whole chunks."""
    n_rows, n_columns = vectors.shape
    chunk = vectors.chunks[1]
    width = chunk * max(1, round(megabytes * 1e6 / (4 * n_rows * chunk)))
    return [slice(start, start + width) for start in range(0, n_columns, width)]


def gram_rdms(vectors: h5py.Dataset, blocks: Iterable[slice]) -> dict[str, np.ndarray]:
    """Condensed Euclidean and cosine RDM of a layer's packed Gram vectors, from a single pass over `vectors`.

    `blocks` are the `column_blocks` of `vectors`, given so that a program can report progress on the way.
    """
    # A power of two scales without rounding.
    scale = float(2.0 ** np.floor(np.log2(vectors.attrs["max_abs"] or 1.0)))
    products = inner_products((vectors[:, columns] for columns in blocks), len(vectors), scale)
    return {"euclidean": products.euclidean(), "cosine": products.cosine()}
