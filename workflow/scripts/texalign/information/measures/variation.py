"""Variation of information: what class and cluster each tell that the other does not (Meila 2007)."""

from texalign.information.contingency import LabelledClusters
from texalign.information.measures.base import Measure
from texalign.information.mutual_information import mutual_information_nsb


def _variation_bits(labels: LabelledClusters) -> float:
    """H(class) + H(cluster) - 2 I = 2 H(class, cluster) - H(class) - H(cluster), of NSB entropies, in bits.

    A distance between partitions: 0 where they are the same, so that less is better.
    """
    found = mutual_information_nsb(labels.table())
    return 2 * found.joint.bits - found.classes.bits - found.clusters.bits


VI_NSB_BITS = Measure(_variation_bits, higher_is_better=False)
