"""RDMs of a network's layers side by side, as Figure 1 of the paper shows them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from texalign.errors import TexalignError
from texalign.figures.kit import (
    DISSIMILARITY_LABELS,
    GREY,
    LABEL_PITCH,
    MARGIN,
    PAGE_WIDTH,
    TITLE_POINTS,
    TYPE_POINTS,
    class_spans,
    figure_style,
    legible,
    line_height,
    omission,
    shortened,
    text_width,
    wrapped,
)
from texalign.figures.rdm_heatmap import MAX_PIXELS, PERCENTILES, block_means

# Layers in a row, and distances in inches: between them, of the title, above each, and of the colour bar.
MOST_IN_A_ROW = 5
GAP, TITLE, ABOVE, BAR = 0.08, 0.3, 0.22, 0.82


@dataclass(frozen=True)
class LayerRdm:
    """A layer's dissimilarities of n images, in scipy's order, (n(n-1)/2,)."""

    layer: str
    condensed: np.ndarray


@figure_style()
def rdm_layers(rdms: Sequence[LayerRdm], classes: Sequence[str], *, model: str, dissimilarity: str) -> Figure:
    """RDMs of a network's layers on one colour scale, images in the order of the index, grouped by class.

    `classes`: class name of every image, (n,). The scale spans the 1st to 99th percentile of the pixels of all layers
    off the diagonal. Euclidean distances of different layers have no common unit: each layer is divided by its mean.

    Raises TexalignError without layers, when the lengths do not fit, or the images are not ordered by class.
    """
    if not rdms:
        raise TexalignError(f"{model}: no layers to plot")
    n = len(classes)
    spans = class_spans(classes)
    size = math.ceil(n / MAX_PIXELS)
    means, scale = _on_one_scale([block_means(rdm.condensed, n, size) for rdm in rdms], dissimilarity)
    columns = min(MOST_IN_A_ROW, len(rdms))
    labels = [shortened(span.name) for span in spans]
    left = 0.15 + max(text_width(label, TYPE_POINTS) for label in labels)
    side = (PAGE_WIDTH - left - 0.1 - GAP * (columns - 1)) / columns
    # Names of classes stand beside the first layer of a row, as far as its side has room for them.
    shown = legible([span.centre for span in spans], n * LABEL_PITCH / side)
    divided = "" if dissimilarity == "cosine" else " Each layer is divided by its mean."
    note = wrapped(
        f"n = {n:,} images of {len(spans)} classes, in the same order along both sides. One colour scale for all "
        f"layers, from the 1st to the 99th percentile off the diagonal.{divided}{omission(len(shown), len(spans))}",
        PAGE_WIDTH - 2 * MARGIN,
        TYPE_POINTS,
    )
    under = BAR + line_height(TYPE_POINTS) * len(note.splitlines())
    height = TITLE + math.ceil(len(rdms) / columns) * (side + ABOVE) + under
    figure = Figure(figsize=(PAGE_WIDTH, height))
    x, y = MARGIN / PAGE_WIDTH, MARGIN / height
    figure.text(x, 1 - y, f"{model}: representational dissimilarity by layer", va="top", fontsize=TITLE_POINTS)
    figure.text(x, y, note, va="bottom", color=GREY)
    for place, (rdm, pixels) in enumerate(zip(rdms, means, strict=True)):
        row, column = divmod(place, columns)
        lower = height - TITLE - (row + 1) * (side + ABOVE)
        x = left + column * (side + GAP)
        axes = figure.add_axes((x / PAGE_WIDTH, lower / height, side / PAGE_WIDTH, side / height))
        reach = len(pixels) * size
        image = axes.imshow(pixels, extent=(0, reach, reach, 0), **scale, interpolation="nearest")
        axes.set(xlim=(0, n), ylim=(n, 0), xticks=[], yticks=[])
        axes.set_title(rdm.layer, fontsize=TYPE_POINTS, pad=3)
        axes.spines[:].set_visible(False)
        if column == 0:
            axes.set_yticks([spans[i].centre for i in shown], [labels[i] for i in shown])
            axes.tick_params(length=0, pad=2)
    place = (left / PAGE_WIDTH, (under - 0.3) / height, 0.4, 0.1 / height)
    bar = figure.colorbar(image, cax=figure.add_axes(place), orientation="horizontal", extend="both")
    bar.outline.set_linewidth(0.4)
    name, unit = DISSIMILARITY_LABELS.get(dissimilarity, (dissimilarity, ""))
    bar.set_label(f"{name} ({'of the mean of the layer' if divided else unit})")
    return figure


def _on_one_scale(means: list[np.ndarray], dissimilarity: str) -> tuple[list[np.ndarray], dict[str, float]]:
    off = ~np.eye(len(means[0]), dtype=bool)
    if dissimilarity != "cosine":
        means = [each / np.nanmean(each[off]) for each in means]
    low, high = np.nanpercentile(np.concatenate([each[off] for each in means]), PERCENTILES)
    return means, {"vmin": float(low), "vmax": float(high)}
