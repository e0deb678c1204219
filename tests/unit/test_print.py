"""Every kind of figure at its width in print: type that can be read, text that nothing strikes, whole points."""

import re
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.path import Path as Outline
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from every_figure import LARGE, PAPER, SMALL
from support import PROJECT
from texalign.figures import kit
from texalign.figures.kit import LEAST_POINTS, figure_style, print_width

GALLERIES = {"paper": PAPER, "small": SMALL, "large": LARGE}
KINDS = list(PAPER.kinds())
# More benchmarks change these only.
OF_BENCHMARKS = ("brainscore_scatter", "correlation_forest", "brainscore_drift", "specification_curve")
EVERY = [(size, kind) for size in GALLERIES for kind in (KINDS if size != "large" else OF_BENCHMARKS)]


@cache
def drawn(size: str, kind: str) -> Figure:
    figure = GALLERIES[size].kinds()[kind]()
    FigureCanvasAgg(figure)
    kit._show_points_whole(figure)
    with figure_style():
        figure.draw_without_rendering()
    return figure


def texts(figure: Figure) -> list[Text]:
    """Texts that are seen: not those of ticks beyond the ends of an axis, nor of an axis that is off."""
    unseen: set[Text] = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            room = 1e-6 * (high - low)
            out = [tick for tick in ticks if not (axes.axison and low - room <= tick.get_loc() <= high + room)]
            unseen |= {label for tick in out for label in (tick.label1, tick.label2)}
    return [
        text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip() and text not in unseen
    ]


def box(text: Text) -> Bbox:
    """Where the letters of a text are, without the line's leading."""
    extent = text.get_window_extent()
    return Bbox.from_extents(extent.x0 + 1, extent.y0 + 1, extent.x1 - 1, extent.y1 - 1)


def struck(figure: Figure) -> set[str]:
    """Texts through whose letters a line runs that is drawn, with nothing between them."""
    boxes = [(text, box(text)) for text in texts(figure)]
    found = set()
    for axes in figure.axes:
        for line in filter(is_drawn, axes.lines):
            points = line.get_transform().transform(np.column_stack(line.get_data(orig=False)))
            points = points[np.isfinite(points).all(axis=1)]
            reach = axes.bbox if line.get_clip_on() else figure.bbox
            for text, area in boxes:
                seen = Bbox.intersection(area, reach)
                shielded = text.get_bbox_patch() is not None and text.get_zorder() > line.get_zorder()
                if seen is not None and not shielded and len(points) > 1:
                    found |= {text.get_text()} if Outline(points).intersects_bbox(seen, filled=False) else set()
    return found


def is_drawn(line: Line2D) -> bool:
    return line.get_visible() and line.get_linestyle() not in ("None", "")


def test_every_module_that_draws_has_its_kind():
    modules = {file.stem for file in Path(kit.__file__).parent.glob("*.py")} - {"__init__", "kit", "looks"}
    assert modules == set(KINDS)


@pytest.mark.parametrize(("size", "kind"), EVERY)
def test_type_is_large_enough_at_the_width_in_print(size: str, kind: str):
    figure = drawn(size, kind)
    width = print_width(figure)
    smallest = min(text.get_fontsize() for text in texts(figure))
    assert smallest * (width / 25.4) / figure.get_figwidth() >= LEAST_POINTS - 0.01


@pytest.mark.parametrize(("size", "kind"), EVERY)
def test_no_text_is_struck_by_a_line_or_runs_into_another(size: str, kind: str):
    figure = drawn(size, kind)
    assert not struck(figure)
    boxes = [(text.get_text(), box(text)) for text in texts(figure)]
    assert not [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]


@pytest.mark.parametrize(("size", "kind"), EVERY)
def test_points_at_the_edge_are_whole(size: str, kind: str):
    for axes in drawn(size, kind).axes:
        for line in axes.lines:
            assert line.get_marker() in ("None", "", " ", None) or not line.get_clip_on()


def test_widths_in_print_are_those_that_the_documentation_tells():
    lines = (PROJECT / "docs/artifacts.md").read_text(encoding="utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if re.match(r"\| `figures/\w", line)]
    told = {row[0].split("/")[1].split("`")[0]: [int(cell.split()[0]) for cell in row[2:]] for row in rows}
    names = {"rdm_heatmap": "rdm", "brainscore_scatter": "brainscore", "specification_curve": "multiverse"}
    names |= {"correlation_forest": "brainscore_correlations", "representation_ladder": "representations"}
    names |= {"probes_by_layer": "probes", "agreement_by_layer": "agreement"}
    made = {names.get(kind, kind): [print_width(drawn(size, kind)) for size in ("small", "paper")] for kind in KINDS}
    assert told == made
