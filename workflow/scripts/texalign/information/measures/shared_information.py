"""Mutual information of class and cluster by three estimators, and the share of what these clusters could tell."""

from texalign.information.contingency import LabelledClusters
from texalign.information.measures.base import Measure
from texalign.information.mutual_information import (
    mutual_information_miller_madow,
    mutual_information_nsb,
    mutual_information_plugin,
)


def _of_ceiling(labels: LabelledClusters) -> float:
    """Information over the smaller of H(class) and H(cluster), neither of which it can exceed.

    All three by NSB, so that it comes out a little above 1 for clusters that are nearly the classes (1.01 for 10
    classes of 40 images). 0 for a single cluster, which can tell nothing.
    """
    found = mutual_information_nsb(labels.table())
    return found.bits / found.ceiling_bits if found.ceiling_bits else 0.0


MI_NSB_BITS = Measure(lambda labels: mutual_information_nsb(labels.table()).bits)
MI_PLUGIN_BITS = Measure(lambda labels: mutual_information_plugin(labels.table()))
MI_MILLER_MADOW_BITS = Measure(lambda labels: mutual_information_miller_madow(labels.table()))
MI_OF_CEILING = Measure(_of_ceiling)
