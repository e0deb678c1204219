"""Values of networks' best layers against their Brain-Scores."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from texalign.brainscore.correlation import CorrelationRow
from texalign.brainscore.join import ScoredLayer
from texalign.errors import TexalignError
from texalign.figures.kit import (
    GREY,
    MARGIN,
    PANEL_WIDTH,
    TYPE_POINTS,
    broken,
    figure_style,
    line_height,
    p_value,
    signed,
    wrapped,
    write_around,
)
from texalign.figures.looks import (
    MATCH_FILLS,
    MATCH_LABELS,
    NetworkStyle,
    count_lines,
    criterion_words,
    known_styles,
    legend_handles,
)

# That a line above a panel has room for.
LETTERS = 24


@dataclass(frozen=True)
class BrainScorePanel:
    """One Brain-Score benchmark: scores (no unit) of `models` and the `values` of their best layers, (n,) each.

    `criterion`: the column that layers were chosen by and `values` are of; of mutual information, bits.
    `r`, `p`: Pearson's correlation and its p-value, None where undefined; `note` then says why. `interval`: confidence
    interval of r; `q`: Benjamini-Hochberg's q-value; `family_p`, `n_families`: p-value by permutation of so many
    families. `zero_filled`: share of the scores' weight that is zeros for what was not taken; `largest_two`: share of
    the scores' sum of squares that two networks hold; `r_with_taken`: correlation of the scores with the means of what
    each network has taken. `matches`: by network, what the model that was scored is to it,
    one of `MATCH_FILLS`; others are drawn filled.
    Raises TexalignError when the lengths differ, p is given without r, or one is missing and nothing says why.
    """

    benchmark: str
    models: Sequence[str]
    scores: Sequence[float]
    values: Sequence[float]
    r: float | None
    p: float | None
    note: str = ""
    interval: tuple[float, float] | None = None
    q: float | None = None
    family_p: float | None = None
    n_families: int | None = None
    zero_filled: float | None = None
    largest_two: float | None = None
    r_with_taken: float | None = None
    matches: Mapping[str, str] = field(default_factory=dict)
    criterion: str = "mi_nsb_bits"

    @classmethod
    def of(cls, found: CorrelationRow, rows: Sequence[ScoredLayer]) -> "BrainScorePanel":
        """From a correlation and the rows of its networks, all of which have a score."""
        return cls(
            benchmark=found.benchmark,
            models=[row.model for row in rows],
            scores=[row.score for row in rows],
            values=[row.value for row in rows],
            criterion=found.criterion,
            r=found.pearson_r,
            p=found.pearson_p,
            note=found.note,
            interval=None if found.pearson_low is None else (found.pearson_low, found.pearson_high),
            q=found.pearson_q,
            family_p=found.family_p,
            n_families=found.n_families,
            zero_filled=found.zero_filled_share,
            largest_two=found.largest_two_share,
            r_with_taken=found.r_with_taken,
            matches={row.model: row.match for row in rows},
        )

    def __post_init__(self) -> None:
        if not len(self.models) == len(self.scores) == len(self.values):
            raise TexalignError(
                f"{self.benchmark}: {len(self.scores)} scores and {len(self.values)} best values for "
                f"{len(self.models)} networks"
            )
        if self.r is None and self.p is not None:
            raise TexalignError(f"{self.benchmark}: p is {self.p}, but there is no r")
        if (self.r is None or self.p is None) and not self.note:
            raise TexalignError(f"{self.benchmark}: r or p is undefined, and no note says why")

    @property
    def n(self) -> int:
        """Number of networks with a score."""
        return len(self.models)


@figure_style()
def brainscore_scatter(panels: Sequence[BrainScorePanel], families: Mapping[str, str], *, protocol: str) -> Figure:
    """The best layer's value of each network against its Brain-Score, one panel a benchmark, in the given order.

    `families`: network to family of all networks of the study; styles are those of `mi_by_layer`. The line of least
    squares is drawn where r is defined; where it is not, the panel says why.

    Raises TexalignError when there are no panels, or a network has no family.
    """
    if not panels:
        raise TexalignError("no benchmarks to plot")
    styles = known_styles(families, {model for panel in panels for model in panel.models})
    # The legend takes the last cell of the first row.
    # More than two rows of panels make a sheet that is wider than high, as screens are.
    n_columns = min(4 if len(panels) < 8 else 7, len(panels) + 1)
    n_rows = math.ceil((len(panels) + 1) / n_columns)
    handles = legend_handles(styles, lines=False) + _match_handles(panels)
    # Notes stand above points, and must not take the points' room.
    note_lines = max(len(_note_lines(panel)) if panel.n else 0 for panel in panels)
    note_lines += max(len(_name(panel).splitlines()) for panel in panels) - 1
    note_lines += any(panel.interval for panel in panels)
    note_lines += any(panel.family_p is not None for panel in panels) + max(len(_spread(panel)) for panel in panels)
    row_height = max(2.05 + line_height(TYPE_POINTS) * note_lines, 0.15 * count_lines(handles) + 0.2)
    # So must what is said below the figure.
    explanation = _explanation(panels)
    n_lines = len(wrapped(explanation, PANEL_WIDTH * n_columns - 2 * MARGIN, TYPE_POINTS).splitlines())
    height = 0.7 + row_height * n_rows + line_height(TYPE_POINTS) * (n_lines - 1)
    figure = Figure(figsize=(PANEL_WIDTH * n_columns, height), layout="constrained")
    grid = figure.subplots(n_rows, n_columns, sharey=True, squeeze=False)
    legend_cell = grid[0, -1]
    cells = [cell for cell in grid.flat if cell is not legend_cell]
    for cell in [legend_cell, *cells[len(panels) :]]:
        cell.set_axis_off()
    for cell, panel in zip(cells, panels, strict=False):
        _scatter(cell, panel, styles)
    for row in grid:
        row[0].set_ylabel(_value_label(panels[0].criterion))
    if handles:
        # As high as the panels' titles begin.
        top = 1.1 + 0.1 * note_lines
        legend_cell.legend(handles=handles, loc="upper left", bbox_to_anchor=(-0.1, top), labelspacing=0.3)
    else:
        # Without points there is nothing that the ticks of the shared axis could measure.
        grid[0, 0].set_yticks([])
    write_around(
        figure,
        f"Best layer's {criterion_words(panels[0].criterion)} against Brain-Score, protocol {protocol}",
        explanation,
    )
    return figure


def _value_label(criterion: str) -> str:
    """Of the axis that the panels share; a criterion of people in as many lines as it has parts."""
    return (
        "Best NSB MI (bits)" if criterion == "mi_nsb_bits" else "Best " + criterion.replace(".", "\n").replace("_", " ")
    )


def _explanation(panels: Sequence[BrainScorePanel]) -> str:
    """What the signs in the panels' titles mean, of those that occur."""

    def any_has(name: str) -> bool:
        return any(getattr(panel, name) is not None for panel in panels)

    said = [
        "n: networks with a Brain-Score. r, p: Pearson's correlation and its two-sided p-value, as if networks were "
        "independent."
    ]
    if any_has("interval"):
        said.append("In brackets: confidence interval of r, by Fisher's z, likewise.")
    if any_has("q"):
        said.append("q: p-value adjusted for the number of benchmarks (Benjamini-Hochberg).")
    if any_has("family_p"):
        said.append("By family: p-value where families are permuted as wholes.")
    if any_has("zero_filled"):
        said.append("Zeros: share of the scores' weight on benchmarks that were not taken and count as zero.")
    if any_has("r_with_taken"):
        said.append("r with taken: correlation of the scores with what they are without these zeros.")
    if any_has("largest_two"):
        said.append("Two hold: share of the scores' sum of squares about their mean that two networks hold.")
    return " ".join(said)


def _spread(panel: BrainScorePanel) -> list[str]:
    """What the scores are made of, in lines; none where nothing is known."""
    said = []
    if panel.zero_filled is not None:
        said.append(f"zeros {panel.zero_filled:.0%}")
    if panel.largest_two is not None:
        said.append(f"two hold {panel.largest_two:.0%}")
    lines = [", ".join(said)] if said else []
    if panel.r_with_taken is not None and panel.zero_filled:
        lines.append(f"r with taken {signed(panel.r_with_taken)}")
    return lines


def _match_handles(panels: Sequence[BrainScorePanel]) -> list[Line2D]:
    """Legend entries of those kinds of match that occur."""
    found = {match for panel in panels for match in panel.matches.values()}
    return [
        Line2D([], [], color=GREY, marker="o", linestyle="none", label=MATCH_LABELS[match], **_filled(GREY, match))
        for match in MATCH_FILLS
        if match in found
    ]


def _filled(colour: str, match: str) -> dict[str, object]:
    """Marker properties: a filled marker with a white edge, or one that only its edge shows, in part or in whole."""
    fill = MATCH_FILLS.get(match, "full")
    if fill == "full":
        return {"markeredgecolor": "white", "markeredgewidth": 0.4}
    return {"markeredgecolor": colour, "markeredgewidth": 0.9, "fillstyle": fill, "markerfacecoloralt": "white"}


def _scatter(axes: Axes, panel: BrainScorePanel, styles: Mapping[str, NetworkStyle]) -> None:
    for model, score, value in zip(panel.models, panel.scores, panel.values, strict=True):
        style = styles[model]
        axes.plot(
            score,
            value,
            color=style.colour,
            marker=style.marker,
            linestyle="none",
            markersize=6,
            **_filled(style.colour, panel.matches.get(model, "")),
        )
    title = _name(panel).splitlines()
    if panel.r is not None:
        title += _numbers(panel)
        slope, intercept = np.polyfit(panel.scores, panel.values, 1)
        ends = np.array([min(panel.scores), max(panel.scores)])
        axes.plot(ends, intercept + slope * ends, color=GREY, linewidth=0.9, zorder=1)
    if panel.n:
        axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        title += [*_note_lines(panel), *_spread(panel)]
    else:
        note = "\n".join(_note_lines(panel))
        axes.text(0.5, 0.5, note, transform=axes.transAxes, ha="center", va="center", color=GREY)
        axes.set_xticks([])
    axes.set_title("\n".join(title), fontsize=TYPE_POINTS)
    axes.set_xlabel("Brain-Score")
    axes.margins(0.1)


def _name(panel: BrainScorePanel) -> str:
    """The benchmark and its n, in lines as long as a panel is wide."""
    name = broken(panel.benchmark, LETTERS).replace("_", " ")
    return (
        f"{name}, n = {panel.n}"
        if len(name.splitlines()[-1]) + len(f", n = {panel.n}") <= LETTERS
        else f"{name}\nn = {panel.n}"
    )


def _numbers(panel: BrainScorePanel) -> list[str]:
    """r and its p-values, in lines."""
    if panel.p is None:
        return [f"r = {signed(panel.r)}"]
    p = f"p {p_value(panel.p)}"
    if panel.interval is None:
        lines = [f"r = {signed(panel.r)}, {p}"]
    else:
        low, high = panel.interval
        lines = [f"r = {signed(panel.r)} [{signed(low)}, {signed(high)}]", p]
    if panel.q is not None:
        lines[-1] += f", q {p_value(panel.q)}"
    if panel.family_p is not None:
        lines.append(f"by {panel.n_families} families: p {p_value(panel.family_p)}")
    return lines


def _note_lines(panel: BrainScorePanel) -> list[str]:
    """Why r or p is undefined, broken to the width of a panel."""
    if panel.r is not None and panel.p is not None:
        return []
    return wrapped(panel.note, 0.8 * PANEL_WIDTH, TYPE_POINTS).splitlines()
