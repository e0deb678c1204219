"""Figures of synthetic textures: arrays and results in, Matplotlib figure out.

Under the conventions of `texalign.figures`. Images are shown pixel for pixel: in the PNG each pixel of an image is a
square of whole pixels, unchanged in value.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from texalign.figures.kit import (
    DPI,
    GREY,
    LABEL_PITCH,
    MARGIN,
    PAGE_WIDTH,
    SUPERSCRIPTS,
    TYPE_POINTS,
    _known_styles,
    _legend_handles,
    _line_height,
    _MatrixSheet,
    _text_width,
    _wrapped,
    _write_around,
    figure_style,
)
from texalign.synthesis.results import Judgement

# Edge in pixels below which the images of a panel are enlarged, by a whole factor.
SMALLEST_CELL = 160
GAP = 0.06

# ----------------------------------------------------------------------------------------------------------- the panel


@dataclass(frozen=True)
class PanelImage:
    """A synthetic image, (height, width, 3) uint8, and its loss as a fraction of that of a flat mid-grey image."""

    pixels: np.ndarray
    relative_loss: float


@figure_style()
def synthesis_panel(originals: Mapping[str, np.ndarray], rows: Mapping[str, Mapping[str, PanelImage]]) -> Figure:
    """Originals on top, below them one row of synthetic images a network, all in the same size.

    `originals`: texture to image, (height, width, 3) uint8; `rows`: label of the row to images by texture. A texture
    that a row lacks leaves a gap. Images smaller than the largest are shown in the upper left of their cell.

    Raises ValueError when there are no originals, or a row has a texture without an original.
    """
    if not originals:
        raise ValueError("no originals to show")
    for label, images in rows.items():
        if not set(images) <= set(originals):
            raise ValueError(f"{label}: no original of {', '.join(sorted(set(images) - set(originals)))}")
    shown = [*originals.values(), *(image.pixels for images in rows.values() for image in images.values())]
    edge = max(max(image.shape[:2]) for image in shown)
    zoom = math.ceil(SMALLEST_CELL / edge)
    cell = edge * zoom
    note = (
        f"n = {sum(map(len, rows.values()))} synthetic images of {len(originals)} textures. Numbers: Gram loss of the "
        "8-bit image, as a fraction of that of a flat grey image."
    )

    left = _pixels(MARGIN + 0.1 + max(_text_width(label, TYPE_POINTS) for label in ["original", *rows]))
    gap = _pixels(GAP)
    line = _pixels(_line_height(TYPE_POINTS))
    width = left + len(originals) * (cell + gap)
    note = _wrapped(note, width / DPI - 2 * MARGIN, TYPE_POINTS)
    headers = [_wrapped(texture, cell / DPI, TYPE_POINTS) for texture in originals]
    top = _pixels(MARGIN) + line * max(len(header.splitlines()) for header in headers)
    bottom = _pixels(MARGIN) + line * len(note.splitlines())
    row_height = cell + gap + line
    height = top + cell + gap + len(rows) * row_height + bottom
    # A hundredth of a pixel more, for sizes in pixels are cut off, not rounded.
    figure = Figure(figsize=((width + 0.01) / DPI, (height + 0.01) / DPI))

    def show(pixels: np.ndarray, column: int, upper: int) -> None:
        h, w = (zoom * length for length in pixels.shape[:2])
        x = left + column * (cell + gap)
        axes = figure.add_axes((x / width, 1 - (upper + h) / height, w / width, h / height))
        axes.imshow(pixels, interpolation="none", aspect="auto")
        axes.set_axis_off()

    def write(text: str, x: float, upper: float, **style: object) -> None:
        figure.text(x / width, 1 - upper / height, text, **style)

    for column, (header, pixels) in enumerate(zip(headers, originals.values(), strict=True)):
        write(header, left + column * (cell + gap) + cell / 2, top - gap / 2, ha="center", va="bottom")
        show(pixels, column, top)
    write("original", left - _pixels(0.1), top + cell / 2, ha="right", va="center")
    for row, (label, images) in enumerate(rows.items()):
        upper = top + cell + gap + row * row_height
        write(label, left - _pixels(0.1), upper + cell / 2, ha="right", va="center")
        for column, texture in enumerate(originals):
            if texture in images:
                show(images[texture].pixels, column, upper)
                centre = left + column * (cell + gap) + cell / 2
                write(
                    f"{images[texture].relative_loss:.2g}",
                    centre,
                    upper + cell + gap / 4,
                    ha="center",
                    va="top",
                    color=GREY,
                )
    figure.text(MARGIN * DPI / width, MARGIN * DPI / height, note, ha="left", va="bottom", color=GREY)
    return figure


def _pixels(inches: float) -> int:
    return round(inches * DPI)


# --------------------------------------------------------------------------------------------------------- loss curves


@dataclass(frozen=True)
class LossCurve:
    """Loss at every evaluation of one synthesis, (n,), and of the image saved: fractions of a flat grey image's."""

    model: str
    texture: str
    relative_losses: np.ndarray
    saved: float


@figure_style()
def synthesis_losses(curves: Sequence[LossCurve], families: Mapping[str, str]) -> Figure:
    """Lowest loss so far over evaluations, one panel a texture, one line a network, on logarithmic axes.

    A dot at the end is the loss of the image in the file. `families`: network to family, of all networks of the study.

    Raises ValueError when there are no curves, or a network has no family.
    """
    if not curves:
        raise ValueError("no losses to plot")
    styles = _known_styles(families, {curve.model for curve in curves})
    textures = list(dict.fromkeys(curve.texture for curve in curves))
    handles = [_line_handle(handle) for handle in _legend_handles(styles, lines=True)]
    columns = min(3, len(textures))
    rows = math.ceil(len(textures) / columns)
    figure = Figure(figsize=(PAGE_WIDTH, 0.9 + 1.9 * rows), layout="constrained")
    panels = list(figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat)
    for axes, texture in zip(panels, textures, strict=False):
        for curve in (curve for curve in curves if curve.texture == texture):
            _draw_curve(axes, curve, styles[curve.model].colour, styles[curve.model].line_style)
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
    _write_around(
        figure,
        "Gram loss during synthesis, as a fraction of the loss of a flat grey image",
        f"n = {len(curves)} images. Lines: lowest loss so far; dots: the 8-bit image in the file.",
    )
    return figure


def _draw_curve(axes: Axes, curve: LossCurve, colour: str, line_style: str) -> None:
    lowest = np.fmin.accumulate(curve.relative_losses)
    evaluations = np.arange(1, len(lowest) + 1)
    axes.loglog(evaluations, lowest, color=colour, linestyle=line_style)
    axes.loglog(evaluations[-1:], [curve.saved], color=colour, marker="o", markersize=3.5, clip_on=False)


def _power_of_ten(value: float) -> str:
    # Matplotlib's own labels are formulas, which these figures do not parse.
    exponent = round(math.log10(value))
    return f"10{str(exponent).translate(SUPERSCRIPTS)}" if exponent else "1"


def _line_handle(handle: Line2D) -> Line2D:
    handle.set_marker("")
    return handle


# ---------------------------------------------------------------------------------------------------- cross-evaluation


def mean_relative_losses(judgements: Sequence[Judgement], models: Sequence[str]) -> np.ndarray:
    """Geometric mean over textures and seeds of the relative losses: (n_models, n_models), row: the network that made
    the images, column: the network that judges them.

    Raises ValueError when a network has not judged the images of another.
    """
    means = np.empty((len(models), len(models)))
    for row, maker in enumerate(models):
        for column, judge in enumerate(models):
            found = [j.relative_loss for j in judgements if (j.model, j.judge) == (maker, judge)]
            if not found:
                raise ValueError(f"{judge} has not judged any image of {maker}")
            # An image that is its exemplar to the last bit has loss 0.
            means[row, column] = math.exp(np.mean(np.log(np.maximum(found, 1e-12))))
    return means


@figure_style()
def synthesis_cross_evaluation(judgements: Sequence[Judgement]) -> Figure:
    """Matrix of networks that made images by networks that judge them, on a logarithmic colour scale.

    Raises ValueError when there are no judgements, or the matrix is not complete.
    """
    if not judgements:
        raise ValueError("no judgements to plot")
    models = list(dict.fromkeys(judgement.judge for judgement in judgements))
    means = mean_relative_losses(judgements, models)
    n_images = len({(judgement.model, judgement.texture, judgement.seed) for judgement in judgements})
    side = max(2.8, len(models) * max(0.42, LABEL_PITCH))
    sheet = _MatrixSheet(
        side,
        side,
        models,
        models,
        title="Images of one network as seen by another: Gram loss, relative to a random pair of exemplars",
        note=f"n = {n_images} images of {len({judgement.texture for judgement in judgements})} textures; geometric "
        "mean over the images of a network. 1: no more alike than unrelated textures.",
    )
    # Logarithms, for Matplotlib labels logarithmic scales with formulas, which these figures do not parse.
    logarithms = np.log10(means)
    lowest = math.floor(logarithms.min())
    highest = max(math.ceil(logarithms.max()), lowest + 1)
    image = sheet.axes.imshow(logarithms, aspect="auto", vmin=lowest, vmax=highest, interpolation="nearest")
    sheet.axes.set_xticks(range(len(models)), models, rotation=90)
    sheet.axes.set_yticks(range(len(models)), models)
    sheet.axes.set(xlabel="Network that judges", ylabel="Network that made the image")
    for (row, column), mean in np.ndenumerate(means):
        dark = logarithms[row, column] < lowest + 0.6 * (highest - lowest)
        sheet.axes.text(column, row, f"{mean:.2g}", ha="center", va="center", color="white" if dark else "black")
    sheet.colour_bar(image, "Loss relative to a random pair of exemplars (log₁₀)")
    return sheet.figure
