"""Measures of agreement by name."""

import numpy as np

from texalign.information.contingency import LabelledClusters
from texalign.information.measures.base import Measure
from texalign.information.measures.scikit_learns import AMI, ARI, NMI
from texalign.information.measures.shared_information import (
    MI_MILLER_MADOW_BITS,
    MI_NSB_BITS,
    MI_OF_CEILING,
    MI_PLUGIN_BITS,
)
from texalign.information.measures.variation import VI_NSB_BITS
from texalign.information.mutual_information import mutual_information_nsb

ENTRIES: dict[str, Measure] = {
    "mi_nsb_bits": MI_NSB_BITS,
    "mi_plugin_bits": MI_PLUGIN_BITS,
    "mi_miller_madow_bits": MI_MILLER_MADOW_BITS,
    "mi_of_ceiling": MI_OF_CEILING,
    "ami": AMI,
    "nmi": NMI,
    "ari": ARI,
    "vi_nsb_bits": VI_NSB_BITS,
}


def agreement(classes: np.ndarray, clusters: np.ndarray) -> dict[str, float]:
    """Columns of the table of agreement that depend on the labels alone; `classes`, `clusters`: labels, (n,) each.

    The number of clusters, the NSB entropies of class and cluster and the smaller of them, which bounds the mutual
    information, all in bits; then every measure by its name. Raises TexalignError as `LabelledClusters.of`.
    """
    labels = LabelledClusters.of(classes, clusters)
    found = mutual_information_nsb(labels.table())
    return {
        "n_clusters": labels.n_clusters,
        "class_entropy_bits": found.classes.bits,
        "cluster_entropy_bits": found.clusters.bits,
        "mi_ceiling_bits": found.ceiling_bits,
        **{name: measure.value(labels) for name, measure in ENTRIES.items()},
    }
