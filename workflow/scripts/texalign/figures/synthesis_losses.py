"""Losses of syntheses over evaluations."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from texalign.errors import TexalignError
from texalign.figures.kit import PAGE_WIDTH, SUPERSCRIPTS, figure_style, write_around
from texalign.figures.looks import NetworkStyle, known_styles, legend_handles


@dataclass(frozen=True)
class LossCurve:
    """Loss at every evaluation of one synthesis, (n,), and of the image saved, as fractions of flat grey's."""

    model: str
    texture: str
    relative_losses: np.ndarray
    saved: float


@figure_style()
def synthesis_losses(curves: Sequence[LossCurve], families: Mapping[str, str], representation: str) -> Figure:
    """Lowest loss so far over evaluations, one panel a texture, one line a network, on logarithmic axes.

    A marker at the end is the loss of the image in the file. `families`: family of every network of the study.

    Raises TexalignError when there are no curves, or a network has no family.
    """
    if not curves:
        raise TexalignError("no losses to plot")
    styles = known_styles(families, {curve.model for curve in curves})
    textures = list(dict.fromkeys(curve.texture for curve in curves))
    handles = legend_handles(styles, lines=True)
    columns = min(3, len(textures))
    rows = math.ceil(len(textures) / columns)
    figure = Figure(figsize=(PAGE_WIDTH, 0.9 + 1.9 * rows), layout="constrained")
    panels = list(figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat)
    for axes, texture in zip(panels, textures, strict=False):
        for curve in (curve for curve in curves if curve.texture == texture):
            _draw_curve(axes, curve, styles[curve.model])
        axes.set_title(texture, loc="left")
    for axes in panels[len(textures) :]:
        axes.set_axis_off()
    for axes in panels[::columns]:
        axes.set_ylabel("Relative loss")
    for axes in panels[len(textures) - columns : len(textures)]:
        axes.set_xlabel("Evaluation")
        axes.tick_params(labelbottom=True)
    panels[0].xaxis.set_major_formatter(lambda value, _position: f"{value:g}")
    panels[0].yaxis.set_major_formatter(lambda value, _position: _power_of_ten(value))
    figure.legend(handles=handles, loc="outside right center", handlelength=3)
    write_around(
        figure,
        f"Loss by {representation} during synthesis, as a fraction of flat grey's in the same network",
        f"n = {len(curves)} images. Lines: lowest loss so far; markers: the 8-bit image in the file. Each network has "
        "a scale of its own: a lower line has come further in its own terms, and is not a better texture.",
    )
    return figure


def _draw_curve(axes: Axes, curve: LossCurve, style: NetworkStyle) -> None:
    lowest = np.fmin.accumulate(curve.relative_losses)
    evaluations = np.arange(1, len(lowest) + 1)
    axes.loglog(evaluations, lowest, color=style.colour, linestyle=style.line_style)
    axes.loglog(evaluations[-1:], [curve.saved], color=style.colour, marker=style.marker, clip_on=False)


def _power_of_ten(value: float) -> str:
    # Matplotlib's own labels are formulas, which these figures do not parse.
    exponent = round(math.log10(value))
    return f"10{str(exponent).translate(SUPERSCRIPTS)}" if exponent else "1"
