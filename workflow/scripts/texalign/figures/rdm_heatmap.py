"""A layer's RDM as a heat map, images by class."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from texalign.errors import TexalignError
from texalign.figures.kit import (
    DISSIMILARITY_LABELS,
    LABEL_PITCH,
    SUPERSCRIPTS,
    MatrixSheet,
    class_spans,
    figure_style,
    legible,
    matrix_side,
    omission,
    shortened,
)

# Of an RDM's edge; more would make the report of a study of 60 RDMs larger than is comfortable.
MAX_PIXELS = 320
PERCENTILES = (1.0, 99.0)


def block_means(condensed: np.ndarray, n: int, size: int) -> np.ndarray:
    """Means of an RDM over blocks of `size` x `size` images, (m, m) float64, m = ceil(n / size).

    `condensed`: dissimilarities of n images in scipy's order, (n(n-1)/2,). The diagonal's zeros count as values of the
    blocks they lie in, and the last blocks may be smaller. Memory: the result and one row, never an n x n matrix.

    Raises TexalignError when the length of `condensed` is not n(n-1)/2.
    """
    if condensed.shape != (n * (n - 1) // 2,):
        raise TexalignError(
            f"dissimilarities of shape {condensed.shape} for {n} images, expected ({n * (n - 1) // 2},)"
        )
    starts = np.arange(0, n, size)
    sums = np.zeros((len(starts), len(starts)))
    row = np.zeros(n)
    first = 0
    for i in range(n - 1):
        row[i] = 0
        row[i + 1 :] = condensed[first : first + n - 1 - i]
        first += n - 1 - i
        sums[i // size] += np.add.reduceat(row, starts)
    # A block off the diagonal was summed on one side of it only, a block on the diagonal with half of its pairs.
    sums += sums.T.copy()
    widths = np.diff(np.append(starts, n))
    return sums / np.outer(widths, widths)


@figure_style()
def rdm_heatmap(condensed: np.ndarray, classes: Sequence[str], *, model: str, layer: str, dissimilarity: str) -> Figure:
    """Dissimilarity of all pairs of images at one layer, images in the order of the index, grouped by class.

    `condensed`: dissimilarities of n images in scipy's order, (n(n-1)/2,). `classes`: class name of every image, (n,).
    `dissimilarity`: what was measured; `DISSIMILARITY_LABELS` gives the name and unit shown. Beyond `MAX_PIXELS` images
    neighbours are averaged. Colours span the 1st to 99th percentile of the pixels off the diagonal. White where a
    dissimilarity is not defined, as cosine distances from a vector of zeros.

    Raises TexalignError when the lengths do not fit or the images are not ordered by class.
    """
    n = len(classes)
    spans = class_spans(classes)
    size = math.ceil(n / MAX_PIXELS)
    means = block_means(condensed, n, size)
    low, high = np.nanpercentile(means[~np.eye(len(means), dtype=bool)], PERCENTILES)
    scale, name_and_unit = _dissimilarity_scale(dissimilarity, high)

    side = matrix_side(len(spans))
    labels = [shortened(span.name) for span in spans]
    shown = legible([span.centre for span in spans], n * LABEL_PITCH / side)
    undefined = " White: not defined, since a vector is zero." if np.isnan(means).any() else ""
    pixel = f" Each pixel is the mean over {size * size} pairs of images." if size > 1 else ""
    sheet = MatrixSheet(
        side,
        side,
        labels,
        [],
        title=f"{model}, layer {layer}: representational dissimilarity",
        note=f"n = {n:,} images of {len(spans)} classes.{pixel} Colours span the 1st to 99th percentile of the pixels "
        f"off the diagonal.{undefined}{omission(len(shown), len(spans))}",
    )
    axes = sheet.axes
    # The last block may reach beyond the last image: extent is in images, and the limits cut it.
    reach = len(means) * size
    # Interpolation would show values that were not measured, and make files up to three times as large.
    image = axes.imshow(
        means / scale, extent=(0, reach, reach, 0), vmin=low / scale, vmax=high / scale, interpolation="nearest"
    )
    # An RDM's columns are its rows: they need no names of their own, which would have to be turned.
    axes.set(xlim=(0, n), ylim=(n, 0), xlabel="The same images, in the same order", ylabel="Images, grouped by class")
    boundaries = [span.start for span in spans[1:]]
    axes.hlines(boundaries, 0, n, colors="white", linewidths=0.25, alpha=0.7)
    axes.vlines(boundaries, 0, n, colors="white", linewidths=0.25, alpha=0.7)
    ticks = [spans[i].centre for i in shown]
    axes.set_xticks(ticks, [""] * len(ticks))
    axes.set_yticks(ticks, [labels[i] for i in shown])
    sheet.colour_bar(image, name_and_unit, extend="both")
    return sheet.figure


def _dissimilarity_scale(dissimilarity: str, largest: float) -> tuple[float, str]:
    """Power of ten to divide values by, 1 unless they are very large or small, and a label that names it."""
    name, unit = DISSIMILARITY_LABELS.get(dissimilarity, (dissimilarity, ""))
    exponent = 0 if 0.01 <= largest < 10_000 or largest <= 0 else math.floor(math.log10(largest))
    power = f"10{str(exponent).translate(SUPERSCRIPTS)}" if exponent else ""
    described = " ".join(filter(None, (power, unit)))
    return 10.0**exponent, f"{name} ({described})" if described else name
