"""Distances in a byte each, small enough for a browser, with what every byte stands for."""

from dataclasses import dataclass

import numpy as np

from texalign.errors import TexalignError

# The byte of a dissimilarity that is not defined, as cosine distances from a vector of zeros.
UNDEFINED = 255
# Colours span these percentiles, as in the figures of RDMs.
PERCENTILES = (1.0, 99.0)
_LINEAR, _BY_RANK = 127, 128
_SAMPLE = 2_000_000
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Coded:
    """Dissimilarities as bytes: `codes`, (pairs,) uint8; code c stands for values from edges[c] to edges[c + 1].

    `edges`: ascending, (codes + 1,) float64. `limits`: the 1st and the 99th percentile of the dissimilarities.
    """

    codes: np.ndarray
    edges: np.ndarray
    limits: tuple[float, float]


def coded(condensed: np.ndarray) -> Coded:
    """Dissimilarities, (pairs,), in at most 254 steps, none wider than a 127th of their range.

    Half of the steps divide the range evenly, the others where most dissimilarities are; ends and percentiles are those
    of every pair, or of some two million, evenly taken, where there are more. Raises TexalignError when none is finite.
    """
    finite = condensed if np.isfinite(condensed).all() else condensed[np.isfinite(condensed)]
    if not len(finite):
        raise TexalignError("no dissimilarity is finite: there is nothing to show")
    sample = np.sort(finite[:: max(1, len(finite) // _SAMPLE)]).astype(np.float64)
    low, high = float(finite.min()), float(finite.max())
    even = np.linspace(low, high, _LINEAR + 1)
    by_rank = np.quantile(sample, np.linspace(0, 1, _BY_RANK + 1))
    edges = np.unique(np.concatenate([even, by_rank.clip(low, high)]))
    if len(edges) == 1:
        edges = np.repeat(edges, 2)
    codes = np.empty(len(condensed), np.uint8)
    for start in range(0, len(condensed), _BLOCK):
        block = condensed[start : start + _BLOCK]
        found = np.searchsorted(edges[1:-1], block, side="right")
        codes[start : start + _BLOCK] = np.where(np.isfinite(block), found, UNDEFINED)
    return Coded(
        codes, edges, (float(np.percentile(sample, PERCENTILES[0])), float(np.percentile(sample, PERCENTILES[1])))
    )
