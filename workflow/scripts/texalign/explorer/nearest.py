"""The images nearest to each image."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class NearestImages:
    """The images nearest to each of n: `images`, (n, count) int32, nearest first, and their `distances`, float32.

    Where fewer have a defined distance, the rest is -1 and NaN.
    """

    images: np.ndarray
    distances: np.ndarray


def nearest(square: np.ndarray, count: int) -> NearestImages:
    """The `count` nearest of every image, by square dissimilarities, (n, n), of which NaN is none.

    Of equally near images the earlier comes first, as in `texalign.rdms.comparison.neighbour_scores`. An image is no
    neighbour of itself. Memory: the result and one row.
    """
    n = len(square)
    count = min(count, n - 1)
    images = np.full((n, count), -1, np.int32)
    distances = np.full((n, count), np.nan, np.float32)
    for i in range(n):
        row = np.where(np.isnan(square[i]), np.inf, square[i])
        row[i] = np.inf
        farthest = np.partition(row, count - 1)[count - 1]
        candidates = np.flatnonzero((row <= farthest) & np.isfinite(row))
        found = candidates[np.argsort(row[candidates], kind="stable")][:count]
        images[i, : len(found)] = found
        distances[i, : len(found)] = row[found]
    return NearestImages(images, distances)
