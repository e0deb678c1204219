"""Clusters against classes of a network's best layer."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from texalign.errors import TexalignError
from texalign.figures.kit import (
    GREY,
    LABEL_PITCH,
    TYPE_POINTS,
    MatrixSheet,
    figure_style,
    legible,
    matrix_side,
    omission,
    shortened,
    text_width,
)


def match_clusters(table: np.ndarray) -> np.ndarray:
    """Order of clusters, (n_clusters,), that puts the most images of a table (n_classes, n_clusters) on its diagonal.

    Each class gets one cluster of its own, those of earlier classes first. Clusters without a class come last, sorted
    by the class that most of their images have.
    """
    # Imported here because it takes as long as the rest of this module, which most figures would wait for in vain.
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(table, maximize=True)
    matched = columns[np.argsort(rows)]
    leftover = np.setdiff1d(np.arange(table.shape[1]), matched)
    return np.concatenate([matched, leftover[np.argsort(table[:, leftover].argmax(axis=0), kind="stable")]])


@figure_style()
def cluster_class_matrix(
    table: np.ndarray, class_names: Sequence[str], *, model: str, layer: str, protocol: str, mi_nsb_bits: float
) -> Figure:
    """Share of each class's images in each cluster, with the clusters' sizes above.

    `table`: number of images, (n_classes, n_clusters); clusters are shown in the order of `match_clusters` and labelled
    by their column in `table`, counted from 0. `mi_nsb_bits`: their mutual information with the classes, in bits.

    Raises TexalignError when there is not one name a class, or a class has no images.
    """
    table = np.asarray(table)
    n_classes, n_clusters = table.shape
    sizes = table.sum(axis=1)
    if len(class_names) != n_classes or not sizes.all():
        raise TexalignError(
            f"{len(class_names)} names for {n_classes} classes, of which {np.sum(sizes == 0)} are empty"
        )
    order = match_clusters(table)
    percent = 100 * table[:, order] / sizes[:, None]

    width, height = matrix_side(n_clusters), matrix_side(n_classes)
    # Numbers stand upright, as many as have room beside each other.
    pitch = text_width(str(n_clusters), TYPE_POINTS) + 0.04
    shown_columns = legible(range(n_clusters), n_clusters * pitch / width)
    shown_rows = legible(range(n_classes), n_classes * LABEL_PITCH / height)
    labels = [shortened(name) for name in class_names]
    sheet = MatrixSheet(
        width,
        height,
        labels,
        [str(n_clusters - 1)],
        title=f"{model}, layer {layer}, protocol {protocol}\n{n_clusters} clusters against {n_classes} classes, "
        f"MI = {mi_nsb_bits:.2f} of {math.log2(n_classes):.2f} bits",
        note=f"n = {table.sum():,} images. Clusters are ordered so that the diagonal holds the most images."
        f"{omission(len(shown_rows), n_classes)}",
        strip=0.6,
    )
    image = sheet.axes.imshow(percent, aspect="auto", vmin=0, vmax=percent.max(), interpolation="nearest")
    sheet.axes.set_xticks(shown_columns, [str(order[i]) for i in shown_columns])
    sheet.axes.set_yticks(shown_rows, [labels[i] for i in shown_rows])
    sheet.axes.set(xlabel="Cluster (number in the cut of the tree)", ylabel="Class")
    sheet.strip.bar(range(n_clusters), table.sum(axis=0)[order], width=0.8, color=GREY)
    sheet.strip.set(xlim=sheet.axes.get_xlim(), ylabel="Images", xticks=[])
    sheet.strip.yaxis.set_major_locator(MaxNLocator(2, integer=True))
    sheet.colour_bar(image, "Images of the class that are in the cluster (%)")
    return sheet.figure
