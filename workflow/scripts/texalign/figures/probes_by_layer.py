"""Probes of the representations by layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from texalign.errors import TexalignError
from texalign.figures.kit import GREY, PAGE_WIDTH, TYPE_POINTS, figure_style, write_around
from texalign.figures.looks import NetworkStyle, count_lines, known_styles, legend_handles


@dataclass(frozen=True)
class LayerProbes:
    """Probes of one layer of one network under one protocol, no units; `position` counts from 1."""

    protocol: str
    model: str
    layer: str
    position: int
    linear_accuracy: float
    linear_chance: float
    knn_accuracy: float
    knn_chance: float
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
    layers: Sequence[LayerProbes], families: Mapping[str, str], *, n_images: int, n_classes: int
) -> Figure:
    """Probes over layers, one line a network, one column of panels a protocol, one row a probe.

    `families` as in `mi_intervals`. Raises TexalignError when there are no layers, or a network has no family.
    """
    if not layers:
        raise TexalignError("no layers to plot")
    styles = known_styles(families, {row.model for row in layers})
    protocols = list(dict.fromkeys(row.protocol for row in layers))
    handles = legend_handles(styles, lines=True)
    height = max(1.0 + 1.35 * len(_PROBES), 0.8 + 1.55 * TYPE_POINTS / 72 * count_lines(handles))
    width = PAGE_WIDTH * (len(protocols) + 1) / 4 if len(protocols) < 3 else PAGE_WIDTH
    figure = Figure(figsize=(max(width, 4.0), height), layout="constrained")
    grid = figure.subplots(len(_PROBES), len(protocols), sharex=True, sharey="row", squeeze=False)
    for panels, (name, label) in zip(grid, _PROBES, strict=True):
        panels[0].set_ylabel(label)
        for axes, protocol in zip(panels, protocols, strict=True):
            own = [row for row in layers if row.protocol == protocol]
            _probe_lines(axes, own, name, styles)
            axes.axhline(_chance(own, name), color=GREY, linestyle=(0, (4, 2)), linewidth=0.9)
    for axes, protocol in zip(grid[0], protocols, strict=True):
        axes.set_title(protocol, fontsize=TYPE_POINTS)
    names = {row.position: row.layer for row in layers}
    grid[0, 0].set_xticks(sorted(names), [names[position] for position in sorted(names)])
    grid[0, 0].set_xlim(min(names) - 0.4, max(names) + 0.4)
    for axes in grid[-1]:
        axes.set_xlabel("Layer")
    figure.legend(handles=handles, loc="outside right center", handlelength=3)
    write_around(
        figure,
        "Human classes in the representation, without clusters",
        f"n = {n_images:,} images of {n_classes} classes. Accuracies: leave one image out. Silhouette: mean. AUC: "
        "probability that two images of different classes are farther apart than two of one class. Dashed: chance, of "
        "accuracies the mean over layers with permuted labels, which lies below one in the number of classes; for "
        "silhouettes zero.",
    )
    return figure


def _chance(rows: Sequence[LayerProbes], name: str) -> float:
    """What a probe gives without information: accuracies as measured with permuted labels, mean over layers."""
    fixed = {"silhouette": 0.0, "class_model_auc": 0.5}
    if name in fixed:
        return fixed[name]
    return fmean(getattr(row, name.replace("accuracy", "chance")) for row in rows)


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
