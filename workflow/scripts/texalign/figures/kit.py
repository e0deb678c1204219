"""Figures of the study: arrays in, Matplotlib figure out; nothing is read and no global state is kept.

Type is 8 pt, and never below 6 pt at the width that a figure is made for in print: a column, a page or a page turned
(`print_width`). Colours are told apart by colour-blind readers, and every figure says how many images or networks it
shows.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from PIL import Image

from texalign.artifacts.files import atomic_path
from texalign.errors import TexalignError

TYPE_POINTS = 8
TITLE_POINTS = 9
GREY = "#555555"
DPI = 300
STYLE: Mapping[str, object] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": TYPE_POINTS,
    "axes.titlesize": TITLE_POINTS,
    "axes.labelsize": TYPE_POINTS,
    "xtick.labelsize": TYPE_POINTS,
    "ytick.labelsize": TYPE_POINTS,
    "legend.fontsize": TYPE_POINTS,
    "figure.titlesize": TITLE_POINTS,
    # Names of networks and classes are shown as they are, whatever signs they hold.
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "lines.linewidth": 1.1,
    "lines.markersize": 4.5,
    "legend.frameon": False,
    "image.cmap": "viridis",
    "figure.constrained_layout.h_pad": 0.06,
    "figure.constrained_layout.w_pad": 0.06,
    # Text stays text, and identifiers do not depend on the hour: equal figures are equal files.
    "svg.fonttype": "none",
    "svg.hashsalt": "texalign",
    "pdf.fonttype": 42,
}
# Formats of figures, each with the metadata that keeps the hour out of the file.
UNDATED: Mapping[str, dict[str, None]] = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
# What Ward clustered under each protocol, and name and unit of each dissimilarity; other names are shown as they are.
PROTOCOL_LABELS = {
    "unit": "vectors of length 1",
    "raw": "vectors as they are",
    "rdm_rows": "rows of the Euclidean RDM",
}
DISSIMILARITY_LABELS = {
    "cosine": ("Cosine distance", "no unit"),
    "euclidean": ("Euclidean distance", "squared activations"),
}

PAGE_WIDTH = 7.2
PANEL_WIDTH = PAGE_WIDTH / 4
# Widths in print, in mm: of a column, of a page, and of a page turned; the smallest type there, in points; and the
# width in inches up to which a figure's type of 8 pt is not smaller when the figure is scaled down to a page.
COLUMN_MM, PAGE_MM, TURNED_MM = 85, 180, 240
LEAST_POINTS = 6
WIDEST = PAGE_MM / 25.4 * TYPE_POINTS / LEAST_POINTS

# Distance of two neighbouring labels of 8 pt that do not touch.
LABEL_PITCH = 9.6 / 72
MARGIN = 0.08
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def figure_style() -> AbstractContextManager[None]:
    """Matplotlib's defaults with `STYLE` on top, whatever the user's own settings are, until the context ends."""
    return matplotlib.style.context(dict(STYLE), after_reset=True)


def save_figure(figure: Figure, paths: Sequence[str | Path], *, colours: int | None = 256) -> None:
    """Write a figure to each of `paths`, as PNG (300 dpi), SVG or PDF by its suffix; equal figures give equal bytes.

    Text of SVG and PDF stays text. PNG files hold so many `colours`, which is enough for lines and colour maps, at less
    than half the size; all of them where it is None, for photographs. Each file appears complete or not at all. Raises
    TexalignError for another suffix, before anything is written.
    """
    for path in map(Path, paths):
        if path.suffix not in UNDATED:
            known = ", ".join(UNDATED)
            raise TexalignError(f"{path}: figures are written as {known}, not {path.suffix or 'without suffix'}")
    _show_points_whole(figure)
    for path in paths:
        suffix = Path(path).suffix
        with figure_style(), atomic_path(path) as partial:
            figure.savefig(partial, dpi=DPI, metadata=UNDATED[suffix])
            if colours and suffix == ".png":
                with Image.open(partial) as image:
                    image.convert("RGB").quantize(colours, dither=Image.Dither.NONE).save(partial, dpi=(DPI, DPI))


def print_width(figure: Figure) -> int:
    """Width in mm that a figure is made for in print: of a column, a page, or a page turned.

    The smallest at which no text is smaller than `LEAST_POINTS`. Raises TexalignError when there is none.
    """
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    smallest = min((text.get_fontsize() for text in texts), default=TYPE_POINTS)
    for width in (COLUMN_MM, PAGE_MM, TURNED_MM):
        if smallest * width / 25.4 / figure.get_figwidth() >= LEAST_POINTS - 0.01:
            return width
    raise TexalignError(
        f"a figure of {figure.get_figwidth():.1f} inches has type below {LEAST_POINTS} pt on every page"
    )


def _show_points_whole(figure: Figure) -> None:
    """Markers on the edge of their axes are drawn whole; lines that leave the axes end there as before."""
    for axes in figure.axes:
        for line in axes.lines:
            if line.get_marker() not in (None, "None", "", " "):
                line.set_clip_on(False)


@dataclass(frozen=True)
class ClassSpan:
    """The images of one class, which follow each other: `start` <= image < `stop`."""

    name: str
    start: int
    stop: int

    @property
    def centre(self) -> float:
        """Middle of the class on an axis on which image i spans i...i + 1."""
        return (self.start + self.stop) / 2


def class_spans(classes: Sequence[str]) -> list[ClassSpan]:
    """Where each class begins and ends, from the class name of every image, (n,).

    Raises TexalignError when the images of a class do not follow each other.
    """
    names = np.asarray(classes)
    edges = [0, *(np.flatnonzero(names[1:] != names[:-1]) + 1).tolist(), len(names)]
    spans = [ClassSpan(str(names[start]), start, stop) for start, stop in pairwise(edges)]
    repeated = [name for name, count in Counter(span.name for span in spans).items() if count > 1]
    if repeated:
        raise TexalignError(f"images are not ordered by class: those of {', '.join(repeated)} lie apart")
    return spans


def protocol_panels(
    protocols: Sequence[str],
    legend_width: float,
    legend_lines: int,
    labels: Sequence[str] = ("NSB mutual information (bits)",),
) -> tuple[Figure, list[list[Axes]]]:
    """Rows of panels, one for each of `labels`, with a panel for each protocol, and axes shared along a row.

    Columns are titled by protocol; there is room (width in inches) for a legend beside them.
    """
    panel_width = (PAGE_WIDTH - legend_width) / max(len(protocols), 2)
    height = max(1.2 + 2.8 * len(labels), 0.8 + 1.55 * TYPE_POINTS / 72 * legend_lines)
    figure = Figure(figsize=(panel_width * len(protocols) + legend_width, height), layout="constrained")
    rows = figure.subplots(len(labels), len(protocols), sharex=True, sharey="row", squeeze=False).tolist()
    for rank, (axes, protocol) in enumerate(zip(rows[0], protocols, strict=True)):
        primary = " (primary)" if rank == 0 and len(protocols) > 1 else ""
        axes.set_title(f"{protocol}{primary}\n{PROTOCOL_LABELS.get(protocol, '')}".strip(), fontsize=TYPE_POINTS)
    for row, label in zip(rows, labels, strict=True):
        row[0].set_ylabel(label)
    return figure, rows


def scale_to_bound(panels: Sequence[Axes], bound: float, lowest: float) -> None:
    """Y axis from zero, or below where an estimate is negative, to above the bound, with room to write it there."""
    panels[0].set_ylim(min(0.0, lowest - 0.02 * bound), 1.1 * bound)


def signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def p_value(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.2f}" if p >= 0.1 else f"= {p:.3f}"


def write_around(figure: Figure, title: str, note: str) -> None:
    """Title above and note below a figure whose layout is constrained, both broken to its width."""
    width = figure.get_figwidth() - 2 * MARGIN
    x = MARGIN / figure.get_figwidth()
    figure.suptitle(wrapped(title, width, TITLE_POINTS), x=x, ha="left")
    figure.supxlabel(wrapped(note, width, TYPE_POINTS), x=x, ha="left", fontsize=TYPE_POINTS, color=GREY)


def matrix_side(n_labels: int) -> float:
    """Side of a matrix in inches that has room for `n_labels` labels, 47 with ease, as long as that fits a page.

    Of few, small enough for a column of print.
    """
    return float(np.clip(n_labels * LABEL_PITCH, 3.0, 6.3))


class MatrixSheet:
    """A figure around one matrix of fixed size, so that its labels have the room they need; lengths in inches.

    From the top: title, strip of height `strip` if any, matrix with its labels, colour bar, note. Labels of columns,
    which may have several lines, are only turned with `turned`, where a column is not as wide as its label.
    """

    def __init__(
        self,
        width: float,
        height: float,
        row_labels: Sequence[str],
        column_labels: Sequence[str],
        *,
        title: str,
        note: str,
        strip: float = 0.0,
        turned: bool = False,
    ):
        left = 0.4 + max(text_width(label, TYPE_POINTS) for label in row_labels)
        across = left + width + 0.25
        title = wrapped(title, across - 2 * MARGIN, TITLE_POINTS)
        note = wrapped(note, across - 2 * MARGIN, TYPE_POINTS)
        bar = 0.6 + line_height(TYPE_POINTS) * len(note.splitlines())
        lines = max((len(label.splitlines()) for label in column_labels), default=0)
        room = lines * line_height(TYPE_POINTS)
        if turned:
            room = max(text_width(label, TYPE_POINTS) for label in column_labels)
        bottom = bar + 0.6 + room
        top = 0.25 + line_height(TITLE_POINTS) * len(title.splitlines()) + (0.08 + strip if strip else 0)
        up = bottom + height + top

        self.figure = Figure(figsize=(across, up))
        self.axes = self._add_axes(left, bottom, width, height)
        self.axes.tick_params(length=2, pad=2)
        self.axes.spines[:].set_visible(False)
        self._bar = self._add_axes(left, bar, width, 0.12)
        if strip:
            self.strip = self._add_axes(left, bottom + height + 0.08, width, strip)
        x, y = MARGIN / across, MARGIN / up
        self.figure.text(x, 1 - y, title, ha="left", va="top", fontsize=TITLE_POINTS)
        self.figure.text(x, y, note, ha="left", va="bottom", color=GREY)

    def _add_axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        across, up = self.figure.get_size_inches()
        return self.figure.add_axes((left / across, bottom / up, width / across, height / up))

    def colour_bar(self, image: ScalarMappable, label: str, extend: str = "neither") -> Colorbar:
        """Draw the colour bar below the matrix."""
        bar = self.figure.colorbar(image, cax=self._bar, orientation="horizontal", extend=extend)
        bar.set_label(label)
        bar.outline.set_linewidth(0.4)
        return bar


def text_width(line: str, points: float) -> float:
    """Width of one line of text, in inches."""
    width, _, _ = text_to_path.get_text_width_height_descent(line, FontProperties(size=points), ismath=False)
    return width / 72


def line_height(points: float) -> float:
    """Distance of two lines of a text, in inches."""
    return 1.2 * points / 72


def wrapped(text: str, width: float, points: float) -> str:
    """`text` broken at spaces into lines of at most `width` inches, as far as its words allow."""
    space = 0.32 * points / 72
    lines: list[str] = []
    for paragraph in text.splitlines():
        # Before the first word of a paragraph there is no line that it could fit on.
        filled = math.inf
        for word in paragraph.split(" "):
            length = text_width(word, points)
            if filled + space + length > width:
                lines.append(word)
                filled = length
            else:
                lines[-1] += f" {word}"
                filled += space + length
    return "\n".join(lines)


def legible(positions: Sequence[float], pitch: float) -> list[int]:
    """Indices of those ascending `positions` that keep at least `pitch` from the last one kept."""
    kept: list[int] = []
    for index, position in enumerate(positions):
        if not kept or position - positions[kept[-1]] >= pitch * (1 - 1e-9):
            kept.append(index)
    return kept


def omission(n_shown: int, n: int) -> str:
    return f" For lack of room, {n_shown} of {n} classes are named." if n_shown < n else ""


def shortened(name: str, length: int = 24) -> str:
    return name if len(name) <= length else name[: length - 1] + "…"


def broken(name: str, length: int) -> str:
    """`name` in lines of at most `length` characters, broken after an underscore, dot or hyphen where there is one."""
    lines = [""]
    for piece in re.findall(rf"[^_.-]{{1,{length - 1}}}[_.-]?|[_.-]", name):
        if len(lines[-1]) + len(piece) > length:
            lines.append("")
        lines[-1] += piece
    return "\n".join(lines)
