"""Which pairs of images agreement is measured over: all, those within classes, or pairs of classes by their means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial.distance import squareform

from texalign.perception.coefficients import (
    MEASURES,
    correlate,
    histogram_coefficients,
    levels,
    midranks,
    standardised,
)
from texalign.perception.evidence import condensed_blocks
from texalign.perception.resampling import LevelBlocks, permuted_products

# Resamples whose joint histograms are in memory at a time, 256 kB each.
_RESAMPLES_AT_A_TIME = 100
SMALLEST_CLASS_COUNT = 3


@dataclass(frozen=True)
class Null:
    """Spearman's correlations of permuted images, (permutations,), and the observed one reckoned the same way."""

    observed: float
    permuted: np.ndarray


class PairScope:
    """Pairs of images within blocks: one block of all images, or one for each class.

    `classes`: class of each of n images, (n,), or None where there are none. Correlations take condensed
    dissimilarities of the n images, NaN for pairs that were not judged.
    """

    def __init__(self, name: str, blocks: Sequence[np.ndarray], n: int, classes: np.ndarray | None):
        self.name = name
        self._n = n
        self._blocks = [block for block in blocks if len(block) > 1]
        across = classes is not None and len(self._blocks) == 1
        self._classes = classes if across and len(np.unique(classes)) > 1 else None

    @property
    def measures(self) -> tuple[str, ...]:
        return MEASURES if self.same_class is not None and self.same_class.any() else MEASURES[:2]

    @cached_property
    def same_class(self) -> np.ndarray | None:
        """Which pairs are of one class; None where there are no classes, or only pairs within them."""
        if self._classes is None:
            return None
        return np.concatenate([self._classes[i + 1 :] == self._classes[i] for i in range(self._n - 1)])

    def values(self, condensed: np.ndarray) -> np.ndarray:
        """Dissimilarities of the scope's pairs, block after block, (n_pairs,)."""
        if len(self._blocks) == 1 and len(self._blocks[0]) == self._n:
            return condensed
        parts = {int(i): condensed[part] for i, part in condensed_blocks(self._n)}
        return np.concatenate(
            [parts[i][block[place + 1 :] - i - 1] for block in self._blocks for place, i in enumerate(block[:-1])]
        )

    def correlate(self, x: np.ndarray, y: np.ndarray, measures: Sequence[str] = MEASURES) -> dict[str, float]:
        wanted = [name for name in self.measures if name in measures]
        return correlate(self.values(x), self.values(y), self.same_class, wanted)

    def resampled(self, x: np.ndarray, y: np.ndarray, counts: np.ndarray) -> dict[str, np.ndarray]:
        """Correlations in resamples of images, (resamples,) a measure; `counts`: (resamples, n)."""
        first, second = self.values(x), self.values(y)
        judged = ~(np.isnan(first) | np.isnan(second))
        coded = [np.zeros(len(judged), np.uint8) for _ in range(2)]
        for codes, values in zip(coded, (first, second), strict=True):
            codes[judged] = levels(midranks(values[judged]))
        blocks = LevelBlocks(self._blocks, *coded, self.same_class, None if judged.all() else judged)
        parts = [
            histogram_coefficients(blocks.histograms(counts[start : start + _RESAMPLES_AT_A_TIME]))
            for start in range(0, len(counts), _RESAMPLES_AT_A_TIME)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in self.measures}

    def null(self, x: np.ndarray, ys: Sequence[np.ndarray], n_permutations: int, seed: int) -> dict[str, Null]:
        """Spearman's, and given the classes, when the images of each block trade their places in all of `ys`.

        Mean over `ys`. Given the classes, the residuals of the ranks trade places (Legendre 2000).
        """
        found: dict[str, Null] = {}
        for name in [name for name in self.measures if name.startswith("spearman")]:
            given = None if name == "spearman" else standardised(~self.same_class * 1.0)
            first = _scores(self.values(x), given)
            second = np.mean([_scores(self.values(y), given) for y in ys], axis=0)
            rng = np.random.default_rng([seed, 3])
            permuted = np.zeros(n_permutations)
            start = 0
            for block in self._blocks:
                end = start + len(block) * (len(block) - 1) // 2
                squares = [squareform(scores[start:end].astype(np.float32)) for scores in (first, second)]
                permuted += permuted_products(*squares, n_permutations, rng)
                start = end
            found[name] = Null(float(first @ second), permuted)
        return found


def _scores(values: np.ndarray, given: np.ndarray | None) -> np.ndarray:
    """Ranks, standardised, or what `given` leaves of them; zero where values are NaN."""
    judged = ~np.isnan(values)
    scores = np.zeros(len(values))
    scores[judged] = standardised(midranks(values[judged]))
    if given is None:
        return scores
    model = np.zeros(len(values))
    model[judged] = standardised(given[judged])
    residuals = scores - (scores @ model) * model
    return residuals / np.sqrt(residuals @ residuals)


class ClassMeanScope:
    """Pairs of classes: mean dissimilarities of the images of the one to those of the other.

    `classes`: codes 0 ... C-1 of n images, (n,). A pair of classes is NaN where no pair of its images was judged or, in
    a resample, drawn.
    """

    name = "class_means"
    measures = ("spearman", "tau_a")

    def __init__(self, classes: np.ndarray):
        self._order = np.argsort(classes, kind="stable")
        self._starts = np.flatnonzero(np.diff(classes[self._order], prepend=-1))
        self._pairs = np.triu_indices(len(self._starts), 1)

    def values(self, condensed: np.ndarray) -> np.ndarray:
        return self._means(condensed, np.ones((1, len(self._order)), np.float32))[0]

    def correlate(self, x: np.ndarray, y: np.ndarray, measures: Sequence[str] = MEASURES) -> dict[str, float]:
        return correlate(self.values(x), self.values(y), None, [name for name in self.measures if name in measures])

    def resampled(self, x: np.ndarray, y: np.ndarray, counts: np.ndarray) -> dict[str, np.ndarray]:
        """Correlations in resamples of images, (resamples,) a measure; `counts`: (resamples, n)."""
        pairs = zip(self._means(x, counts), self._means(y, counts), strict=True)
        found = [correlate(first, second, None, self.measures) for first, second in pairs]
        return {name: np.array([row[name] for row in found]) for name in self.measures}

    def null(self, x: np.ndarray, ys: Sequence[np.ndarray], n_permutations: int, seed: int) -> dict[str, Null]:
        """Spearman's when the classes trade their places in all of `ys`; mean over `ys`."""
        first = _scores(self.values(x), None)
        second = np.mean([_scores(self.values(y), None) for y in ys], axis=0)
        rng = np.random.default_rng([seed, 4])
        permuted = permuted_products(squareform(first), squareform(second), n_permutations, rng)
        return {"spearman": Null(float(first @ second), permuted)}

    def _means(self, condensed: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Mean dissimilarities of pairs of classes, weighted by the counts of images, (resamples, C(C-1)/2)."""
        square = squareform(condensed)[np.ix_(self._order, self._order)]
        judged = ~np.isnan(square)
        counts = counts[:, self._order]
        with np.errstate(invalid="ignore"):
            means = self._sums(np.where(judged, square, 0), counts) / self._sums(judged.astype(np.float32), counts)
        return means[:, *self._pairs]

    def _sums(self, square: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Weighted sums of the blocks of a square matrix, (resamples, C, C)."""
        ends = np.append(self._starts[1:], len(self._order))
        found = np.empty((len(counts), len(ends), len(ends)))
        for row, (start, end) in enumerate(zip(self._starts, ends, strict=True)):
            products = counts[:, start:end] @ square[start:end]
            products *= counts
            found[:, row] = np.add.reduceat(products, self._starts, axis=1, dtype=float)
        return found


Scope = PairScope | ClassMeanScope


def scopes(n: int, classes: np.ndarray | None) -> Mapping[str, Scope]:
    """The scopes that n images have, by name; `classes`: class of each, (n,), None for a study without labels.

    Without classes, or with one image of each, only `all`; `class_means` from 3 classes.
    """
    everything = np.arange(n)
    if classes is None or len(np.unique(classes)) < 2:
        return {"all": PairScope("all", [everything], n, None)}
    codes = np.unique(classes, return_inverse=True)[1]
    found: dict[str, Scope] = {"all": PairScope("all", [everything], n, codes)}
    blocks = [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]
    if sum(len(block) * (len(block) - 1) // 2 for block in blocks) >= 3:
        found["within_classes"] = PairScope("within_classes", blocks, n, None)
    if len(blocks) >= SMALLEST_CLASS_COUNT:
        found["class_means"] = ClassMeanScope(codes)
    return found
