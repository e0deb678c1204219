"""Images counted by class and cluster: as they are, with permuted labels, and drawn anew."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from texalign.errors import TexalignError

# Tables are counted so many images at a time, which bounds the memory that their labels take.
_IMAGES_AT_A_TIME = 2_000_000


def contingency_table(classes: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Images of each class in each cluster, (n_classes, n_clusters) int64, over observed values in sorted order.

    `classes`, `clusters`: one label an image, (n,) each, of any sortable type.
    Raises TexalignError when they are empty, not one-dimensional, or of different lengths.
    """
    rows, n_rows = codes_of(classes)
    columns, n_columns = codes_of(clusters)
    return cross_count(rows, n_rows, columns, n_columns)


def codes_of(labels: np.ndarray) -> tuple[np.ndarray, int]:
    """Ranks of labels among the distinct ones, (n,), and how many of these there are."""
    labels = np.asarray(labels)
    if labels.ndim != 1 or not labels.size:
        raise TexalignError(f"labels of shape {labels.shape}: expected one label for each of at least one image")
    values, codes = np.unique(labels, return_inverse=True)
    return codes, len(values)


def cross_count(rows: np.ndarray, n_rows: int, columns: np.ndarray, n_columns: int) -> np.ndarray:
    """Images by both codes, (n_rows, n_columns) int64. Raises TexalignError when there are not as many of each."""
    if len(rows) != len(columns):
        raise TexalignError(f"{len(rows)} class labels for {len(columns)} cluster labels")
    return np.bincount(rows * n_columns + columns, minlength=n_rows * n_columns).reshape(n_rows, n_columns)


@dataclass(frozen=True)
class LabelledClusters:
    """Classes and clusters of n images as codes 0, 1, ...; every code of either occurs.

    `classes`, `clusters`: (n,) int64.
    """

    classes: np.ndarray
    clusters: np.ndarray

    @classmethod
    def of(cls, classes: np.ndarray, clusters: np.ndarray) -> "LabelledClusters":
        """From labels of any sortable types, (n,) each; codes are the ranks of the labels.

        Raises TexalignError when they are empty, not one-dimensional, of different lengths, or all of one class.
        """
        classes, clusters = np.asarray(classes), np.asarray(clusters)
        if classes.ndim != 1 or classes.shape != clusters.shape or not classes.size:
            raise TexalignError(f"class labels of shape {classes.shape} and cluster labels of shape {clusters.shape}")
        coded = cls(*(np.unique(labels, return_inverse=True)[1] for labels in (classes, clusters)))
        if coded.n_classes < 2:
            raise TexalignError("all images have the same class: there is no information about classes to be had")
        return coded

    @property
    def n_classes(self) -> int:
        return int(self.classes.max()) + 1

    @property
    def n_clusters(self) -> int:
        return int(self.clusters.max()) + 1

    def table(self) -> np.ndarray:
        """Images of each class in each cluster, (n_classes, n_clusters)."""
        return self._count(self.classes[None], self.clusters[None])[0]

    def permuted_tables(self, n_tables: int, seed: int) -> np.ndarray:
        """Tables with the class labels permuted among the images, (n_tables, n_classes, n_clusters).

        Permutations depend on the seed and the number of images only.
        """
        rng = np.random.default_rng([seed, 0])
        return np.concatenate(
            [
                self._count(rng.permuted(np.tile(self.classes, (count, 1)), axis=1), self.clusters)
                for count in self._batches(n_tables)
            ]
        )

    def bootstrap_tables(self, n_tables: int, seed: int) -> np.ndarray:
        """Tables of images drawn with replacement within each class, (n_tables, n_classes, n_clusters).

        Every class keeps its number of images. Draws depend on the seed and the class labels only.
        """
        drawn = drawn_images(self.classes, n_tables, seed)
        return np.concatenate([self._count(self.classes[images], self.clusters[images]) for images in drawn])

    def _batches(self, n_tables: int) -> list[int]:
        return _batches(n_tables, len(self.classes))

    def _count(self, classes: np.ndarray, clusters: np.ndarray) -> np.ndarray:
        """Tables of the rows of `classes` and `clusters`, (n_tables, n), either of which may be a single row."""
        cells = self.n_classes * self.n_clusters
        codes = classes * self.n_clusters + clusters
        codes += np.arange(len(codes))[:, None] * cells
        counts = np.bincount(codes.ravel(), minlength=len(codes) * cells)
        return counts.reshape(len(codes), self.n_classes, self.n_clusters)


def drawn_images(classes: np.ndarray, n_draws: int, seed: int) -> Iterator[np.ndarray]:
    """Images drawn with replacement within each class, as many as it has: numbers of images, (some draws, n) at a time.

    `classes`: codes 0 ... C-1, (n,). Draws depend on the seed and the class labels only.
    """
    rng = np.random.default_rng([seed, 1])
    order = np.argsort(classes, kind="stable")
    sizes = np.bincount(classes)
    size = np.repeat(sizes, sizes)
    first = np.repeat(np.cumsum(sizes) - sizes, sizes)
    for count in _batches(n_draws, len(classes)):
        yield order[first + rng.integers(size, size=(count, len(size)))]


def _batches(n_draws: int, n_images: int) -> list[int]:
    step = max(1, _IMAGES_AT_A_TIME // n_images)
    return [min(step, n_draws - start) for start in range(0, n_draws, step)]
