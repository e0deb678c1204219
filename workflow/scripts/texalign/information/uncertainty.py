"""How certain the mutual information of clusters and classes is, with the clusters as they are.

No tree is built again here (see `texalign.information.halves` for that): permutations and draws count labels anew. All
sampling is by image and from a seed alone, so that it is the same for every layer and network of a study.
"""

from dataclasses import dataclass

import numpy as np

from texalign.errors import TexalignError
from texalign.information.contingency import LabelledClusters
from texalign.information.intervals import InformationInterval, clusters_interval
from texalign.information.mutual_information import (
    MutualInformation,
    mutual_information_bits,
    mutual_information_nsb,
)
from texalign.information.nsb import EntropyEstimate
from texalign.information.rows import Inference

# Null values this close to the observed one are equal to it but for rounding, and count as reached, in bits.
_ROUNDING = 1e-9


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
class ImageDraws:
    """Mutual information of images drawn anew, with replacement within each class, in the clusters as they are.

    `deviations_bits`: that of each draw less the mean of all, (n_bootstraps,). `sd_bits`: their standard deviation.
    `inflation_bits`: the mean less the estimate, which is what images drawn more than once pretend to know.
    """

    deviations_bits: np.ndarray
    sd_bits: float
    inflation_bits: float


@dataclass(frozen=True)
class InformationInference:
    """NSB mutual information of classes and clusters with its entropies, its null, its interval, and draws of images.

    `interval`: of the true information of these clusters; see `intervals.clusters_interval`.
    """

    estimate: MutualInformation
    null: PermutationNull
    interval: InformationInterval
    draws: ImageDraws


def permutation_null(labels: LabelledClusters, permuted: np.ndarray) -> PermutationNull:
    """Mutual information that clusters of these sizes have with labels that mean nothing to them.

    `permuted`: tables (n_permutations, n_classes, n_clusters) from `permuted_tables`. The observed table is estimated
    along with them, so that like is compared with like to the last digit.
    """
    bits = mutual_information_bits(np.concatenate([labels.table()[None], permuted]))
    observed, null = bits[0], bits[1:]
    reached = int(np.count_nonzero(null >= observed - _ROUNDING))
    return PermutationNull(float(null.mean()), float(null.std()), (1 + reached) / (1 + len(null)))


def image_draws(labels: LabelledClusters, estimate_bits: float, resampling: Resampling) -> ImageDraws:
    """What drawing the images anew within each class does to mutual information, so that layers can be compared.

    The same images are drawn for every layer, network and protocol: differences between layers can be formed draw by
    draw. An image brings along the cluster that it has in the one tree. No tree is built on the drawn images because
    copies of an image lie at distance 0: they share a cluster and a class, which would be agreement from nothing.

    Even so, copies inflate mutual information: a draw is a sample from the observed frequencies, whose mutual
    information is the plug-in one, biased upwards (by .14 bits for 400 images in 10 x 10, .25 bits for 5,640 in
    47 x 47). So only deviations of the draws from their own mean are kept. No interval is made from them: they do not
    know the estimator's bias, and at 47 x 120 images would cover the truth in as little as 6% of studies.
    """
    bits = mutual_information_bits(labels.bootstrap_tables(resampling.n_bootstraps, resampling.seed))
    deviations = bits - bits.mean()
    return ImageDraws(deviations, float(deviations.std(ddof=1)), float(bits.mean() - estimate_bits))


def infer_information(labels: LabelledClusters, permuted: np.ndarray, resampling: Resampling) -> InformationInference:
    """Mutual information of classes and clusters with null, interval and draws.

    `permuted`: tables from `permuted_tables`, given so that they can serve `recovery.class_recovery` too.
    """
    table = labels.table()
    estimate = mutual_information_nsb(table)
    return InformationInference(
        estimate=estimate,
        null=permutation_null(labels, permuted),
        interval=clusters_interval(table, estimate.bits, resampling.confidence, resampling.seed),
        draws=image_draws(labels, estimate.bits, resampling),
    )


def inference_columns(labels: LabelledClusters, found: InformationInference, resampling: Resampling) -> Inference:
    """Columns of the table of mutual information with its uncertainty that depend on the labels alone."""
    estimate = found.estimate
    class_bits, class_sd = _bits(estimate.classes)
    cluster_bits, cluster_sd = _bits(estimate.clusters)
    joint_bits, joint_sd = _bits(estimate.joint)
    return Inference(
        n_images=len(labels.classes),
        n_classes=labels.n_classes,
        n_clusters=labels.n_clusters,
        mi_nsb_bits=estimate.bits,
        ci_low_bits=found.interval.low_bits,
        ci_high_bits=found.interval.high_bits,
        confidence=resampling.confidence,
        bootstrap_sd_bits=found.draws.sd_bits,
        bootstrap_inflation_bits=found.draws.inflation_bits,
        n_bootstraps=resampling.n_bootstraps,
        null_mean_bits=found.null.mean_bits,
        null_sd_bits=found.null.sd_bits,
        null_p=found.null.p,
        null_q=None,
        n_permutations=resampling.n_permutations,
        seed=resampling.seed,
        class_entropy_bits=class_bits,
        class_entropy_sd_bits=class_sd,
        cluster_entropy_bits=cluster_bits,
        cluster_entropy_sd_bits=cluster_sd,
        joint_entropy_bits=joint_bits,
        joint_entropy_sd_bits=joint_sd,
    )


def _bits(estimate: EntropyEstimate) -> tuple[float, float]:
    """Entropy and its posterior standard deviation, in bits."""
    return estimate.bits, float(estimate.std_nats / np.log(2))
