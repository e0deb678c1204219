"""Figures of what is known about correlations with Brain-Score: their uncertainty, and what they depend on."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from texalign.brainscore.correlation import CORRELATED
from texalign.errors import TexalignError
from texalign.figures.kit import GREY, PAGE_WIDTH, PROTOCOL_LABELS, figure_style, signed, write_around
from texalign.figures.looks import criterion_words

# Behind text that lines would strike.
ON_LINES = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.4}
BLUE, ORANGE, LIGHT = "#0072B2", "#D55E00", "#E6E6E6"
ROW_HEIGHT = 0.46

# Lower and upper end of a range of correlations.
Range = tuple[float, float]


@dataclass(frozen=True)
class CorrelationSummary:
    """One benchmark under one protocol: r over `n` networks and what limits it; None where undefined.

    `interval`, `interval_with_mi_error`: confidence intervals; `without_network`, `without_family`: ranges of r when
    each is left out; `detectable_r`: smallest true |r| that n networks show with 80% probability; `bound`: of the
    equivalence test, and `equivalence_chance` how often it is claimed where there is no correlation at all;
    `conclusion`: in words, None for no verdict. `note` says why r is undefined. `criterion`: what chose the layers.
    """

    protocol: str
    benchmark: str
    n: int
    r: float | None
    interval: Range | None
    interval_with_mi_error: Range | None
    without_network: Range | None
    without_family: Range | None
    detectable_r: float | None
    bound: float
    conclusion: str | None
    note: str = ""
    equivalence_chance: float | None = None
    criterion: str = "mi_nsb_bits"


@figure_style()
def correlation_forest(summaries: Sequence[CorrelationSummary], confidence: float) -> Figure:
    """Each benchmark's r with its interval and leave-one-out ranges, one panel a protocol, the primary one first.

    Raises TexalignError when there is nothing to plot.
    """
    if not summaries:
        raise TexalignError("no correlations to plot")
    protocols = list(dict.fromkeys(summary.protocol for summary in summaries))
    benchmarks = list(dict.fromkeys(summary.benchmark for summary in summaries))
    figure, panels, legend_cell = panels_over_legend(len(protocols), ROW_HEIGHT * len(benchmarks))
    for axes, protocol in zip(panels, protocols, strict=True):
        of_protocol = [summary for summary in summaries if summary.protocol == protocol]
        _draw_limits(axes, summaries[0].bound)
        for summary in of_protocol:
            _draw_row(axes, benchmarks.index(summary.benchmark), summary)
        axes.set_title(f"{protocol}\n{PROTOCOL_LABELS.get(protocol, '')}".strip())
        axes.set_xlabel("Pearson's r")
    panels[0].set_yticks(range(len(benchmarks)), [name.replace("_", " ") for name in benchmarks])
    panels[0].set(xlim=(-1, 1), ylim=(len(benchmarks) - 0.4, -0.6))
    legend_cell.legend(handles=_forest_handles(summaries), loc="center", ncols=3)
    counts = sorted({summary.n for summary in summaries})
    networks = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    chosen_by = criterion_words(summaries[0].criterion)
    write_around(
        figure,
        f"Best layer's {chosen_by} and Brain-Score: correlations and what is known of them",
        f"n = {networks} networks. Intervals: {100 * confidence:g}%, by Fisher's z. Grey field: |r| below the bound of "
        "the equivalence test. Dashed: the smallest true |r| that so many networks show with 80% probability. All of "
        "these take networks to be independent; q does not: families are permuted as wholes."
        + _equivalence_note(summaries),
    )
    return figure


def _equivalence_note(summaries: Sequence[CorrelationSummary]) -> str:
    """How likely it was from the start that the bound could be claimed."""
    chances = [summary.equivalence_chance for summary in summaries if summary.equivalence_chance is not None]
    if not chances:
        return ""
    return (
        f" Without any correlation, |r| < {summaries[0].bound:g} would be claimed of "
        f"{100 * max(chances):.2g}% of such studies at most."
    )


def panels_over_legend(n_panels: int, height: float) -> tuple[Figure, list[Axes], Axes]:
    """A figure of panels side by side with shared axes, `height` inches high, and a cell below them for the legend.

    A legend outside of all axes would come to lie on the note that stands below a figure.
    """
    legend_height = 0.5
    figure = Figure(figsize=(PAGE_WIDTH, height + legend_height + 1.5), layout="constrained")
    grid = figure.add_gridspec(2, n_panels, height_ratios=[height, legend_height])
    panels = [figure.add_subplot(grid[0, 0])]
    for column in range(1, n_panels):
        panels.append(figure.add_subplot(grid[0, column], sharex=panels[0], sharey=panels[0]))
        panels[-1].tick_params(labelleft=False)
    legend_cell = figure.add_subplot(grid[1, :])
    legend_cell.set_axis_off()
    return figure, panels, legend_cell


def _draw_limits(axes: Axes, bound: float) -> None:
    axes.axvspan(-bound, bound, color=LIGHT, linewidth=0, zorder=0)
    axes.axvline(0, color=GREY, linewidth=0.6, zorder=1)


def _draw_row(axes: Axes, row: int, summary: CorrelationSummary) -> None:
    if summary.r is None:
        axes.text(0, row, summary.note, ha="center", va="center", color=GREY, bbox=ON_LINES)
        return
    # Where benchmarks differ in their number of networks, each has a limit of its own.
    if summary.detectable_r is not None:
        for x in (-summary.detectable_r, summary.detectable_r):
            axes.plot([x, x], [row - 0.5, row + 0.5], color=GREY, linestyle=(0, (4, 2)), linewidth=0.8, zorder=1)
    for ends, offset, properties in (
        (summary.interval_with_mi_error, 0.0, {"color": "black", "linewidth": 0.6}),
        (summary.interval, 0.0, {"color": "black", "linewidth": 1.8}),
        (summary.without_network, 0.2, {"color": BLUE, "linewidth": 1.8}),
        (summary.without_family, 0.34, {"color": ORANGE, "linewidth": 1.8}),
    ):
        if ends is not None:
            axes.plot(ends, [row + offset] * 2, solid_capstyle="butt", zorder=2, **properties)
    filled = (summary.conclusion or "").startswith(CORRELATED)
    axes.plot(summary.r, row, "o", color="black", markerfacecolor="black" if filled else "white", zorder=3)
    label = f"{signed(summary.r)}, {summary.conclusion or 'no verdict'}"
    # Near an end of the axis the label would run into the neighbouring panel.
    axes.text(max(-0.45, min(0.45, summary.r)), row - 0.16, label, ha="center", va="bottom", zorder=3, bbox=ON_LINES)


def _forest_handles(summaries: Sequence[CorrelationSummary]) -> list[Line2D | Patch]:
    handles = [
        Line2D([], [], color="black", linewidth=1.8, label="confidence interval"),
        Line2D([], [], color=BLUE, linewidth=1.8, label="one network left out"),
        Line2D([], [], color=ORANGE, linewidth=1.8, label="one family left out"),
        Line2D([], [], color="black", marker="o", linestyle="none", label="families' q below the level"),
        Line2D(
            [], [], color="black", marker="o", markerfacecolor="white", linestyle="none", label="families' q above it"
        ),
    ]
    if any(summary.interval_with_mi_error for summary in summaries):
        handles.insert(1, Line2D([], [], color="black", linewidth=0.6, label="interval for MI free of error"))
    return handles
