"""Trees built anew on halves of the images: how much a result owes to the images, and to having been chosen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import squareform

from texalign.clusters import ward
from texalign.clusters.protocols.base import Protocol
from texalign.errors import TexalignError
from texalign.information.contingency import LabelledClusters
from texalign.information.measures import registry


def split_in_halves(classes: np.ndarray, n_splits: int, seed: int) -> np.ndarray:
    """Random splits of the images into halves, (n_splits, n) bool: which images are in the first half.

    Every class is split in half, the odd image of a class going to either side; splits depend on the classes' labels
    and the seed only, so that they are the same for every layer, network and protocol of a study.

    Raises TexalignError when a class has a single image, which one of the halves would lack.
    """
    codes, sizes = np.unique(classes, return_inverse=True, return_counts=True)[1:]
    if sizes.min() < 2:
        raise TexalignError(
            "a class has a single image, and halves of the images need at least two of each class; set inference: "
            "splits: 0 to do without them"
        )
    rng = np.random.default_rng([seed, 3])
    first = np.zeros((n_splits, len(codes)), dtype=bool)
    members = [np.flatnonzero(codes == code) for code in range(len(sizes))]
    for split in first:
        for own in members:
            half = (len(own) + int(rng.integers(2))) // 2
            split[rng.permutation(own)[:half]] = True
    return first


def clusters_of_images(square: np.ndarray, images: np.ndarray, protocol: Protocol, n_clusters: int) -> np.ndarray:
    """Clusters of some of the images by a tree of their own, labels (len(images),).

    `square`: RDM of all images that the protocol starts from, (n, n) float32. `images`: their positions, ascending.
    Memory: 12 to 28 bytes for each pair of `images`, by protocol.
    """
    part = squareform(square[np.ix_(images, images)], checks=False)
    return ward.cut_all(ward.ward_linkage(protocol.distances(part)), n_clusters)[-1]


def measures_of_halves(
    square: np.ndarray, classes: np.ndarray, splits: np.ndarray, protocol: Protocol, measures: Sequence[str]
) -> Iterator[dict[str, object]]:
    """Measures of agreement on both halves of each split: columns `split`, `half`, `n_images`, `measure`, `value`.

    `square`: as for `clusters_of_images`. `classes`: labels, (n,). `splits`: from `split_in_halves`. `measures`:
    entries of `names.MEASURES`. As many clusters as there are classes, as on all images.
    """
    n_classes = len(np.unique(classes))
    for split, first in enumerate(splits, start=1):
        for half, own in (("a", first), ("b", ~first)):
            images = np.flatnonzero(own)
            clusters = clusters_of_images(square, images, protocol, n_classes)
            labels = LabelledClusters.of(classes[images], clusters)
            for measure in measures:
                value = registry.ENTRIES[measure].value(labels)
                yield {"split": split, "half": half, "n_images": len(images), "measure": measure, "value": value}


@dataclass(frozen=True)
class SplitChoice:
    """What the best of several layers is worth when it is chosen on one half of the images and read on the other.

    `read`, `chosen`: mean over splits and directions of its value on the half that it is read on, and of that on which
    it is chosen; the difference, `optimism`, is what choosing adds. `shares`: how often each layer is chosen.
    """

    read: float
    chosen: float
    shares: np.ndarray

    @property
    def optimism(self) -> float:
        return self.chosen - self.read


def choose_across_halves(values: np.ndarray, higher_is_better: bool = True) -> SplitChoice:
    """Choose the best layer on each half and read it on the other; `values`: (n_layers, n_splits, 2).

    Of equally good layers the first is taken, as by `layers.best_layers`. Raises TexalignError when `values` has
    another shape, or one is not finite.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 3 or values.shape[2] != 2 or not values.size:
        raise TexalignError(f"values of shape {values.shape}; expected layers, splits and both halves")
    if not np.isfinite(values).all():
        raise TexalignError("a value to choose layers by is not finite")
    best = (values if higher_is_better else -values).argmax(axis=0)
    chosen = np.take_along_axis(values, best[None], axis=0)[0]
    read = np.take_along_axis(values[:, :, ::-1], best[None], axis=0)[0]
    shares = np.bincount(best.ravel(), minlength=len(values)) / best.size
    return SplitChoice(float(read.mean()), float(chosen.mean()), shares)
