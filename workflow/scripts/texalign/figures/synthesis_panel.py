"""Synthetic textures beside their originals, pixel for pixel.

In the PNG each pixel of an image is a square of whole pixels, unchanged in value.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from texalign.errors import TexalignError
from texalign.figures.kit import DPI, GREY, MARGIN, TYPE_POINTS, figure_style, line_height, text_width, wrapped
from texalign.synthesis.judgements import Judgement
from texalign.synthesis.results import SynthesisResult

# Edge in pixels below which the images of a panel are enlarged, by a whole factor.
SMALLEST_CELL = 200
GAP = 0.06
ORIGINAL = "original"


@dataclass(frozen=True)
class PanelImage:
    """An image, (height, width, 3) uint8, with what is written below it, in one line or several."""

    pixels: np.ndarray
    caption: str = ""


@dataclass(frozen=True)
class Shown:
    """A synthesis: its result and its image, (height, width, 3) uint8."""

    result: SynthesisResult
    pixels: np.ndarray


OWN_NOTE = (
    "own: loss of the 8-bit image in the network that made it, as a fraction of flat grey's there: how far the "
    "optimisation came, not to be compared between networks or representations."
)


def by_texture(originals: Mapping[str, np.ndarray], made: Sequence[Shown], judgements: Sequence[Judgement]) -> Figure:
    """Originals on top, below them one row of synthetic images a network; all match the same representation.

    With `judgements`, captions tell how other networks judge each image. Raises as `panel`.
    """
    several_seeds = len({each.result.seed for each in made}) > 1
    rows = {ORIGINAL: {texture: PanelImage(pixels) for texture, pixels in originals.items()}}
    for each in made:
        found = each.result
        label = f"{found.model}, seed {found.seed}" if several_seeds else found.model
        others = _mean(j for j in judgements if j.of(found) and j.judge != j.model and j.judged_by == j.representation)
        rows.setdefault(label, {})[found.texture] = PanelImage(each.pixels, _caption(found, others))
    note = (
        f"n = {len(made)} synthetic images of {len(originals)} textures, by {made[0].result.representation}. {OWN_NOTE}"
    )
    if any("others" in image.caption for row in rows.values() for image in row.values()):
        note += (
            " others: loss in the other networks relative to unrelated exemplars there, where 1 is as far off as they."
        )
    return panel(list(originals), rows, note)


def by_representation(
    original: np.ndarray, texture: str, made: Sequence[Shown], judgements: Sequence[Judgement]
) -> Figure:
    """One texture: the original in front, then what each network makes of it by each representation, a row a network.

    With `judgements`, captions tell how the other representations of the same network judge each image.
    """
    chosen = [each for each in made if each.result.texture == texture]
    seeds = sorted({each.result.seed for each in chosen})
    rows: dict[str, dict[str, PanelImage]] = {}
    for each in (each for each in chosen if each.result.seed == seeds[0]):
        found = each.result
        others = _mean(j for j in judgements if j.of(found) and j.judge == j.model and j.judged_by != j.representation)
        row = rows.setdefault(found.model, {ORIGINAL: PanelImage(original)})
        row[found.representation] = PanelImage(each.pixels, _caption(found, others))
    note = f"n = {sum(len(row) - 1 for row in rows.values())} synthetic images of {texture}. {OWN_NOTE}"
    if any("others" in image.caption for row in rows.values() for image in row.values()):
        note += " others: by the other representations of the same network, relative to unrelated exemplars (1)."
    return panel([ORIGINAL, *dict.fromkeys(each.result.representation for each in chosen)], rows, note)


def _mean(judgements: Iterable[Judgement]) -> float | None:
    """Geometric mean of relative losses, None without any."""
    losses = [max(each.relative_loss, 1e-12) for each in judgements]
    return math.exp(math.fsum(map(math.log, losses)) / len(losses)) if losses else None


def _caption(found: SynthesisResult, others: float | None) -> str:
    own = f"own {found.relative_loss:.2g}"
    return own if others is None else f"{own}\nothers {others:.2g}"


@figure_style()
def panel(columns: Sequence[str], rows: Mapping[str, Mapping[str, PanelImage]], note: str) -> Figure:
    """A row of images each, by column, all in the same scale; `note` says below what the captions are.

    `rows`: label of the row to images by column. A column that a row lacks leaves a gap. Images smaller than the
    largest are shown in the upper left of their cell.

    Raises TexalignError when there is no image, or a row has one of an unknown column.
    """
    shown = [image for images in rows.values() for image in images.values()]
    if not shown:
        raise TexalignError("no images to show")
    for label, images in rows.items():
        if not set(images) <= set(columns):
            raise TexalignError(f"{label}: no column for {', '.join(sorted(set(images) - set(columns)))}")
    grid = _Grid.around(columns, rows, note)
    for column, header in enumerate(grid.headers):
        grid.write(header, grid.centre(column), grid.top - grid.gap / 2, ha="center", va="bottom")
    upper = grid.top
    for label, images in rows.items():
        grid.write(label, grid.left - _pixels(0.1), upper + grid.cell / 2, ha="right", va="center")
        for column, name in enumerate(columns):
            if name in images:
                grid.show(images[name].pixels, column, upper)
                below = upper + grid.cell + grid.gap / 4
                grid.write(images[name].caption, grid.centre(column), below, ha="center", va="top", color=GREY)
        upper += grid.row_height(images)
    grid.write(grid.note, _pixels(MARGIN), grid.height - _pixels(MARGIN), ha="left", va="bottom", color=GREY)
    return grid.figure


@dataclass(frozen=True)
class _Grid:
    """Where things are; lengths in pixels, from the upper left."""

    figure: Figure
    width: int
    height: int
    left: int
    top: int
    cell: int
    zoom: int
    gap: int
    headers: Sequence[str]
    note: str

    @classmethod
    def around(cls, columns: Sequence[str], rows: Mapping[str, Mapping[str, PanelImage]], note: str) -> "_Grid":
        edge = max(max(image.pixels.shape[:2]) for images in rows.values() for image in images.values())
        zoom = math.ceil(SMALLEST_CELL / edge)
        cell, gap, line = edge * zoom, _pixels(GAP), _pixels(line_height(TYPE_POINTS))
        left = _pixels(MARGIN + 0.1 + max(text_width(label, TYPE_POINTS) for label in rows))
        width = left + len(columns) * (cell + gap)
        headers = [wrapped(column, cell / DPI, TYPE_POINTS) for column in columns]
        note = wrapped(note, width / DPI - 2 * MARGIN, TYPE_POINTS)
        top = _pixels(MARGIN) + line * max(len(header.splitlines()) for header in headers)
        body = sum(_row_height(images, cell + gap) for images in rows.values())
        height = top + body + 2 * _pixels(MARGIN) + line * len(note.splitlines())
        # A hundredth of a pixel more, for sizes in pixels are cut off, not rounded.
        figure = Figure(figsize=((width + 0.01) / DPI, (height + 0.01) / DPI))
        return cls(figure, width, height, left, top, cell, zoom, gap, headers, note)

    def centre(self, column: int) -> float:
        return self.left + column * (self.cell + self.gap) + self.cell / 2

    def row_height(self, images: Mapping[str, PanelImage]) -> int:
        return _row_height(images, self.cell + self.gap)

    def show(self, pixels: np.ndarray, column: int, upper: int) -> None:
        h, w = (self.zoom * length for length in pixels.shape[:2])
        x = self.left + column * (self.cell + self.gap)
        axes = self.figure.add_axes((x / self.width, 1 - (upper + h) / self.height, w / self.width, h / self.height))
        axes.imshow(pixels, interpolation="none", aspect="auto")
        axes.set_axis_off()

    def write(self, text: str, x: float, upper: float, **style: object) -> None:
        self.figure.text(x / self.width, 1 - upper / self.height, text, **style)


def _row_height(images: Mapping[str, PanelImage], cell: int) -> int:
    lines = max((len(image.caption.splitlines()) for image in images.values()), default=0)
    return cell + _pixels(line_height(TYPE_POINTS)) * lines


def _pixels(inches: float) -> int:
    return round(inches * DPI)
