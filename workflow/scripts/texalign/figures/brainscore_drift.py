"""What a change of Brain-Scores does to the study's correlations."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from texalign.errors import TexalignError
from texalign.figures.correlation_forest import BLUE, ON_LINES, ORANGE, ROW_HEIGHT, panels_over_legend
from texalign.figures.kit import GREY, figure_style, signed, write_around


@dataclass(frozen=True)
class Drifted:
    """r with one benchmark under both files, over the networks that each has, n of them; None where undefined."""

    panel: str
    benchmark: str
    r_before: float | None
    n_before: int
    r_after: float | None
    n_after: int


@figure_style()
def brainscore_drift(drifted: Sequence[Drifted], *, before: str, after: str, aggregate: str) -> Figure:
    """Each benchmark's r under both files of scores, joined by a line, a panel for each `panel` in the given order.

    `before`, `after`: what to call the files; `aggregate`: how means were taken. Raises TexalignError when there is
    nothing to plot.
    """
    if not drifted:
        raise TexalignError("no correlations to plot")
    names = list(dict.fromkeys(row.panel for row in drifted))
    benchmarks = list(dict.fromkeys(row.benchmark for row in drifted))
    figure, panels, legend_cell = panels_over_legend(len(names), ROW_HEIGHT * len(benchmarks))
    for axes, name in zip(panels, names, strict=True):
        axes.axvline(0, color=GREY, linewidth=0.6, zorder=1)
        for row in (row for row in drifted if row.panel == name):
            _draw_row(axes, benchmarks.index(row.benchmark), row)
        axes.set_title(name)
        axes.set_xlabel("Pearson's r")
    panels[0].set_yticks(range(len(benchmarks)), [name.replace("_", " ") for name in benchmarks])
    panels[0].set(xlim=(-1, 1), ylim=(len(benchmarks) - 0.4, -0.6))
    undefined = sum(row.r_before is None or row.r_after is None for row in drifted)
    legend_cell.legend(handles=_handles(before, after), loc="center", ncols=2)
    write_around(
        figure,
        f"Correlations with Brain-Score under two files of scores, aggregate {aggregate}",
        "n: networks with a score in the earlier and in the later file."
        + (f" {undefined} correlations are undefined under one of the files." if undefined else ""),
    )
    return figure


def _draw_row(axes: Axes, row: int, drifted: Drifted) -> None:
    ends = [r for r in (drifted.r_before, drifted.r_after) if r is not None]
    if len(ends) == 2:
        axes.plot(ends, [row, row], color=GREY, linewidth=1.1, zorder=2)
    if drifted.r_before is not None:
        axes.plot(drifted.r_before, row, "o", color=BLUE, markerfacecolor="white", zorder=3)
    if drifted.r_after is not None:
        axes.plot(drifted.r_after, row, "o", color=ORANGE, zorder=4)
    shown = " → ".join("none" if r is None else signed(r) for r in (drifted.r_before, drifted.r_after))
    n = str(drifted.n_before) if drifted.n_before == drifted.n_after else f"{drifted.n_before} → {drifted.n_after}"
    # In the middle, where it runs into no neighbouring panel.
    axes.text(0, row - 0.16, f"{shown}, n = {n}", ha="center", va="bottom", bbox=ON_LINES)


def _handles(before: str, after: str) -> list[Line2D]:
    return [
        Line2D([], [], color=BLUE, marker="o", markerfacecolor="white", linestyle="none", label=f"before: {before}"),
        Line2D([], [], color=ORANGE, marker="o", linestyle="none", label=f"after: {after}"),
    ]
