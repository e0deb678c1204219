"""Agreement with people by layer, with what the noise of their judgements allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from texalign.errors import TexalignError
from texalign.figures.kit import GREY, PAGE_WIDTH, TYPE_POINTS, figure_style, write_around
from texalign.figures.looks import NetworkStyle, count_lines, known_styles, legend_handles

# What each row of panels shows: scope and measure in the table, and label.
PANELS = {
    ("all", "spearman"): "Spearman,\nall pairs",
    ("all", "spearman_given_classes"): "Spearman,\ngiven the classes",
    ("within_classes", "spearman"): "Spearman,\nwithin classes",
    ("class_means", "spearman"): "Spearman,\nclass means",
    ("all", "majority"): "Accuracy,\nmajority",
    ("all", "votes"): "Accuracy,\nsingle votes",
    ("all", "soft"): "Accuracy,\nsoft choice",
}


@dataclass(frozen=True)
class LayerAgreement:
    """One measure of agreement of one layer of one network under one protocol; `position` counts from 1.

    `low`, `high`: its interval. `ceiling_low`, `ceiling_high`: see `texalign.perception.ceilings.Ceiling`; None where
    they are not known.
    """

    protocol: str
    model: str
    layer: str
    position: int
    scope: str
    measure: str
    estimate: float
    low: float
    high: float
    null_mean: float | None
    ceiling_low: float | None
    ceiling_high: float | None


@figure_style()
def agreement_by_layer(
    layers: Sequence[LayerAgreement],
    families: Mapping[str, str],
    *,
    evidence: str,
    n_images: int,
    n_observers: int,
    confidence: float,
) -> Figure:
    """Agreement over layers, one line a network, one column of panels a protocol, one row a scope and measure.

    `families` as in `mi_intervals`. Raises TexalignError when there is nothing to plot, or a network has no family.
    """
    shown = [row for row in PANELS if any((layer.scope, layer.measure) == row for layer in layers)]
    if not shown:
        raise TexalignError("no agreement to plot")
    styles = known_styles(families, {row.model for row in layers})
    protocols = list(dict.fromkeys(row.protocol for row in layers))
    handles = legend_handles(styles, lines=True)
    height = max(1.2 + 1.35 * len(shown), 0.8 + 1.55 * TYPE_POINTS / 72 * count_lines(handles))
    width = PAGE_WIDTH * (len(protocols) + 1) / 4 if len(protocols) < 3 else PAGE_WIDTH
    figure = Figure(figsize=(max(width, 4.0), height), layout="constrained")
    grid = figure.subplots(len(shown), len(protocols), sharex=True, sharey="row", squeeze=False)
    for panels, (scope, measure) in zip(grid, shown, strict=True):
        panels[0].set_ylabel(PANELS[scope, measure])
        for axes, protocol in zip(panels, protocols, strict=True):
            own = [row for row in layers if (row.protocol, row.scope, row.measure) == (protocol, scope, measure)]
            _lines(axes, own, styles)
            _ceiling(axes, own)
    for axes, protocol in zip(grid[0], protocols, strict=True):
        axes.set_title(protocol, fontsize=TYPE_POINTS)
    names = {row.position: row.layer for row in layers}
    grid[0, 0].set_xticks(sorted(names), [names[position] for position in sorted(names)])
    grid[0, 0].set_xlim(min(names) - 0.4, max(names) + 0.4)
    for axes in grid[-1]:
        axes.set_xlabel("Layer")
    figure.legend(handles=handles, loc="outside right center", handlelength=3)
    people = f"{n_observers} observers" if n_observers > 1 else "people taken together"
    write_around(
        figure,
        f"Agreement with human judgements: {evidence}",
        f"n = {n_images:,} images, {people}. Bars: {confidence:.0%} intervals over images"
        f"{' and observers' if n_observers > 1 else ''}. Grey band: noise ceiling, from what other people reach "
        "to what the best possible model does. Dashed: mean of permuted images.",
    )
    return figure


def _lines(axes: Axes, rows: Sequence[LayerAgreement], styles: Mapping[str, NetworkStyle]) -> None:
    # Networks stand beside each other, so that their bars can be told apart.
    offsets = {model: 0.3 * ((place + 0.5) / len(styles) - 0.5) for place, model in enumerate(styles)}
    for model, style in styles.items():
        own = sorted((row for row in rows if row.model == model), key=lambda row: row.position)
        axes.errorbar(
            [row.position + offsets[model] for row in own],
            [row.estimate for row in own],
            yerr=[[row.estimate - row.low for row in own], [row.high - row.estimate for row in own]],
            color=style.colour,
            marker=style.marker,
            linestyle=style.line_style,
            markeredgecolor="white",
            markeredgewidth=0.4,
            elinewidth=0.6,
        )


def _ceiling(axes: Axes, rows: Sequence[LayerAgreement]) -> None:
    """The band of the ceiling and the null's mean, which hardly differs between layers."""
    bounds = {(row.ceiling_low, row.ceiling_high) for row in rows if row.ceiling_high is not None}
    for low, high in bounds:
        axes.axhspan(high if low is None else low, high, color=GREY, alpha=0.25, linewidth=0)
    nulls = [row.null_mean for row in rows if row.null_mean is not None]
    if nulls:
        axes.axhline(sum(nulls) / len(nulls), color=GREY, linestyle=(0, (4, 2)), linewidth=0.9)
