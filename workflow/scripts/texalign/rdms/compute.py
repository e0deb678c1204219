"""Representational dissimilarity matrices of a representation's vectors, from one pass over blocks of their columns."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy.linalg.blas import ssyrk
from scipy.spatial.distance import squareform

from texalign.artifacts.arrays import CheckedArray
from texalign.artifacts.background import made_ahead
from texalign.artifacts.hdf5 import CheckedFile
from texalign.artifacts.matrices import vector_dataset, vector_norms
from texalign.errors import TexalignError

# Chords whose square is below this share of both vectors' squares about the mean have lost more than three digits to
# float32 products, and are computed directly.
_CLOSE = 1e-4
# Differences of close pairs formed at once, in numbers.
_DIFFERENCES = 4_000_000


@dataclass(frozen=True)
class ClosePairs:
    """Pairs i < j of images, in the order of the condensed RDM, (p,) each, and the squared chords |u_i - u_j|^2."""

    first: np.ndarray
    second: np.ndarray
    chords: np.ndarray


_NO_PAIRS = ClosePairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


@dataclass(frozen=True)
class UnitProducts:
    """Inner products of n vectors scaled to length 1, taken about their mean, and the lengths they had.

    `centred`: <u_i - m, u_j - m> of the unit vectors u and their mean m, (n, n) float64, lower triangle only. `norms`:
    (n,) float64. Every dissimilarity follows from the squared chord |u_i - u_j|^2, in which the mean cancels. Lengths
    are kept apart because vectors, Gram matrices above all, differ in length by orders of magnitude: rounding errors of
    the longest would otherwise swamp the distances between the short ones. A vector of zeros has itself for u.

    `close`: pairs so near that the difference of products has lost their chord, with the chord computed directly.
    """

    centred: np.ndarray
    norms: np.ndarray
    close: ClosePairs = _NO_PAIRS

    def cosine(self) -> np.ndarray:
        """Condensed cosine distances 1 - <x_i, x_j> / (|x_i| |x_j|) = |u_i - u_j|^2 / 2, n(n-1)/2 float32.

        NaN between a vector of zeros and all others, since it has no direction.
        """

        def distances(i: int, chords: np.ndarray) -> np.ndarray:
            undefined = (self.norms[i + 1 :] == 0) | (self.norms[i] == 0)
            return np.where(undefined, np.nan, chords / 2)

        return self._condensed(distances)

    def euclidean(self) -> np.ndarray:
        """Condensed Euclidean distances, |x_i - x_j|^2 = (|x_i| - |x_j|)^2 + |x_i| |x_j| |u_i - u_j|^2, as float32."""

        def distances(i: int, chords: np.ndarray) -> np.ndarray:
            others = self.norms[i + 1 :]
            return np.sqrt((self.norms[i] - others) ** 2 + self.norms[i] * others * chords)

        return self._condensed(distances)

    def lost_pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Pairs i < j, in condensed order, whose chord is lost to rounding: an error of 1e-7 is .1% of it or more."""
        squares = self.centred.diagonal()
        found = [np.empty((2, 0), np.int64)]
        for i in range(len(squares) - 1):
            sums = squares[i] + squares[i + 1 :]
            others = i + 1 + np.flatnonzero(sums - 2 * self.centred[i + 1 :, i] < _CLOSE * sums)
            found.append(np.stack([np.full(len(others), i), others]))
        first, second = np.concatenate(found, axis=1)
        return first, second

    def _condensed(self, dissimilarities: Callable[[int, np.ndarray], np.ndarray]) -> np.ndarray:
        squares = self.centred.diagonal()
        n = len(squares)
        condensed = np.empty(n * (n - 1) // 2, np.float32)
        ends = np.searchsorted(self.close.first, np.arange(n + 1))
        start = 0
        for i in range(n - 1):
            chords = squares[i] + squares[i + 1 :] - 2 * self.centred[i + 1 :, i]
            own = slice(ends[i], ends[i + 1])
            chords[self.close.second[own] - i - 1] = self.close.chords[own]
            # A rounding error can leave a chord below zero.
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
    blocks: Callable[[], Iterable[np.ndarray]],
    norms: np.ndarray,
    product_sum: Callable[[int], ProductSum] = BlasProductSum,
) -> UnitProducts:
    """Products of n vectors of lengths `norms`, given as blocks of their columns, each (n, width) float32.

    `blocks` starts a pass over the columns: one for the products, and a second where pairs are so close that their
    distance has to be computed from the vectors themselves. Blocks are overwritten; `product_sum` makes what adds up
    their products, given n, and sets the memory that is needed beside a block.

    Raises TexalignError when a block has another number of rows.
    """
    n = len(norms)
    total = product_sum(n)
    inverse = np.divide(1, norms, out=np.zeros(n), where=norms > 0)[:, None]
    for block in blocks():
        if len(block) != n:
            raise TexalignError(f"a block of {len(block)} rows for {n} vectors")
        np.multiply(block, inverse, out=block, casting="same_kind")
        block -= block.mean(axis=0)
        total.add(block)
    products = UnitProducts(total.lower(), norms)
    first, second = products.lost_pairs()
    if not len(first):
        return products
    return replace(products, close=ClosePairs(first, second, _direct_chords(blocks(), inverse, first, second)))


def _direct_chords(
    blocks: Iterable[np.ndarray], inverse: np.ndarray, first: np.ndarray, second: np.ndarray
) -> np.ndarray:
    """Squared chords |u_i - u_j|^2 of pairs, (p,), from float64 differences of the vectors."""
    chords = np.zeros(len(first))
    for block in blocks:
        step = max(1, _DIFFERENCES // block.shape[1])
        for start in range(0, len(first), step):
            i, j = first[start : start + step], second[start : start + step]
            differences = block[i] * inverse[i] - block[j] * inverse[j]
            chords[start : start + step] += np.einsum("pc,pc->p", differences, differences)
    return chords


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

    A second pass follows where images are nearly equal (see `unit_products`). `blocks` are the `column_blocks` of the
    dataset, given so that a program can report progress on the way.
    """
    vectors = vector_dataset(file, layer)

    def read_ahead() -> Iterable[np.ndarray]:
        return made_ahead((vectors[:, columns] for columns in blocks), ahead=1)

    products = unit_products(read_ahead, vector_norms(file, layer), product_sum)
    return {"euclidean": products.euclidean(), "cosine": products.cosine()}


def images_without_direction(cosine: np.ndarray, n: int) -> list[int]:
    """Images, counted from 0, none of whose cosine distances, condensed, is defined: those of vectors of zeros."""
    undefined = squareform(np.isnan(cosine)) if np.isnan(cosine).any() else np.zeros((n, n), bool)
    return np.flatnonzero(undefined.sum(axis=1) == n - 1).tolist() if n > 1 else []


def require_directions(cosine: np.ndarray, n: int, by: str) -> None:
    """Raise TexalignError naming the images whose vectors are zero, which `by` (a protocol, a figure) cannot use."""
    silent = images_without_direction(cosine, n)
    if silent:
        raise TexalignError(
            f"the vector of image {', '.join(map(str, silent[:5]))}{' and others' if len(silent) > 5 else ''} (counted "
            f"from 0 in the image index) is zero: the image has nothing that this representation sees, so it has no "
            f"direction, which {by} needs; use what does without (raw, rdm_rows), or leave the image out"
        )
