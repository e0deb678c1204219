"""Agreement when images trade their places: what it would be if a representation had nothing to do with people."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import squareform

from texalign.perception.coefficients import LEVELS, RankedPairs, histogram_tau_a, levels, standardised
from texalign.perception.resampling import permuted_histograms, permuted_products

# Pairs of images, times observers, times permutations, up to which tau-a itself is reckoned of each permutation: some
# seconds. Of more, its part of first order.
MOST_TAUS = 200_000_000


@dataclass(frozen=True)
class Null:
    """A coefficient when images are permuted, (permutations,), and the observed one reckoned the same way."""

    observed: float
    permuted: np.ndarray


class PermutedPairs:
    """What permutations of the images of each block do to the rank correlations of a representation with observers.

    `blocks`: images of each block, whose pairs follow each other in condensed order. `ranks`: midranks of the
    representation's dissimilarities of all pairs, (n_pairs,); `same_class`: which pairs are of one class, or None.
    Observers are added one after the other; nulls are of the mean over them.
    """

    def __init__(self, blocks: Sequence[np.ndarray], ranks: np.ndarray, same_class: np.ndarray | None = None):
        self._blocks, self._ranks, self._same_class = blocks, ranks, same_class
        self._names = ["spearman"]
        if same_class is not None and same_class.any() and not same_class.all():
            self._names.append("spearman_given_classes")
        self._seconds: dict[str, np.ndarray] = {}
        self._levels: list[np.ndarray] = []
        self._tau_scales: list[float] = []

    def add(self, pairs: RankedPairs) -> None:
        """One more observer. Pairs that the observer did not judge have a score of 0, wherever images go."""
        for name in self._names:
            scores = self._scores(name, pairs.y, pairs.judged)
            self._seconds[name] = self._seconds[name] + scores if name in self._seconds else scores
        # In permuted histograms these pairs are a level of their own, which is left out.
        self._levels.append(
            pairs.levels[1] if pairs.judged is None else pairs.levels[1] + ~pairs.judged * np.uint8(255)
        )
        n = len(pairs.x)
        self._tau_scales.append(8 * pairs.x.std() * pairs.y.std() / (n * (n - 1)))

    def _scores(self, name: str, ranks: np.ndarray, judged: np.ndarray | None) -> np.ndarray:
        """Midranks of the judged pairs, or what the class model leaves of them, standardised; 0 for others."""
        judged = slice(None) if judged is None else judged
        scores = np.zeros(len(self._ranks))
        scores[judged] = standardised(ranks)
        if name == "spearman":
            return scores
        model = np.zeros(len(scores))
        model[judged] = standardised(~self._same_class[judged] * 1.0)
        rest = scores - (scores @ model) * model
        return rest / np.sqrt(rest @ rest)

    def nulls(self, n_permutations: int, seed: int) -> dict[str, Null]:
        """By measure: Spearman's, tau-a, and given the classes, whose residuals trade places (Legendre 2000).

        tau-a is that of levels; beyond `MOST_TAUS` its part of first order, in which permutations change it like
        Spearman's correlation (Hoeffding 1948): what is left out falls as one over the number of images.
        """
        if not n_permutations:
            return {}
        found = {name: self._products(name, n_permutations, seed) for name in self._names}
        if len(self._ranks) * len(self._levels) * n_permutations <= MOST_TAUS:
            found["tau_a"] = self._taus(n_permutations, seed)
        else:
            # Ties differ between observers a little, and so do the factors.
            scale = float(np.mean(self._tau_scales))
            of_spearman = found["spearman"]
            found["tau_a"] = Null(scale * of_spearman.observed, scale * of_spearman.permuted)
        return found

    def _products(self, name: str, n_permutations: int, seed: int) -> Null:
        first = self._scores(name, self._ranks, None)
        second = self._seconds[name] / len(self._levels)
        rng = np.random.default_rng([seed, 3])
        permuted = np.zeros(n_permutations)
        start = 0
        for block in self._blocks:
            end = start + len(block) * (len(block) - 1) // 2
            squares = [squareform(scores[start:end].astype(np.float32)) for scores in (first, second)]
            permuted += permuted_products(*squares, n_permutations, rng)
            start = end
        return Null(float(first @ second), permuted)

    def _taus(self, n_permutations: int, seed: int) -> Null:
        first = levels(self._ranks)
        found = []
        for second in self._levels:
            # The same permutations for every observer.
            parts = permuted_histograms(self._blocks, first, second, n_permutations, np.random.default_rng([seed, 6]))
            found.append(np.concatenate([histogram_tau_a(part[:, :, :LEVELS]) for part in parts]))
        taus = np.mean(found, axis=0)
        return Null(float(taus[0]), taus[1:])
