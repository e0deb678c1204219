"""Resamples of images and observers, and permutations of images, for statistics of pairs of images."""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy import fft
from scipy.stats import t as student

from texalign.statistics import Interval

_BLOCK_ROWS = 256
_DIAGONALS = 64
# Permuted histograms in memory at a time, 128 kB each.
_PERMUTATIONS = 100


def draw_counts(n_draws: int, strata: np.ndarray, seed: int) -> np.ndarray:
    """How often each item is drawn, (n_draws, n) float32: with replacement, as many of each stratum as it has.

    `strata`: stratum of each item, (n,), all equal for draws from all. Depends on nothing but the arguments, so that
    all layers and networks are judged on the same images.
    """
    rng = np.random.default_rng([seed, 2])
    counts = np.zeros((n_draws, len(strata)), np.float32)
    for stratum in np.unique(strata):
        own = np.flatnonzero(strata == stratum)
        counts[:, own] = rng.multinomial(len(own), np.full(len(own), 1 / len(own)), size=n_draws)
    return counts


class LevelBlocks:
    """Levels of two lists of dissimilarities, of the pairs within blocks of images, from which resamples are counted.

    `blocks`: images of each block, whose pairs follow each other in condensed order. `x`, `y`: levels, (n_pairs,) each,
    of `same_class` pairs and others; pairs that are not `judged` count nothing. Memory: 2 bytes an entry of each
    block's square.
    """

    def __init__(
        self,
        blocks: Sequence[np.ndarray],
        x: np.ndarray,
        y: np.ndarray,
        same_class: np.ndarray | None = None,
        judged: np.ndarray | None = None,
    ):
        self._blocks = blocks
        self._shape = (2, int(x.max()) + 1, int(y.max()) + 1)
        self._nothing = int(np.prod(self._shape))
        cells = x.astype(np.uint16) * self._shape[2] + y
        if same_class is not None:
            cells[same_class] += self._nothing // 2
        if judged is not None:
            cells[~judged] = self._nothing
        self._squares = []
        start = 0
        for block in blocks:
            n = len(block)
            square = np.full((n, n), self._nothing, np.uint16)
            for i in range(n - 1):
                square[i, i + 1 :] = cells[start : start + n - 1 - i]
                start += n - 1 - i
            self._squares.append(square)

    def histograms(self, counts: np.ndarray) -> np.ndarray:
        """Joint histograms of resamples, (resamples, 2, levels of x, levels of y), each pair weighted by the product of
        how often its images were drawn: pairs of an image with its own copy do not count.

        `counts`: (resamples, images). Only pairs of images that were drawn are touched, two fifths of all.
        """
        found = np.zeros((len(counts), self._nothing + 1))
        for histogram, of_all in zip(found, counts, strict=True):
            for block, square in zip(self._blocks, self._squares, strict=True):
                drawn = np.flatnonzero(of_all[block])
                weights = of_all[block[drawn]].astype(float)
                for first in range(0, len(drawn), _BLOCK_ROWS):
                    rows = slice(first, first + _BLOCK_ROWS)
                    cells = np.take(square[drawn[rows]], drawn[first:], axis=1)
                    products = np.multiply.outer(weights[rows], weights[first:])
                    histogram += np.bincount(cells.ravel(), products.ravel(), minlength=len(histogram))
        return found[:, :-1].reshape(-1, *self._shape)

    def means(self, counts: np.ndarray, tables: Sequence[np.ndarray]) -> np.ndarray:
        """Means of tables over the pairs of resamples, weighted as in `histograms`, (tables, resamples).

        `tables`: a value for each joint level, (2, levels of x, levels of y). A product of matrices a table and block.
        """
        flat = [np.append(table.ravel(), 0).astype(np.float32) for table in (np.ones(self._shape), *tables)]
        sums = np.zeros((len(flat), len(counts)))
        for block, square in zip(self._blocks, self._squares, strict=True):
            weights = counts[:, block]
            for total, values in zip(sums, flat, strict=True):
                total += np.einsum("bi,bi->b", weights @ values[square], weights)
        return sums[1:] / sums[0]


def permuted_histograms(
    blocks: Sequence[np.ndarray], x: np.ndarray, y: np.ndarray, n_permutations: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Joint histograms of levels, (some, levels of x, levels of y), in parts: of the levels as they are, then with the
    images of each block permuted, by as many permutations as of `permuted_products`.

    `x`, `y`: levels of the pairs within blocks, (n_pairs,) uint8 each, as for `LevelBlocks`.
    """
    shape = (int(x.max()) + 1, int(y.max()) + 1)
    first = x.astype(np.intp) * shape[1]
    places = [np.triu_indices(len(block), 1) for block in blocks]
    squares, start = [], 0
    for block, (i, j) in zip(blocks, places, strict=True):
        square = np.zeros((len(block), len(block)), np.uint8)
        square[i, j] = square[j, i] = y[start : start + len(i)]
        squares.append(square)
        start += len(i)
    orders = [_permutations(len(block), n_permutations, rng) for block in blocks]
    for begin in range(0, n_permutations, _PERMUTATIONS):
        part = [np.bincount(first + y, minlength=shape[0] * shape[1])] * (begin == 0)
        for number in range(begin, min(begin + _PERMUTATIONS, n_permutations)):
            moved = [
                square[own[number][i], own[number][j]]
                for square, own, (i, j) in zip(squares, orders, places, strict=True)
            ]
            part.append(np.bincount(first + np.concatenate(moved), minlength=shape[0] * shape[1]))
        yield np.array(part, float).reshape(-1, *shape)


def _permutations(n: int, n_permutations: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Permutations p of n images, none the identity: cyclic shifts in random orders, as of `permuted_products`."""
    found: list[np.ndarray] = []
    while len(found) < n_permutations:
        order = rng.permutation(n)
        for shift in rng.permutation(np.arange(1, n))[: n_permutations - len(found)]:
            found.append(np.empty(n, np.intp))
            found[-1][order] = np.roll(order, -shift)
    return [found[number] for number in rng.permutation(n_permutations)]


def permuted_products(x: np.ndarray, y: np.ndarray, n_permutations: int, rng: np.random.Generator) -> np.ndarray:
    """Sums over pairs i < j of x[i, j] y[p(i), p(j)] for permutations p of the images, (n_permutations,).

    `x`, `y`: symmetric, (n, n). The permutations are cyclic shifts of the images in a random order; after n - 1 of them
    another order is drawn. All shifts of one order come from one pass of fast Fourier transforms over the diagonals, in
    time n^2 log n where single permutations take n^2 each. The shifts of an order, the identity among them, are a
    group, which is all that a permutation test needs to be exact (Hemerik and Goeman 2018, TEST 27, 811).
    """
    n = len(x)
    found: list[np.ndarray] = []
    while sum(map(len, found)) < n_permutations:
        order = rng.permutation(n)
        shifts = rng.permutation(np.arange(1, n))[: n_permutations - sum(map(len, found))]
        found.append(_shifted_products(x, y, order)[shifts])
    return rng.permutation(np.concatenate(found))


def _shifted_products(x: np.ndarray, y: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Sums over pairs i < j of x[i, j] y[i + k, j + k] in this order, indices modulo n, for k = 0 ... n - 1."""
    n = len(order)
    half = n // 2
    wrapped = np.concatenate([order, order[:half]])
    first, second = (np.ascontiguousarray(values[np.ix_(order, wrapped)], np.float32) for values in (x, y))
    spectrum = np.zeros(n // 2 + 1, complex)
    for start in range(1, half + 1, _DIAGONALS):
        end = min(start + _DIAGONALS, half + 1)
        a, b = (fft.rfft(_diagonals(values, n, start, end), axis=1) for values in (first, second))
        if end == half + 1 and n % 2 == 0:
            # The diagonal half way round holds each of its pairs twice.
            a[-1] *= 0.5
        spectrum += np.einsum("dk,dk->k", a.conj(), b)
    return fft.irfft(spectrum, n)


def _diagonals(wrapped: np.ndarray, n: int, start: int, end: int) -> np.ndarray:
    """Diagonals `start` ... `end` - 1 of a square matrix whose first columns are repeated, (diagonals, n)."""
    row, column = wrapped.strides
    view = np.lib.stride_tricks.as_strided(
        wrapped[:, start:], (n, end - start), (row + column, column), writeable=False
    )
    return np.ascontiguousarray(view.T)


# ---------------------------------------------------------------------------------------------------------- intervals


def combined_variance(images: float, observers: float, both: float, n_images: int, n_observers: int) -> float:
    """Variance of a mean over observers when images and observers both are drawn, from three bootstraps' variances.

    Drawing both at once counts the noise of single judgements twice; what is too much follows from the other two
    (Schuett et al. 2023, eLife 12, e82566; rsatoolbox's formula for small samples).
    """
    of_images, of_observers = n_images / (n_images - 1), n_observers / (n_observers - 1)
    corrected = of_observers * observers + of_images * images
    corrected -= of_images * of_observers * (both - images - observers)
    return float(min(max(corrected, of_observers * observers, of_images * images), both))


def interval(estimate: float, sd: float, smallest_sample: int, confidence: float) -> Interval:
    """Student's t interval about an estimate, with one degree of freedom less than the smallest sample."""
    half = sd * float(student.ppf((1 + confidence) / 2, smallest_sample - 1))
    return Interval(estimate - half, estimate + half)
