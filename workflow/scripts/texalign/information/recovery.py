"""Which classes the clusters find: of each class the cluster that fits it best."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from texalign.information.contingency import LabelledClusters
from texalign.information.rows import OfLayer, RecoveryRow, joined


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


def recovery_row(of_layer: OfLayer, recovered: ClassRecovery, class_names: Sequence[str]) -> RecoveryRow:
    """A row of the table of recovered classes; `class_names`: name of each class code."""
    columns = asdict(recovered)
    code = columns.pop("class_code")
    return joined(RecoveryRow, of_layer, class_name=class_names[code], cluster=columns.pop("cluster_code"), **columns)
