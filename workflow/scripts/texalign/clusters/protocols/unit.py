"""Vectors scaled to length 1: their Euclidean distance is sqrt(2 cosine distance)."""

import numpy as np

from texalign.clusters.protocols.base import Protocol


def _chords(cosine: np.ndarray) -> np.ndarray:
    return np.sqrt(2 * cosine, out=cosine)


UNIT = Protocol("unit", "cosine", _chords)
