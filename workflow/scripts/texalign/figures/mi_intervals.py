"""Figures of uncertainty, recovered classes and probes, under the conventions of `texalign.figures`."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from texalign.figures.kit import (
    GREY,
    PAGE_WIDTH,
    TYPE_POINTS,
    NetworkStyle,
    _broken,
    _count_lines,
    _known_styles,
    _legend_handles,
    _line_height,
    _matrix_side,
    _MatrixSheet,
    _shortened,
    _write_around,
    figure_style,
)

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
    """Mutual information over layers with bootstrap intervals above the permutation null, one panel a network.

    Networks come in the order in which they appear in `layers`. `families`: network to family of all networks of the
    study. Raises ValueError when there are no layers, or a network has no family.
    """
    if not layers:
        raise ValueError("no layers to plot")
    styles = _known_styles(families, {row.model for row in layers})
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
            # Of a skewed sample a basic interval may lie to one side of the estimate.
            yerr=np.maximum([[b - row.low_bits, row.high_bits - b] for b, row in zip(bits, rows, strict=True)], 0).T,
            color=styles[model].colour,
            marker=styles[model].marker,
            capsize=2,
            elinewidth=0.9,
            markersize=3.5,
        )
        axes.set_title(_broken(model, 24), fontsize=TYPE_POINTS)
        # Else the lowest bar would stand on the axis.
        axes.use_sticky_edges = False
    for axes in grid.flat[len(models) :]:
        axes.set_axis_off()
    names = {row.position: row.layer for row in layers}
    grid[0, 0].set_xticks(sorted(names), [names[position] for position in sorted(names)])
    grid[0, 0].set_xlim(min(names) - 0.5, max(names) + 0.5)
    for row in grid:
        row[0].set_ylabel("NSB MI (bits)")
    _write_around(
        figure,
        f"Mutual information with {100 * confidence:g}% intervals, protocol {protocol}",
        f"n = {n_images:,} images of {n_classes} classes; upper bound {math.log2(n_classes):.2f} bits. Bars: intervals "
        "over images drawn anew within each class, trees as they are. Grey: mean ± 2 standard deviations with permuted "
        "labels.",
    )
    return figure


@figure_style()
def class_recovery(
    f1: np.ndarray, p: np.ndarray, class_names: Sequence[str], models: Sequence[str], *, protocol: str, n_images: int
) -> Figure:
    """F1 of each class's best cluster at each network's best layer, classes in order of their mean.

    `f1`, `p`: (n_classes, n_models); cells with p of .05 or more, no better than permuted labels, are marked by a dot.
    Raises ValueError when the shapes do not fit.
    """
    if not f1.shape == p.shape == (len(class_names), len(models)):
        raise ValueError(f"values of shapes {f1.shape} and {p.shape} for {len(class_names)} classes x {len(models)}")
    order = np.argsort(-f1.mean(axis=1), kind="stable")
    labels = [_shortened(class_names[i]) for i in order]
    columns = [_shortened(model, 36) for model in models]
    height = _matrix_side(len(labels))
    sheet = _MatrixSheet(
        4.0,
        height,
        labels,
        columns,
        title=f"Classes that clusters find, at each network's best layer, protocol {protocol}",
        note=f"n = {n_images:,} images of {len(labels)} classes, ordered by their mean. Dots: no better than with "
        "permuted labels (p of .05 or more, not corrected for the number of cells).",
    )
    image = sheet.axes.imshow(f1[order], aspect="auto", vmin=0, vmax=1, interpolation="nearest")
    rows, chance = np.nonzero(p[order] >= 0.05)
    sheet.axes.plot(chance, rows, linestyle="none", marker="o", markersize=2.2, color="white")
    sheet.axes.set_xticks(range(len(columns)), columns, rotation=90)
    # Classes beyond what a page has room for keep their rows and lose their names.
    step = max(1, math.ceil(len(labels) * _line_height(TYPE_POINTS) / height - 1e-9))
    sheet.axes.set_yticks(range(0, len(labels), step), labels[::step])
    sheet.axes.set(ylabel="Class")
    sheet.colour_bar(image, "F1 of the cluster that fits the class best (no unit)")
    return sheet.figure


@dataclass(frozen=True)
class LayerProbes:
    """Probes of one layer of one network under one protocol, no units; `position` counts from 1."""

    protocol: str
    model: str
    layer: str
    position: int
    linear_accuracy: float
    knn_accuracy: float
    silhouette: float
    class_model_auc: float


# What each row of panels shows: attribute and label.
_PROBES = (
    ("linear_accuracy", "Linear\naccuracy"),
    ("knn_accuracy", "Neighbours'\naccuracy"),
    ("silhouette", "Silhouette"),
    ("class_model_auc", "Class model\nAUC"),
)


@figure_style()
def probes_by_layer(
    layers: Sequence[LayerProbes], families: Mapping[str, str], *, n_images: int, n_classes: int, chance: float
) -> Figure:
    """Probes over layers, one line a network, one column of panels a protocol, one row a probe.

    `chance`: accuracy of always naming the largest class. `families` as in `mi_intervals`. Raises ValueError when there
    are no layers, or a network has no family.
    """
    if not layers:
        raise ValueError("no layers to plot")
    styles = _known_styles(families, {row.model for row in layers})
    protocols = list(dict.fromkeys(row.protocol for row in layers))
    handles = _legend_handles(styles, lines=True)
    height = max(1.0 + 1.35 * len(_PROBES), 0.8 + 1.55 * TYPE_POINTS / 72 * _count_lines(handles))
    width = PAGE_WIDTH * (len(protocols) + 1) / 4 if len(protocols) < 3 else PAGE_WIDTH
    figure = Figure(figsize=(max(width, 4.0), height), layout="constrained")
    grid = figure.subplots(len(_PROBES), len(protocols), sharex=True, sharey="row", squeeze=False)
    levels = {"linear_accuracy": chance, "knn_accuracy": chance, "silhouette": 0.0, "class_model_auc": 0.5}
    for panels, (name, label) in zip(grid, _PROBES, strict=True):
        panels[0].set_ylabel(label)
        for axes, protocol in zip(panels, protocols, strict=True):
            _probe_lines(axes, [row for row in layers if row.protocol == protocol], name, styles)
            axes.axhline(levels[name], color=GREY, linestyle=(0, (4, 2)), linewidth=0.9)
    for axes, protocol in zip(grid[0], protocols, strict=True):
        axes.set_title(protocol, fontsize=TYPE_POINTS)
    names = {row.position: row.layer for row in layers}
    grid[0, 0].set_xticks(sorted(names), [names[position] for position in sorted(names)])
    grid[0, 0].set_xlim(min(names) - 0.4, max(names) + 0.4)
    for axes in grid[-1]:
        axes.set_xlabel("Layer")
    figure.legend(handles=handles, loc="outside right center", handlelength=3)
    _write_around(
        figure,
        "Human classes in the representation, without clusters",
        f"n = {n_images:,} images of {n_classes} classes. Accuracies: leave one image out. Silhouette: mean. AUC: "
        "probability that two images of different classes are farther apart than two of one class. Dashed: chance; for "
        "silhouettes zero.",
    )
    return figure


def _probe_lines(axes: Axes, rows: Sequence[LayerProbes], name: str, styles: Mapping[str, NetworkStyle]) -> None:
    for model, style in styles.items():
        own = sorted((row for row in rows if row.model == model), key=lambda row: row.position)
        axes.plot(
            [row.position for row in own],
            [getattr(row, name) for row in own],
            color=style.colour,
            marker=style.marker,
            linestyle=style.line_style,
            markeredgecolor="white",
            markeredgewidth=0.4,
        )
