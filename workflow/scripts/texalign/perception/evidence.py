"""Human evidence in the two forms that representations are compared with: dissimilarities, and choices in triplets."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from texalign.errors import TexalignError
from texalign.perception.matching import Coverage


class Halves(Protocol):
    """People who cannot be told apart, as two halves at random: what a noise ceiling can then be had from."""

    def split(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Dissimilarities by either half, (pairs,) float32 each, NaN where a half does not tell."""
        ...


@dataclass(frozen=True)
class HumanRdms:
    """Dissimilarities of images by people.

    `rows`: rows of the m judged images in the study's index, ascending, (m,). `dissimilarities`: (observers, m(m-1)/2)
    float32 in scipy's condensed order, NaN where an observer did not judge a pair. `observers`: their names; one name
    for all together where they were pooled. `halves`: of pooled people, how to split them; else None.

    Raises TexalignError when there are fewer than 3 images, a dissimilarity is negative or infinite, an observer's are
    all equal or are fewer than 3, or the numbers do not fit.
    """

    rows: np.ndarray
    observers: tuple[str, ...]
    dissimilarities: np.ndarray
    coverage: Coverage
    halves: Halves | None = None

    def __post_init__(self) -> None:
        n = len(self.rows)
        if n < 3:
            raise TexalignError(f"{n} image(s) of the study were judged, at least 3 are needed to compare their pairs")
        expected = (len(self.observers), n * (n - 1) // 2)
        if self.dissimilarities.shape != expected:
            raise TexalignError(f"dissimilarities of shape {self.dissimilarities.shape}, expected {expected}")
        for observer, values in zip(self.observers, self.dissimilarities, strict=True):
            judged = values[~np.isnan(values)]
            if len(judged) < 3:
                raise TexalignError(
                    f"observer {observer}: {len(judged)} pairs of the study's images were judged, at least 3 are needed"
                )
            if judged.min() < 0 or not np.isfinite(judged.max()):
                raise TexalignError(f"observer {observer}: a dissimilarity is negative or not finite")
            if judged.min() == judged.max():
                raise TexalignError(f"observer {observer}: all dissimilarities are equal: their order tells nothing")


@dataclass(frozen=True)
class HumanChoices:
    """Choices among the pairs of a triplet of images: which are more alike.

    `pairs`: (trials, alternatives, 2), rows of the images in the study's index. Two alternatives, (reference, a) and
    (reference, b), are the question which of two is closer; three, (a, b), (a, c) and (b, c), that for the odd one
    out, which is the image that the chosen pair leaves. `votes`: how often each was chosen, (trials, alternatives).

    Raises TexalignError when there are no trials, numbers do not fit, or a trial has no vote or a negative one.
    """

    pairs: np.ndarray
    votes: np.ndarray
    coverage: Coverage

    def __post_init__(self) -> None:
        if not len(self.pairs):
            raise TexalignError("no triplet has all of its images in the study")
        if self.pairs.shape != (*self.votes.shape, 2) or self.votes.shape[1] not in (2, 3):
            raise TexalignError(f"pairs of shape {self.pairs.shape} for votes of shape {self.votes.shape}")
        if self.votes.min() < 0 or not self.votes.sum(axis=1).all():
            raise TexalignError("a triplet has no vote, or a negative number of votes")

    @property
    def images(self) -> np.ndarray:
        """The three images of each trial, (trials, 3)."""
        # The second pair begins with an image of the first, and ends with the one that is left.
        return np.column_stack([self.pairs[:, 0], self.pairs[:, 1, 1]])


Evidence = HumanRdms | HumanChoices


def condensed_blocks(n: int) -> Iterator[tuple[int, slice]]:
    """For each row i of a square matrix the part of a condensed one that holds its columns i+1 ... n-1."""
    start = 0
    for i in range(n - 1):
        yield i, slice(start, start + n - 1 - i)
        start += n - 1 - i


def condensed_positions(n: int, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Positions of pairs (i, j), i != j, of n images in scipy's condensed order."""
    low, high = np.minimum(i, j).astype(np.int64), np.maximum(i, j).astype(np.int64)
    return n * low - low * (low + 1) // 2 + high - low - 1
