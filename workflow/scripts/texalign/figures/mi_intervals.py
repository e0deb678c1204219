"""Figures of uncertainty, recovered classes and probes, under the conventions of `texalign.figures`."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from texalign.errors import TexalignError
from texalign.figures.kit import PAGE_WIDTH, TYPE_POINTS, broken, figure_style, write_around
from texalign.figures.looks import known_styles

NULL_COLOUR = "#BBBBBB"


@dataclass(frozen=True)
class LayerInterval:
    """Mutual information at one layer of one network with interval and permutation null, in bits; `position` from 1."""

    model: str
    layer: str
    position: int
    mi_nsb_bits: float
    low_bits: float
    high_bits: float
    null_mean_bits: float
    null_sd_bits: float


@figure_style()
def mi_intervals(
    layers: Sequence[LayerInterval],
    families: Mapping[str, str],
    *,
    protocol: str,
    n_images: int,
    n_classes: int,
    confidence: float,
) -> Figure:
    """Mutual information over layers with intervals above the permutation null, one panel a network.

    Networks come in the order in which they appear in `layers`. `families`: network to family of all networks of the
    study. Raises TexalignError when there are no layers, or a network has no family.
    """
    if not layers:
        raise TexalignError("no layers to plot")
    styles = known_styles(families, {row.model for row in layers})
    models = list(dict.fromkeys(row.model for row in layers))
    n_columns = min(4, len(models))
    n_rows = math.ceil(len(models) / n_columns)
    figure = Figure(figsize=(max(PAGE_WIDTH * n_columns / 4, 4.0), 1.3 + 1.5 * n_rows), layout="constrained")
    grid = figure.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False)
    for axes, model in zip(grid.flat, models, strict=False):
        rows = sorted((row for row in layers if row.model == model), key=lambda row: row.position)
        positions = np.array([row.position for row in rows])
        bits = np.array([row.mi_nsb_bits for row in rows])
        null, spread = (np.array([getattr(row, name) for row in rows]) for name in ("null_mean_bits", "null_sd_bits"))
        axes.bar(positions, 4 * spread, bottom=null - 2 * spread, width=0.7, color=NULL_COLOUR)
        axes.errorbar(
            positions,
            bits,
            # Where the estimator is biased by more than it varies, the interval lies to one side of the estimate.
            yerr=np.maximum([[b - row.low_bits, row.high_bits - b] for b, row in zip(bits, rows, strict=True)], 0).T,
            color=styles[model].colour,
            marker=styles[model].marker,
            capsize=2,
            elinewidth=0.9,
            markersize=3.5,
        )
        axes.set_title(broken(model, 24), fontsize=TYPE_POINTS)
        # Else the lowest bar would stand on the axis.
        axes.use_sticky_edges = False
    for axes in grid.flat[len(models) :]:
        axes.set_axis_off()
    names = {row.position: row.layer for row in layers}
    grid[0, 0].set_xticks(sorted(names), [names[position] for position in sorted(names)])
    grid[0, 0].set_xlim(min(names) - 0.5, max(names) + 0.5)
    for row in grid:
        row[0].set_ylabel("NSB MI (bits)")
    write_around(
        figure,
        f"Mutual information with {100 * confidence:g}% intervals, protocol {protocol}",
        f"n = {n_images:,} images of {n_classes} classes; upper bound {math.log2(n_classes):.2f} bits. Bars: intervals "
        "of what these clusters tell of all images of their kind, the estimator's bias included, the tree as it is; "
        "other images would give other trees (table mi_trees). Grey: mean ± 2 standard deviations with permuted "
        "labels.",
    )
    return figure
