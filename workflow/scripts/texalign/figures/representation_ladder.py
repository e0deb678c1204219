"""What each representation tells, layer by layer, and how much more or less than a reference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from texalign.artifacts.tables import Row
from texalign.errors import TexalignError
from texalign.figures.kit import GREY, PAGE_WIDTH, TYPE_POINTS, figure_style, write_around
from texalign.figures.looks import NetworkStyle, known_styles, legend_handles
from texalign.information.differences import MEAN

# Title of the column that shows means over layers.
OVER_LAYERS = "all layers"
MEASURE_LABELS = {
    "mi_nsb_bits": "NSB mutual information (bits)",
    "knn_accuracy": "accuracy of the nearest neighbours",
    "linear_accuracy": "accuracy of a linear classifier",
    "class_model_auc": "AUC of the class model",
}
AGREEMENT_LABELS = {"spearman": "Spearman's correlation", "majority": "share of majorities"}
LABEL_WIDTH = 1.4
PANEL_WIDTH = 0.95
ROW_HEIGHT = 0.17


@dataclass(frozen=True)
class LadderValue:
    """A measure at a layer of a network under a representation."""

    representation: str
    model: str
    layer: str
    value: float

    @classmethod
    def of_row(cls, row: Row, measure: str) -> "LadderValue":
        return cls(row["representation"], row["model"], row["layer"], float(row[measure]))


@dataclass(frozen=True)
class LadderDifference:
    """Mean over networks at a layer less that of the reference, with its interval."""

    representation: str
    layer: str
    difference: float
    low: float
    high: float

    @classmethod
    def of_row(cls, row: Row) -> "LadderDifference":
        """From a row of `texalign.information.differences`."""
        layer = OVER_LAYERS if row["layer"] == MEAN else row["layer"]
        numbers = (float(row[column]) for column in ("difference", "low", "high"))
        return cls(row["representation"], layer, *numbers)


@figure_style()
def representation_ladder(
    values: Sequence[LadderValue],
    differences: Sequence[LadderDifference],
    families: Mapping[str, str],
    *,
    measure: str,
    protocol: str,
    reference: str,
    n_images: int | None,
    confidence: float,
    matched_dimensions: int | None = None,
) -> Figure:
    """A measure by representation, one column a layer and one for the mean over a network's layers, networks as points
    around their mean; below, where there are `differences`, that mean less the one under the reference, with intervals.

    Representations and layers come in the order in which they appear in `values`. `families`: network to family of all
    networks of the study. `n_images` is None where a table does not tell it; `matched_dimensions`, the length that all
    vectors were projected to, is None where they were not.

    Raises TexalignError when there are no values, or a network has no family.
    """
    if not values:
        raise TexalignError("no values to plot")
    styles = known_styles(families, {value.model for value in values})
    names = list(dict.fromkeys(value.representation for value in values))
    values = [*values, *_over_layers(values)]
    layers = list(dict.fromkeys(value.layer for value in values))
    n_rows = 2 if differences else 1
    handles = [*legend_handles(styles, lines=False), Line2D([], [], color="black", marker="|", ls="", label="mean")]
    panel_height, legend_height = 0.5 + ROW_HEIGHT * len(names), 0.1 + 0.16 * -(-len(handles) // 4)
    figure = Figure(
        figsize=(
            max(PAGE_WIDTH, LABEL_WIDTH + PANEL_WIDTH * len(layers)),
            1.1 + n_rows * panel_height + legend_height,
        ),
        layout="constrained",
    )
    cells = figure.add_gridspec(
        n_rows + 1, len(layers), height_ratios=[*[panel_height] * n_rows, legend_height], hspace=0.02
    )
    grid = cells[:n_rows, :].subgridspec(n_rows, len(layers)).subplots(sharex="row", sharey=True, squeeze=False)
    for axes, layer in zip(grid[0], layers, strict=True):
        axes.set_title(layer, fontsize=TYPE_POINTS)
        _draw_values(axes, [value for value in values if value.layer == layer], names, styles)
    for axes, layer in zip(grid[-1] if differences else (), layers, strict=False):
        _draw_differences(axes, [item for item in differences if item.layer == layer], names)
    grid[0, 0].set_yticks(range(len(names)), names)
    grid[0, 0].set_ylim(len(names) - 0.4, -0.6)
    label = measure_label(measure)
    grid[0, len(layers) // 2].set_xlabel(label)
    if differences:
        grid[1, len(layers) // 2].set_xlabel(f"mean over networks less that of {reference}")
    legend = figure.add_subplot(cells[n_rows, :])
    legend.set_axis_off()
    legend.legend(handles=handles, loc="center", ncols=4)
    bars = f" Bars: {100 * confidence:g}% intervals over images drawn anew, the same for all." if differences else ""
    counts = _counts(n_images, len(styles), matched_dimensions)
    write_around(figure, f"What each representation tells: {label}, protocol {protocol}", counts + bars)
    return figure


def _counts(n_images: int | None, n_networks: int, matched_dimensions: int | None) -> str:
    """Of how much a figure is."""
    of_images = "" if n_images is None else f"n = {n_images:,} images, "
    told = f"{of_images}{n_networks} network{'s' * (n_networks > 1)}."
    if matched_dimensions is None:
        return told
    return f"{told} All vectors are projected to {matched_dimensions} numbers."


def measure_label(measure: str) -> str:
    """A measure in words; agreement with people is named `evidence.scope.measure`."""
    evidence, *rest = measure.split(".")
    if not rest:
        return MEASURE_LABELS.get(measure, measure)
    return f"{AGREEMENT_LABELS.get(rest[-1], rest[-1])} with {evidence}"


def _over_layers(values: Sequence[LadderValue]) -> list[LadderValue]:
    by_network: dict[tuple[str, str], list[float]] = {}
    for value in values:
        by_network.setdefault((value.representation, value.model), []).append(value.value)
    return [LadderValue(*network, OVER_LAYERS, float(np.mean(found))) for network, found in by_network.items()]


def _draw_values(
    axes: Axes, values: Sequence[LadderValue], names: Sequence[str], styles: Mapping[str, NetworkStyle]
) -> None:
    for row, name in enumerate(names):
        own = [value for value in values if value.representation == name]
        for value in own:
            style = styles[value.model]
            axes.plot(value.value, row, style.marker, color=style.colour, markersize=3.5, alpha=0.8)
        if own:
            axes.plot(np.mean([value.value for value in own]), row, "|", color="black", markersize=9, zorder=4)
    _rule(axes, len(names))


def _draw_differences(axes: Axes, differences: Sequence[LadderDifference], names: Sequence[str]) -> None:
    axes.axvline(0, color=GREY, linewidth=0.6)
    # Panels are narrow: zeros that say nothing would run into the next number.
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "−"))
    for item in differences:
        row = names.index(item.representation)
        axes.plot([item.low, item.high], [row, row], color="black", linewidth=1.1)
        axes.plot(item.difference, row, "o", color="black", markersize=3.5)
    _rule(axes, len(names))


def _rule(axes: Axes, n_rows: int) -> None:
    """Faint lines along which the eye finds the name of a row."""
    for row in range(n_rows):
        axes.axhline(row, color="#EEEEEE", linewidth=0.6, zorder=0)
