"""How certain the mutual information of clusters and classes is, and which classes the clusters find.

Clusters stay as they are: permutations and bootstraps count labels anew, no tree is built again. All sampling is by
image and from a seed alone, so that it is the same for every layer and network of a study.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from texalign.errors import TexalignError
from texalign.information import measures, nsb
from texalign.information.nsb import EntropyEstimate

# Null values this close to the observed one are equal to it but for rounding, and count as reached, in bits.
_ROUNDING = 1e-9
# Tables are counted so many images at a time, which bounds the memory that their labels take.
_IMAGES_AT_A_TIME = 2_000_000


@dataclass(frozen=True)
class Resampling:
    """How often labels are permuted and images drawn, from which `seed`, and the `confidence` of intervals.

    Raises TexalignError unless there are at least 1 permutation and 2 bootstraps, and 0 < confidence < 1.
    """

    seed: int
    n_permutations: int
    n_bootstraps: int
    confidence: float

    def __post_init__(self) -> None:
        if self.n_permutations < 1 or self.n_bootstraps < 2:
            raise TexalignError(
                f"{self.n_permutations} permutations and {self.n_bootstraps} bootstraps; at least 1 and 2 are needed"
            )
        if not 0 < self.confidence < 1:
            raise TexalignError(f"confidence is {self.confidence}; it must be between 0 and 1")


@dataclass(frozen=True)
class PermutationNull:
    """Mutual information of the clusters with permuted labels: mean and standard deviation, in bits, and `p`.

    `p` is (1 + permutations with at least the observed mutual information) / (1 + permutations).
    """

    mean_bits: float
    sd_bits: float
    p: float


@dataclass(frozen=True)
class BootstrapInterval:
    """Confidence interval of mutual information, in bits, and what it is made from.

    `deviations_bits`: mutual information of each resample less their mean, (n_bootstraps,). `inflation_bits`: that mean
    less the estimate, which is what images drawn more than once pretend to know.
    """

    low_bits: float
    high_bits: float
    sd_bits: float
    inflation_bits: float
    deviations_bits: np.ndarray


@dataclass(frozen=True)
class InformationInference:
    """NSB mutual information of classes and clusters with its uncertainty, and the entropies it is made of."""

    mi_nsb_bits: float
    null: PermutationNull
    interval: BootstrapInterval
    classes: EntropyEstimate
    clusters: EntropyEstimate
    joint: EntropyEstimate


@dataclass(frozen=True)
class ClassRecovery:
    """The cluster that fits a class best, that of the highest F1, and how well it does.

    `class_code`, `cluster_code`: ranks of their labels. `n_images`, `cluster_size`, `n_shared`: images of the class, of
    the cluster, and of both. `precision`: share of the cluster that is of the class; `recall`: share of the class that
    is in the cluster; `f1`: their harmonic mean. `f1_null_mean` and `f1_p`: mean of the highest F1 with permuted
    labels, and (1 + permutations that reach `f1`) / (1 + permutations).
    """

    class_code: int
    cluster_code: int
    n_images: int
    cluster_size: int
    n_shared: int
    precision: float
    recall: float
    f1: float
    f1_null_mean: float
    f1_p: float


# ------------------------------------------------------------------------------------------------------------ tables


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
        rng = np.random.default_rng([seed, 1])
        order = np.argsort(self.classes, kind="stable")
        sizes = np.bincount(self.classes)
        size = np.repeat(sizes, sizes)
        first = np.repeat(np.cumsum(sizes) - sizes, sizes)
        tables = []
        for count in self._batches(n_tables):
            drawn = order[first + rng.integers(size, size=(count, len(size)))]
            tables.append(self._count(self.classes[drawn], self.clusters[drawn]))
        return np.concatenate(tables)

    def _batches(self, n_tables: int) -> list[int]:
        step = max(1, _IMAGES_AT_A_TIME // len(self.classes))
        return [min(step, n_tables - start) for start in range(0, n_tables, step)]

    def _count(self, classes: np.ndarray, clusters: np.ndarray) -> np.ndarray:
        """Tables of the rows of `classes` and `clusters`, (n_tables, n), either of which may be a single row."""
        cells = self.n_classes * self.n_clusters
        codes = classes * self.n_clusters + clusters
        codes += np.arange(len(codes))[:, None] * cells
        counts = np.bincount(codes.ravel(), minlength=len(codes) * cells)
        return counts.reshape(len(codes), self.n_classes, self.n_clusters)


def _mutual_information_bits(tables: np.ndarray) -> np.ndarray:
    """NSB mutual information of tables (n_tables, n_classes, n_clusters) of one class margin, (n_tables,).

    The alphabets are the tables' own shape, also where a resample leaves a cluster empty: the cut has it.
    """
    n_tables, n_classes, n_clusters = tables.shape
    classes = nsb.nsb_entropy(tables[0].sum(axis=1), n_classes).nats
    clusters = nsb.nsb_entropies(tables.sum(axis=1), n_clusters)
    joint = nsb.nsb_entropies(tables.reshape(n_tables, -1), n_classes * n_clusters)
    return (classes + clusters - joint) / np.log(2)


# --------------------------------------------------------------------------------------------------------- inference


def permutation_null(labels: LabelledClusters, permuted: np.ndarray) -> PermutationNull:
    """Mutual information that clusters of these sizes have with labels that mean nothing to them.

    `permuted`: tables (n_permutations, n_classes, n_clusters) from `permuted_tables`. The observed table is estimated
    along with them, so that like is compared with like to the last digit.
    """
    bits = _mutual_information_bits(np.concatenate([labels.table()[None], permuted]))
    observed, null = bits[0], bits[1:]
    reached = int(np.count_nonzero(null >= observed - _ROUNDING))
    return PermutationNull(float(null.mean()), float(null.std()), (1 + reached) / (1 + len(null)))


def bootstrap_interval(labels: LabelledClusters, estimate_bits: float, resampling: Resampling) -> BootstrapInterval:
    """Confidence interval of the mutual information of classes with the clusters as they are, by drawing images.

    What is resampled: images, with replacement, within each class, since a study fixes the number of images of each;
    an image brings the cluster along that it has in the one tree. Clusters are thus a fixed partition of the space of
    images, and the interval tells how another sample of images of these classes would fall into it; how the tree itself
    depends on the images is not in it. Trees are not rebuilt on resamples because an image drawn twice lies at distance
    0 from itself: its copies always share a cluster and a class, which would be agreement from nothing.

    Even so, copies inflate mutual information: a resample is a sample from the observed frequencies, whose mutual
    information is the plug-in one, biased upwards (by .14 bits for 400 images in 10 x 10, .25 bits for 5,640 in
    47 x 47). So only deviations of the resamples from their own mean are used, and reflected, as the error of the
    estimate is its deviation from the truth (the basic interval, Davison and Hinkley 1997, section 5.2.1, about the
    mean). Simulated at 95%, this covers 91-98% for 10 x 10 to 47 x 47 cells, where percentile intervals cover 0-37%.
    NSB's own bias is not in the interval: with few, sharply separated cells at 47 x 47 it was .03 bits, more than the
    standard deviation, and coverage 74%. Ends are not clipped to the possible range.
    """
    bits = _mutual_information_bits(labels.bootstrap_tables(resampling.n_bootstraps, resampling.seed))
    deviations = bits - bits.mean()
    tail = (1 - resampling.confidence) / 2
    lowest, highest = np.quantile(deviations, [tail, 1 - tail])
    return BootstrapInterval(
        low_bits=float(estimate_bits - highest),
        high_bits=float(estimate_bits - lowest),
        sd_bits=float(deviations.std(ddof=1)),
        inflation_bits=float(bits.mean() - estimate_bits),
        deviations_bits=deviations,
    )


def infer_information(labels: LabelledClusters, permuted: np.ndarray, resampling: Resampling) -> InformationInference:
    """Mutual information of classes and clusters with null, interval and entropies.

    `permuted`: tables from `permuted_tables`, given so that they can serve `class_recovery` too.
    """
    estimate = measures.mutual_information_nsb(labels.table())
    return InformationInference(
        mi_nsb_bits=estimate.bits,
        null=permutation_null(labels, permuted),
        interval=bootstrap_interval(labels, estimate.bits, resampling),
        classes=estimate.classes,
        clusters=estimate.clusters,
        joint=estimate.joint,
    )


def class_recovery(labels: LabelledClusters, permuted: np.ndarray) -> list[ClassRecovery]:
    """Of each class, in order of its label, the cluster that fits it best.

    `permuted`: tables (n_permutations, n_classes, n_clusters) from `permuted_tables`; the highest of many F1 is above
    zero by chance alone. Several classes may have the same best cluster. Of clusters that fit equally well the one with
    the lowest label is taken.
    """
    table = labels.table()
    class_sizes, cluster_sizes = table.sum(axis=1), table.sum(axis=0)
    # Permutations change neither the sizes of classes nor those of clusters.
    scale = 2 / (class_sizes[:, None] + cluster_sizes)
    f1 = scale * table
    best = f1.argmax(axis=1)
    highest = f1.max(axis=1)
    null = (scale * permuted).max(axis=2)
    p = (1 + np.count_nonzero(null >= highest, axis=0)) / (1 + len(permuted))
    shared = table[np.arange(len(table)), best]
    return [
        ClassRecovery(
            class_code=code,
            cluster_code=int(best[code]),
            n_images=int(class_sizes[code]),
            cluster_size=int(cluster_sizes[best[code]]),
            n_shared=int(shared[code]),
            precision=float(shared[code] / cluster_sizes[best[code]]),
            recall=float(shared[code] / class_sizes[code]),
            f1=float(highest[code]),
            f1_null_mean=float(null[:, code].mean()),
            f1_p=float(p[code]),
        )
        for code in range(len(table))
    ]


# -------------------------------------------------------------------------------------------------------------- rows


def information_row(labels: LabelledClusters, found: InformationInference, resampling: Resampling) -> dict[str, object]:
    """Columns of the table of mutual information with its uncertainty that depend on the labels alone."""
    return {
        "n_images": len(labels.classes),
        "n_classes": labels.n_classes,
        "n_clusters": labels.n_clusters,
        "mi_nsb_bits": found.mi_nsb_bits,
        "ci_low_bits": found.interval.low_bits,
        "ci_high_bits": found.interval.high_bits,
        "confidence": resampling.confidence,
        "bootstrap_sd_bits": found.interval.sd_bits,
        "bootstrap_inflation_bits": found.interval.inflation_bits,
        "n_bootstraps": resampling.n_bootstraps,
        "null_mean_bits": found.null.mean_bits,
        "null_sd_bits": found.null.sd_bits,
        "null_p": found.null.p,
        "n_permutations": resampling.n_permutations,
        "seed": resampling.seed,
        **_entropy_columns("class", found.classes),
        **_entropy_columns("cluster", found.clusters),
        **_entropy_columns("joint", found.joint),
    }


def _entropy_columns(name: str, estimate: EntropyEstimate) -> dict[str, float]:
    bit = float(np.log(2))
    return {f"{name}_entropy_bits": estimate.nats / bit, f"{name}_entropy_sd_bits": estimate.std_nats / bit}


def recovery_row(recovered: ClassRecovery, class_names: Sequence[str]) -> dict[str, object]:
    """Columns of the table of recovered classes; `class_names`: name of each class code."""
    columns = asdict(recovered)
    code = columns.pop("class_code")
    return {"class": class_names[code], "cluster": columns.pop("cluster_code"), **columns}
