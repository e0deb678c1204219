"""Figures of what is known about correlations with Brain-Score: their uncertainty, and what they depend on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from texalign.brainscore.correlation import CORRELATED, CORRELATED_WITHIN_BOUND
from texalign.figures.kit import GREY, PAGE_WIDTH, PROTOCOL_LABELS, _signed, _write_around, figure_style

BLUE, ORANGE, LIGHT = "#0072B2", "#D55E00", "#E6E6E6"
ROW_HEIGHT = 0.46


# Lower and upper end of a range of correlations.
Range = tuple[float, float]


@dataclass(frozen=True)
class CorrelationSummary:
    """One benchmark under one protocol: r over `n` networks and what limits it; None where undefined.

    `interval`, `interval_with_mi_error`: confidence intervals; `without_network`, `without_family`: ranges of r when
    each is left out; `detectable_r`: smallest true |r| that n networks show with 80% probability; `bound`: of the
    equivalence test; `conclusion`: in words. `note` says why r is undefined.
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
    conclusion: str
    note: str = ""


@figure_style()
def correlation_forest(summaries: Sequence[CorrelationSummary], confidence: float) -> Figure:
    """Each benchmark's r with its interval and leave-one-out ranges, one panel a protocol, the primary one first.

    Raises ValueError when there is nothing to plot.
    """
    if not summaries:
        raise ValueError("no correlations to plot")
    protocols = list(dict.fromkeys(summary.protocol for summary in summaries))
    benchmarks = list(dict.fromkeys(summary.benchmark for summary in summaries))
    figure, panels, legend_cell = _panels_over_legend(len(protocols), ROW_HEIGHT * len(benchmarks))
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
    _write_around(
        figure,
        "Best mutual information and Brain-Score: correlations and what is known of them",
        f"n = {networks} networks. Intervals: {100 * confidence:g}%, by Fisher's z. Grey field: |r| below the bound of "
        "the equivalence test. Dashed: the smallest true |r| that so many networks show with 80% probability.",
    )
    return figure


def _panels_over_legend(n_panels: int, height: float) -> tuple[Figure, list[Axes], Axes]:
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
        axes.text(0, row, summary.note, ha="center", va="center", color=GREY)
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
    filled = summary.conclusion in (CORRELATED, CORRELATED_WITHIN_BOUND)
    axes.plot(summary.r, row, "o", color="black", markerfacecolor="black" if filled else "white", zorder=3)
    label = f"{_signed(summary.r)}, {summary.conclusion}"
    # Near an end of the axis the label would run into the neighbouring panel.
    axes.text(max(-0.45, min(0.45, summary.r)), row - 0.16, label, ha="center", va="bottom", zorder=3)


def _forest_handles(summaries: Sequence[CorrelationSummary]) -> list[Line2D | Patch]:
    handles = [
        Line2D([], [], color="black", linewidth=1.8, label="confidence interval"),
        Line2D([], [], color=BLUE, linewidth=1.8, label="one network left out"),
        Line2D([], [], color=ORANGE, linewidth=1.8, label="one family left out"),
        Line2D([], [], color="black", marker="o", linestyle="none", label="r, q below the level"),
        Line2D([], [], color="black", marker="o", markerfacecolor="white", linestyle="none", label="r, q above it"),
    ]
    if any(summary.interval_with_mi_error for summary in summaries):
        handles.insert(1, Line2D([], [], color="black", linewidth=0.6, label="interval with the error of MI"))
    return handles


# ---------------------------------------------------------------------------------------------------------- multiverse

# Okabe and Ito's blue, vermillion and green, then black; protocols beyond them share the last.
PROTOCOL_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#000000")
JOIN_MARKERS = {"id": "o", "positional_published": "X"}


@dataclass(frozen=True)
class UniverseResult:
    """r with one benchmark under one combination of choices; `significant`: p below the level; `own`: the study's."""

    benchmark: str
    protocol: str
    join: str
    r: float
    significant: bool
    own: bool


@figure_style()
def multiverse_strip(
    universes: Sequence[UniverseResult], published: Mapping[str, float], *, alpha: float, n_undefined: int
) -> Figure:
    """r of every benchmark under every combination of choices, one strip a benchmark, sorted by r within it.

    `published`: published r by benchmark, marked by a bar. Markers are filled where p < `alpha`; the study's own
    choices have a ring. `n_undefined`: results that have no r and are not shown. Raises ValueError when there is
    nothing to plot.
    """
    if not universes and not n_undefined:
        raise ValueError("no results to plot")
    if not universes:
        return _empty_figure(f"None of {n_undefined} results has an r: too few networks have scores.")
    benchmarks = list(dict.fromkeys(universe.benchmark for universe in universes))
    protocols = list(dict.fromkeys(universe.protocol for universe in universes))
    colours = {name: PROTOCOL_COLOURS[min(i, len(PROTOCOL_COLOURS) - 1)] for i, name in enumerate(protocols)}
    figure, (axes,), legend_cell = _panels_over_legend(1, 0.62 * len(benchmarks))
    axes.axvline(0, color=GREY, linewidth=0.6, zorder=1)
    for row, benchmark in enumerate(benchmarks):
        of_benchmark = sorted((item for item in universes if item.benchmark == benchmark), key=lambda item: item.r)
        for rank, universe in enumerate(of_benchmark):
            # From the top of the strip to its bottom, so that equal values lie beside each other.
            y = row - 0.36 + 0.72 * (rank + 0.5) / len(of_benchmark)
            _draw_universe(axes, y, universe, colours[universe.protocol])
        if benchmark in published:
            axes.plot([published[benchmark]] * 2, [row - 0.46, row + 0.46], color="black", linewidth=1.6, zorder=2)
        if row:
            axes.axhline(row - 0.5, color=LIGHT, linewidth=0.8, zorder=0)
    axes.set_yticks(range(len(benchmarks)), [name.replace("_", " ") for name in benchmarks])
    axes.set(xlim=(-1, 1), ylim=(len(benchmarks) - 0.5, -0.5), xlabel="r")
    handles = _multiverse_handles(universes, colours, bool(published), alpha)
    legend_cell.legend(handles=handles, loc="center", ncols=3)
    shares = _share_of_signs(universes)
    undefined = f" {n_undefined} more have no r, for want of scores." if n_undefined else ""
    _write_around(
        figure,
        "Best mutual information and Brain-Score: r under every combination of choices",
        f"{len(universes)} results, sorted by r within each benchmark. {shares}{undefined}",
    )
    return figure


def _empty_figure(reason: str) -> Figure:
    figure = Figure(figsize=(PAGE_WIDTH, 1.0))
    figure.text(0.5, 0.5, reason, ha="center", va="center", color=GREY)
    return figure


def _draw_universe(axes: Axes, y: float, universe: UniverseResult, colour: str) -> None:
    face = colour if universe.significant else "white"
    marker = JOIN_MARKERS.get(universe.join, "s")
    axes.plot(
        universe.r,
        y,
        marker=marker,
        markersize=3.6,
        color=colour,
        markerfacecolor=face,
        markeredgewidth=0.7,
        linestyle="none",
        zorder=3,
    )
    if universe.own:
        axes.plot(universe.r, y, "o", markersize=9, markerfacecolor="none", color="black", zorder=4)


def _share_of_signs(universes: Sequence[UniverseResult]) -> str:
    negative = sum(universe.r < 0 for universe in universes)
    significant = sum(universe.significant for universe in universes)
    return f"{negative} are negative, {significant} significant."


def _multiverse_handles(
    universes: Sequence[UniverseResult], colours: Mapping[str, str], has_published: bool, alpha: float
) -> list[Line2D]:
    def handle(label: str, **properties: object) -> Line2D:
        return Line2D([], [], linestyle="none", label=label, **({"color": GREY, "marker": "o"} | properties))

    handles = [handle(protocol, color=colour) for protocol, colour in colours.items()]
    joins = dict.fromkeys(universe.join for universe in universes)
    if len(joins) > 1:
        handles += [
            handle(f"joined: {name}", marker=JOIN_MARKERS.get(name, "s"), markerfacecolor="white") for name in joins
        ]
    handles.append(handle(f"filled: p < {alpha:g}"))
    if any(universe.own for universe in universes):
        handles.append(handle("the study's own choices", color="black", markerfacecolor="none", markersize=9))
    if has_published:
        handles.append(Line2D([], [], color="black", linewidth=1.6, label="published"))
    return handles
