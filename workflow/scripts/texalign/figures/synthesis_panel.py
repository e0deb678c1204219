"""Figures of synthetic textures: arrays and results in, Matplotlib figure out.

Under the conventions of `texalign.figures`. Images are shown pixel for pixel: in the PNG each pixel of an image is a
square of whole pixels, unchanged in value.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from texalign.errors import TexalignError
from texalign.figures.kit import DPI, GREY, MARGIN, TYPE_POINTS, figure_style, line_height, text_width, wrapped

# Edge in pixels below which the images of a panel are enlarged, by a whole factor.
SMALLEST_CELL = 160
GAP = 0.06


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

    Raises TexalignError when there are no originals, or a row has a texture without an original.
    """
    if not originals:
        raise TexalignError("no originals to show")
    for label, images in rows.items():
        if not set(images) <= set(originals):
            raise TexalignError(f"{label}: no original of {', '.join(sorted(set(images) - set(originals)))}")
    shown = [*originals.values(), *(image.pixels for images in rows.values() for image in images.values())]
    edge = max(max(image.shape[:2]) for image in shown)
    zoom = math.ceil(SMALLEST_CELL / edge)
    cell = edge * zoom
    note = (
        f"n = {sum(map(len, rows.values()))} synthetic images of {len(originals)} textures. Numbers: Gram loss of the "
        "8-bit image, as a fraction of that of a flat grey image."
    )

    left = _pixels(MARGIN + 0.1 + max(text_width(label, TYPE_POINTS) for label in ["original", *rows]))
    gap = _pixels(GAP)
    line = _pixels(line_height(TYPE_POINTS))
    width = left + len(originals) * (cell + gap)
    note = wrapped(note, width / DPI - 2 * MARGIN, TYPE_POINTS)
    headers = [wrapped(texture, cell / DPI, TYPE_POINTS) for texture in originals]
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
