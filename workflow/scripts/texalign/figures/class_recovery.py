"""How well clusters recover each class."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from texalign.errors import TexalignError
from texalign.figures.kit import TYPE_POINTS, MatrixSheet, broken, figure_style, line_height, matrix_side, shortened

# Widths in inches: of a column that holds a name in lines of 11 characters, and of the widest matrix of such columns.
COLUMN, WIDEST = 0.78, 10.0


@figure_style()
def class_recovery(
    f1: np.ndarray,
    p: np.ndarray,
    class_names: Sequence[str],
    models: Sequence[str],
    *,
    protocol: str,
    n_images: int,
    alpha: float,
) -> Figure:
    """F1 of each class's best cluster at each network's best layer, classes in order of their mean.

    `f1`, `p`: (n_classes, n_models); cells with p of `alpha` or more, no better than permuted labels, are marked by a
    dot.
    Raises TexalignError when the shapes do not fit.
    """
    if not f1.shape == p.shape == (len(class_names), len(models)):
        raise TexalignError(f"values of shapes {f1.shape} and {p.shape} for {len(class_names)} classes x {len(models)}")
    order = np.argsort(-f1.mean(axis=1), kind="stable")
    labels = [shortened(class_names[i]) for i in order]
    height = matrix_side(len(labels))
    # Columns as wide as names broken into lines, up to the width of a page.
    turned = len(models) * COLUMN > WIDEST
    columns = [shortened(model, 36) if turned else broken(model, 11) for model in models]
    sheet = MatrixSheet(
        4.0 if turned else max(3.0, len(models) * COLUMN),
        height,
        labels,
        columns,
        title=f"Classes that clusters find, at each network's best layer, protocol {protocol}",
        note=f"n = {n_images:,} images of {len(labels)} classes, ordered by their mean. Dots: no better than with "
        f"permuted labels (p of {alpha:g} or more, not corrected for the number of cells).",
        turned=turned,
    )
    image = sheet.axes.imshow(f1[order], aspect="auto", vmin=0, vmax=1, interpolation="nearest")
    rows, chance = np.nonzero(p[order] >= alpha)
    sheet.axes.plot(chance, rows, linestyle="none", marker="o", markersize=2.2, color="white")
    sheet.axes.set_xticks(range(len(columns)), columns, rotation=90 if turned else 0)
    # Classes beyond what a page has room for keep their rows and lose their names.
    step = max(1, math.ceil(len(labels) * line_height(TYPE_POINTS) / height - 1e-9))
    sheet.axes.set_yticks(range(0, len(labels), step), labels[::step])
    sheet.axes.set(ylabel="Class")
    sheet.colour_bar(image, "F1 of the cluster that fits the class best (no unit)")
    return sheet.figure
