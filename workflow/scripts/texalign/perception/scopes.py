"""Which pairs of images agreement is measured over: all, those within classes, or pairs of classes by their means."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial.distance import squareform

from texalign.perception.coefficients import MEASURES, RankedPairs, correlate, histogram_coefficients, midranks
from texalign.perception.evidence import condensed_blocks
from texalign.perception.influence import influences
from texalign.perception.nulls import Null, PermutedPairs
from texalign.perception.resampling import LevelBlocks

# Resamples whose joint histograms are in memory at a time, 256 kB each.
_RESAMPLES_AT_A_TIME = 100
# Of more pairs (1,000 images), resamples are of first order: the more images, the less is left out.
MOST_EXACT_PAIRS = 500_000
SMALLEST_CLASS_COUNT = 3


@dataclass(frozen=True)
class Measured:
    """Agreement in a scope by measure: observed, and in resamples of images, with each observer; and its null."""

    observed: Sequence[Mapping[str, float]]
    resampled: Sequence[Mapping[str, np.ndarray]]
    nulls: Mapping[str, Null]


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

    def pairs(self, x: np.ndarray, ys: Sequence[np.ndarray], ranks: np.ndarray | None = None) -> Iterator[RankedPairs]:
        """The scope's pairs of `x` with each of `ys`, ranked; `ranks`: midranks of `x`, if known."""
        first = self.values(x)
        for y in ys:
            yield RankedPairs.of(first, self.values(y), self.same_class, ranks)

    def correlate(self, x: np.ndarray, y: np.ndarray, measures: Sequence[str] = MEASURES) -> dict[str, float]:
        wanted = [name for name in self.measures if name in measures]
        return correlate(self.values(x), self.values(y), self.same_class, wanted)

    def measured(
        self, x: np.ndarray, ys: Sequence[np.ndarray], counts: np.ndarray, n_permutations: int, seed: int
    ) -> Measured:
        """All of `x`, of which no pair is NaN, with each of `ys`; `counts`: (resamples, n)."""
        ranks = midranks(self.values(x))
        permuted = PermutedPairs(self._blocks, ranks, self.same_class)
        observed, resampled = [], []
        for pairs in self.pairs(x, ys, ranks):
            observed.append(pairs.coefficients(self.measures))
            resampled.append(self._resampled(pairs, counts))
            permuted.add(pairs)
        return Measured(observed, resampled, permuted.nulls(n_permutations, seed))

    def resampled(self, x: np.ndarray, y: np.ndarray, counts: np.ndarray) -> dict[str, np.ndarray]:
        """Correlations in resamples of images, (resamples,) a measure; `counts`: (resamples, n)."""
        return self._resampled(next(self.pairs(x, [y])), counts)

    def _resampled(self, pairs: RankedPairs, counts: np.ndarray) -> dict[str, np.ndarray]:
        if not len(counts):
            return dict.fromkeys(self.measures, np.empty(0))
        blocks = LevelBlocks(self._blocks, *pairs.levels, self.same_class, pairs.judged)
        if len(pairs.x) > MOST_EXACT_PAIRS:
            return self._of_first_order(blocks, counts)
        parts = [
            histogram_coefficients(blocks.histograms(counts[start : start + _RESAMPLES_AT_A_TIME]))
            for start in range(0, len(counts), _RESAMPLES_AT_A_TIME)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in self.measures}

    def _of_first_order(self, blocks: LevelBlocks, counts: np.ndarray) -> dict[str, np.ndarray]:
        found = influences(blocks.histograms(np.ones((1, self._n), np.float32))[0])
        means = blocks.means(counts, [found[name].table for name in self.measures])
        return {name: found[name].value + mean for name, mean in zip(self.measures, means, strict=True)}

    def null(self, x: np.ndarray, ys: Sequence[np.ndarray], n_permutations: int, seed: int) -> dict[str, Null]:
        """Of each measure, when the images of each block trade their places in all of `ys`; mean over `ys`."""
        ranks = midranks(self.values(x))
        permuted = PermutedPairs(self._blocks, ranks, self.same_class)
        for pairs in self.pairs(x, ys, ranks):
            permuted.add(pairs)
        return permuted.nulls(n_permutations, seed)


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

    def measured(
        self, x: np.ndarray, ys: Sequence[np.ndarray], counts: np.ndarray, n_permutations: int, seed: int
    ) -> Measured:
        """All of `x` with each of `ys`; `counts`: (resamples, n)."""
        observed = [self.correlate(x, y) for y in ys]
        resampled = [self.resampled(x, y, counts) for y in ys]
        return Measured(observed, resampled, self.null(x, ys, n_permutations, seed))

    def null(self, x: np.ndarray, ys: Sequence[np.ndarray], n_permutations: int, seed: int) -> dict[str, Null]:
        """Of each measure, when the classes trade their places in all of `ys`; mean over `ys`."""
        first = self.values(x)
        permuted = PermutedPairs([np.arange(len(self._starts))], midranks(first))
        for y in ys:
            permuted.add(RankedPairs.of(first, self.values(y)))
        return permuted.nulls(n_permutations, seed)

    def _means(self, condensed: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Mean dissimilarities of pairs of classes, weighted by the counts of images, (resamples, C(C-1)/2)."""
        square = squareform(condensed)[np.ix_(self._order, self._order)]
        judged = ~np.isnan(square)
        counts = counts[:, self._order]
        if judged.all():
            drawn = np.add.reduceat(counts, self._starts, axis=1, dtype=float)
            sums, weights = self._sums(square, counts), drawn[:, :, None] * drawn[:, None]
        else:
            sums = self._sums(np.where(judged, square, 0), counts)
            weights = self._sums(judged.astype(np.float32), counts)
        with np.errstate(invalid="ignore"):
            means = sums / weights
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
