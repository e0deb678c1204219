"""Correlations under all combinations of the options of a config, sorted, and below them what each was made with.

Simonsohn, Simmons and Nelson (2020), Specification curve analysis.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from texalign.errors import TexalignError
from texalign.figures.kit import (
    GREY,
    LABEL_PITCH,
    MARGIN,
    PAGE_WIDTH,
    TITLE_POINTS,
    TYPE_POINTS,
    WIDEST,
    broken,
    figure_style,
    line_height,
    shortened,
    text_width,
    wrapped,
)

# Okabe and Ito's vermillion and blue; a diamond and dashes tell them apart where colours do not.
OWN_COLOUR, PUBLISHED_COLOUR = "#D55E00", "#0072B2"
# So many results of a benchmark have a column each; of more, neighbours share one.
MOST_COLUMNS = 60
# Benchmarks beside each other, and inches: width of a panel, gap between two, height of the curve.
MOST_PANELS, PANEL, GAP, CURVE = 10, 0.62, 0.07, 1.45
LONGEST_LABEL = 20

# A row of the grid: the choice's name and one of its options.
Row = tuple[str, str]


@dataclass(frozen=True)
class UniverseResult:
    """r with one benchmark under one combination of `choices` (option by the choice's name), over `n` networks.

    `significant`: p below the level; `own`: the study's own choices.
    """

    benchmark: str
    choices: Mapping[str, str]
    r: float
    significant: bool
    own: bool
    n: int


@figure_style()
def specification_curve(
    universes: Sequence[UniverseResult],
    published: Mapping[str, float],
    *,
    alpha: float,
    n_undefined: int,
    n_repeated: int = 0,
) -> Figure:
    """Sorted r of every benchmark under all combinations of options, and under it which options each result had.

    Choices that all results share are named below. `published`: published r by benchmark, a dashed line. Results are
    marked where p < `alpha`, and the study's own. `n_undefined`: results that have no r and are not shown;
    `n_repeated`: those that are the same computation as one that is shown. Raises TexalignError when there is nothing
    to plot, or when results do not have the same choices.
    """
    if not universes and not n_undefined:
        raise TexalignError("no results to plot")
    if not universes:
        return _empty_figure(f"None of {n_undefined} results has an r: too few networks have scores.")
    if len({tuple(universe.choices) for universe in universes}) > 1:
        raise TexalignError("results of one multiverse have the same choices, those to plot do not")
    sheet = _Sheet(
        list(dict.fromkeys(universe.benchmark for universe in universes)),
        list(_rows(universes)),
        title="Networks' alignment and Brain-Score: r under all combinations of the options listed",
        note=_note(universes, n_undefined, n_repeated),
        alpha=alpha,
    )
    for benchmark in sheet.benchmarks:
        of_benchmark = sorted((item for item in universes if item.benchmark == benchmark), key=lambda item: item.r)
        curve, grid = sheet.panels(benchmark, _range([item.n for item in of_benchmark]))
        _draw_curve(curve, of_benchmark, published.get(benchmark))
        _draw_grid(grid, of_benchmark, sheet.rows)
    sheet.legend(_handles(universes, any(name in published for name in sheet.benchmarks), alpha))
    return sheet.figure


def _rows(universes: Sequence[UniverseResult]) -> Iterator[Row]:
    """A row for each option of the choices that were made in several ways."""
    for choice in universes[0].choices:
        options = list(dict.fromkeys(universe.choices[choice] for universe in universes))
        if len(options) > 1:
            yield from ((choice, option) for option in options)


class _Sheet:
    """Blocks of panels below each other, a curve above its grid, whose rows are named at the left; lengths in inches.

    Wider than high, as far as the width of a page allows.
    """

    def __init__(self, benchmarks: Sequence[str], rows: Sequence[Row], *, title: str, note: str, alpha: float):
        self.benchmarks, self.rows = benchmarks, rows
        self._labels = [("", f"p < {alpha:g}"), *((_words(choice), _words(option)) for choice, option in rows)]
        self._options = max(text_width(option, TYPE_POINTS) for _, option in self._labels) + 0.06
        choices = max(text_width(choice, TYPE_POINTS) for choice, _ in self._labels)
        self._left = MARGIN + choices + 0.12 + self._options
        n_blocks = math.ceil(len(benchmarks) / MOST_PANELS)
        self._n_columns = math.ceil(len(benchmarks) / n_blocks)
        self._grid = LABEL_PITCH * len(self._labels)
        least = self._left + self._n_columns * (PANEL + GAP) + MARGIN
        self.width = min(max(PAGE_WIDTH, least, n_blocks * (self._grid + CURVE + 0.9) + 1.0), WIDEST)
        self._panel = min((self.width - self._left - MARGIN) / self._n_columns - GAP, 1.6)
        self._titles = {name: self._title_of(name) for name in benchmarks}
        self._head = line_height(TYPE_POINTS) * (1 + max(len(name.splitlines()) for name in self._titles.values()))
        self._block = self._head + 0.1 + CURVE + GAP + self._grid + 0.15
        note = wrapped(note, self.width - 2 * MARGIN, TYPE_POINTS)
        self._note = MARGIN + line_height(TYPE_POINTS) * len(note.splitlines())
        self._top = MARGIN + line_height(TITLE_POINTS) + 0.08
        self.height = self._top + n_blocks * self._block + 0.35 + self._note
        self.figure = Figure(figsize=(self.width, self.height))
        x = MARGIN / self.width
        self.figure.text(x, 1 - MARGIN / self.height, title, va="top", fontsize=TITLE_POINTS)
        self.figure.text(x, MARGIN / self.height, note, va="bottom", color=GREY)

    def _title_of(self, benchmark: str) -> str:
        """A benchmark's name in lines as wide as a panel, broken within words only where one is longer."""
        letters = int((self._panel + GAP) / (0.6 * TYPE_POINTS / 72))
        words = " ".join(broken(word, letters) for word in benchmark.split("_"))
        return wrapped(words, self._panel + GAP, TYPE_POINTS)

    def panels(self, benchmark: str, n: str) -> tuple[Axes, Axes]:
        """Axes of a benchmark's curve and grid; the first of each row has the labels."""
        block, column = divmod(self.benchmarks.index(benchmark), self._n_columns)
        left = self._left + column * (self._panel + GAP)
        upper = self.height - self._top - block * self._block - self._head - 0.1
        curve = self._add_axes(left, upper - CURVE, self._panel, CURVE)
        grid = self._add_axes(left, upper - CURVE - GAP - self._grid, self._panel, self._grid)
        curve.set_title(f"{self._titles[benchmark]}\nn = {n}", fontsize=TYPE_POINTS, pad=4)
        curve.set(ylim=(-1, 1), yticks=(-1, -0.5, 0, 0.5, 1), xticks=())
        grid.set(xticks=(), yticks=())
        grid.spines[:].set_visible(False)
        if column:
            curve.tick_params(labelleft=False)
        else:
            curve.set_ylabel("r")
            self._name_rows(grid)
        return curve, grid

    def _name_rows(self, grid: Axes) -> None:
        grid.set_yticks(range(len(self._labels)), [option for _, option in self._labels])
        grid.tick_params(length=0, pad=3)
        x = (MARGIN - self._left) / self._panel
        place = {"va": "center_baseline", "color": GREY, "transform": grid.get_yaxis_transform()}
        for row, (choice, _) in enumerate(self._labels):
            if choice and choice != self._labels[row - 1][0]:
                grid.text(x, row, choice, **place)

    def _add_axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        return self.figure.add_axes((left / self.width, bottom / self.height, width / self.width, height / self.height))

    def legend(self, handles: Sequence[Line2D | Patch]) -> None:
        place = (MARGIN / self.width, (self._note + 0.02) / self.height)
        self.figure.legend(
            handles=list(handles),
            loc="lower left",
            bbox_to_anchor=place,
            ncols=len(handles),
            borderpad=0.2,
            columnspacing=1.4,
        )


def _draw_curve(axes: Axes, results: Sequence[UniverseResult], published: float | None) -> None:
    """r by rank: a point each, or a line through them where they would overlap; results that are significant filled."""
    n = len(results)
    axes.set_xlim(0, n)
    axes.axhline(0, color=GREY, linewidth=0.6, zorder=1)
    ranks = np.arange(n) + 0.5
    r = np.array([result.r for result in results])
    if n > MOST_COLUMNS:
        axes.plot(ranks, r, color="black", linewidth=1.4, zorder=2)
    else:
        for rank, result in zip(ranks, results, strict=True):
            face = "black" if result.significant else "white"
            look = {"markersize": 3.2, "markeredgewidth": 0.6, "color": "black", "markerfacecolor": face}
            axes.plot(rank, result.r, "o", linestyle="none", zorder=2, **look)
    if published is not None:
        axes.axhline(published, color=PUBLISHED_COLOUR, linestyle=(0, (4, 2)), linewidth=1.2, zorder=3)
    for rank, result in zip(ranks, results, strict=True):
        if result.own:
            look = {"markersize": 7, "markeredgewidth": 1.2, "color": OWN_COLOUR, "markerfacecolor": "none"}
            axes.plot(rank, result.r, "D", linestyle="none", zorder=4, **look)


def _draw_grid(axes: Axes, results: Sequence[UniverseResult], rows: Sequence[Row]) -> None:
    """Each column a result, or neighbours in rank where they are many: how many of them have the option of a row."""
    n = len(results)
    columns = np.array_split(np.arange(n), min(n, MOST_COLUMNS))
    has = np.array(
        [
            [result.significant for result in results],
            *([result.choices[choice] == option for result in results] for choice, option in rows),
        ],
        dtype=float,
    )
    shares = np.stack([has[:, column].mean(axis=1) for column in columns], axis=1)
    lowest = len(rows) + 0.5
    axes.imshow(
        shares, cmap="Greys", vmin=0, vmax=1, aspect="auto", interpolation="nearest", extent=(0, n, lowest, -0.5)
    )
    # White between rows keeps marks of neighbouring options apart, grey shows where another choice begins.
    for row in range(1, len(rows) + 1):
        is_next = row == 1 or rows[row - 1][0] != rows[row - 2][0]
        axes.axhline(row - 0.5, color="white", linewidth=2.4 if is_next else 1.6)
        if is_next:
            axes.axhline(row - 0.5, color=GREY, linewidth=0.6)
    for rank, result in enumerate(results):
        if result.own:
            axes.axvline(rank + 0.5, color=OWN_COLOUR, linewidth=0.8)


def _words(name: str) -> str:
    """A choice or option as it is shown."""
    return shortened(name.replace("matched_", "").replace("n_clusters", "clusters").replace("_", " "), LONGEST_LABEL)


def _range(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low} to {high}"


def _note(universes: Sequence[UniverseResult], n_undefined: int, n_repeated: int) -> str:
    options = {choice: {universe.choices[choice] for universe in universes} for choice in universes[0].choices}
    shared = [f"{_words(choice)} {_words(*values)}" for choice, values in options.items() if len(values) == 1]
    most = max(sum(item.benchmark == name for item in universes) for name in {item.benchmark for item in universes})
    several = f" Of more than {MOST_COLUMNS} results, neighbours share a column, the darker the more have the option."
    return " ".join(
        [
            f"{len(universes):,} results, sorted by r within each benchmark; n: networks. Below, dark where a result "
            f"has the option named at the left.{several if most > MOST_COLUMNS else ''}",
            *([f"The same in all: {', '.join(shared)}."] if shared else []),
            f"{sum(item.r < 0 for item in universes):,} are negative, {sum(item.significant for item in universes):,} "
            "significant.",
            *([f"{n_undefined} more have no r, for want of scores."] if n_undefined else []),
            *([f"{n_repeated} more are the same computation as one shown, and count once."] if n_repeated else []),
            "Results are not independent, and p takes networks to be.",
        ]
    )


def _empty_figure(reason: str) -> Figure:
    figure = Figure(figsize=(PAGE_WIDTH, 1.0))
    figure.text(0.5, 0.5, reason, ha="center", va="center", color=GREY)
    return figure


def _handles(universes: Sequence[UniverseResult], has_published: bool, alpha: float) -> list[Line2D]:
    def point(label: str, **properties: object) -> Line2D:
        return Line2D([], [], linestyle="none", label=label, **({"color": "black", "marker": "o"} | properties))

    counts = [sum(item.benchmark == name for item in universes) for name in {item.benchmark for item in universes}]
    handles = []
    if max(counts) > MOST_COLUMNS:
        handles.append(Line2D([], [], color="black", linewidth=1.4, label="results"))
    if min(counts) <= MOST_COLUMNS:
        handles += [point("a result", markerfacecolor="white"), point(f"p < {alpha:g}")]
    if any(universe.own for universe in universes):
        look = {"marker": "D", "markersize": 7, "markeredgewidth": 1.2, "markerfacecolor": "none"}
        handles.append(point("the study's own choices", color=OWN_COLOUR, **look))
    if has_published:
        handles.append(Line2D([], [], color=PUBLISHED_COLOUR, linestyle=(0, (4, 2)), linewidth=1.2, label="published"))
    return handles
