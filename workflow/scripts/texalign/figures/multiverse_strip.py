"""Correlations under all combinations of the options that a config lists."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from texalign.errors import TexalignError
from texalign.figures.correlation_forest import LIGHT, panels_over_legend
from texalign.figures.kit import GREY, PAGE_WIDTH, figure_style, write_around
from texalign.figures.looks import criterion_words

# Okabe and Ito's blue, vermillion and green, then black; protocols beyond them share the last.
PROTOCOL_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#000000")
JOIN_MARKERS = {"id": "o", "positional_published": "X"}


@dataclass(frozen=True)
class UniverseResult:
    """r with one benchmark under one combination of choices, over `n` networks.

    `significant`: p below the level; `own`: the study's own choices; `criterion`: what layers were chosen by.
    """

    benchmark: str
    protocol: str
    join: str
    r: float
    significant: bool
    own: bool
    n: int
    criterion: str = "mi_nsb_bits"


@figure_style()
def multiverse_strip(
    universes: Sequence[UniverseResult],
    published: Mapping[str, float],
    *,
    alpha: float,
    n_undefined: int,
    n_repeated: int = 0,
) -> Figure:
    """r of every benchmark under all combinations of options, one strip a benchmark, sorted by r within it.

    `published`: published r by benchmark, marked by a bar. Markers are filled where p < `alpha`; the study's own
    choices have a ring. `n_undefined`: results that have no r and are not shown; `n_repeated`: those that are the same
    computation as one that is shown. Raises TexalignError when there is
    nothing to plot.
    """
    if not universes and not n_undefined:
        raise TexalignError("no results to plot")
    if not universes:
        return _empty_figure(f"None of {n_undefined} results has an r: too few networks have scores.")
    benchmarks = list(dict.fromkeys(universe.benchmark for universe in universes))
    protocols = list(dict.fromkeys(universe.protocol for universe in universes))
    colours = {name: PROTOCOL_COLOURS[min(i, len(PROTOCOL_COLOURS) - 1)] for i, name in enumerate(protocols)}
    figure, (axes,), legend_cell = panels_over_legend(1, 0.62 * len(benchmarks))
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
    labels = [f"{name.replace('_', ' ')}\n{_networks(universes, name)}" for name in benchmarks]
    axes.set_yticks(range(len(benchmarks)), labels)
    axes.set(xlim=(-1, 1), ylim=(len(benchmarks) - 0.5, -0.5), xlabel="r")
    handles = _multiverse_handles(universes, colours, bool(published), alpha)
    legend_cell.legend(handles=handles, loc="center", ncols=3)
    shares = _share_of_signs(universes)
    undefined = f" {n_undefined} more have no r, for want of scores." if n_undefined else ""
    repeated = f" {n_repeated} more are the same computation as one shown, and count once." if n_repeated else ""
    write_around(
        figure,
        f"{_chosen_by(universes)} and Brain-Score: r under all combinations of the options listed",
        f"{len(universes)} results{_criteria(universes)}, sorted by r within each benchmark; n: networks, which differ "
        f"between aggregates. "
        f"{shares}{undefined}{repeated} Results are not independent, and p takes networks to be.",
    )
    return figure


def _chosen_by(universes: Sequence[UniverseResult]) -> str:
    criteria = {universe.criterion for universe in universes}
    return (
        f"Best layer's {criterion_words(criteria.pop())}" if len(criteria) == 1 else "Best layers by several criteria"
    )


def _criteria(universes: Sequence[UniverseResult]) -> str:
    """The criteria by the number of their results, where there are several."""
    counts = Counter(universe.criterion for universe in universes)
    listed = ", ".join(f"{count} by {criterion_words(criterion)}" for criterion, count in counts.items())
    return f" ({listed})" if len(counts) > 1 else ""


def _networks(universes: Sequence[UniverseResult], benchmark: str) -> str:
    counts = sorted({universe.n for universe in universes if universe.benchmark == benchmark})
    return f"n = {counts[0]}" if len(counts) == 1 else f"n = {counts[0]} to {counts[-1]}"


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
