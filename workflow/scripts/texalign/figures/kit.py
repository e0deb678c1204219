"""Figures of the study: arrays in, Matplotlib figure out; nothing is read and no global state is kept.

Sizes are final sizes in inches, type is never smaller than 8 pt, colours are told apart by colour-blind readers, and
every figure says how many images or networks it shows.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.textpath import text_to_path
from matplotlib.ticker import MaxNLocator
from PIL import Image

from texalign.artifacts.matrices import atomic_path

TYPE_POINTS = 8
TITLE_POINTS = 9
GREY = "#555555"
DPI = 200

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
}

# What Ward clustered under each protocol, and name and unit of each dissimilarity; other names are shown as they are.
PROTOCOL_LABELS = {
    "unit_gram": "Gram vectors of length 1",
    "gram": "Gram vectors",
    "rdm_rows": "rows of the Euclidean RDM",
}
DISSIMILARITY_LABELS = {
    "cosine": ("Cosine distance of Gram vectors", "no unit"),
    "euclidean": ("Euclidean distance of Gram vectors", "squared activations"),
}

# Okabe and Ito's colours without their yellow, which white paper swallows.
FAMILY_COLOURS = {
    "AlexNet": "#000000",
    "DenseNet": "#009E73",
    "Inception": "#CC79A7",
    "ResNet": "#0072B2",
    "VGG": "#D55E00",
}
OTHER_COLOURS = ("#E69F00", "#56B4E9", "#7F7F7F")
# 9 and 4 have no common divisor: counted on together, they give 36 different pairs.
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", "*")
LINE_STYLES = ("-", "--", "-.", ":")

# How markers are filled: what the model that was scored is to the network.
MATCH_FILLS = {"same_weights": "full", "same_architecture": "left", "relative": "none"}
MATCH_LABELS = {
    "same_weights": "scored: same weights",
    "same_architecture": "same architecture",
    "relative": "relative",
}

PAGE_WIDTH = 7.2
PANEL_WIDTH = PAGE_WIDTH / 4
# Distance of two neighbouring labels of 8 pt that do not touch.
LABEL_PITCH = 9.6 / 72
MARGIN = 0.08
# Of an RDM's edge; the figure is about twice as wide in pixels.
MAX_PIXELS = 640
PERCENTILES = (1.0, 99.0)
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def figure_style() -> AbstractContextManager[None]:
    """Matplotlib's defaults with `STYLE` on top, whatever the user's own settings are, until the context ends."""
    return matplotlib.style.context(dict(STYLE), after_reset=True)


def save_figure(figure: Figure, paths: Sequence[str | Path], *, palette: bool = False) -> None:
    """Write a figure to each of `paths`, as PNG (200 dpi) or SVG by its suffix; equal figures give equal bytes.

    With `palette`, PNG files hold 256 colours: enough for a colour map, at less than half the size. Each file appears
    complete or not at all. Raises ValueError for another suffix, before anything is written.
    """
    paths = [Path(path) for path in paths]
    for path in paths:
        if path.suffix not in {".png", ".svg"}:
            raise ValueError(f"{path}: figures are written as .png or .svg, not {path.suffix or 'without suffix'}")
    for path in paths:
        metadata = {"Date": None} if path.suffix == ".svg" else {}
        with figure_style(), atomic_path(path) as partial:
            figure.savefig(partial, dpi=DPI, metadata=metadata)
            if palette and path.suffix == ".png":
                with Image.open(partial) as image:
                    image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(partial, dpi=(DPI, DPI))


# ------------------------------------------------------------------------------------------------ how networks look


@dataclass(frozen=True)
class NetworkStyle:
    """How one network looks in every figure: colour of its family, marker and line style of its own within it."""

    colour: str
    marker: str
    line_style: str


def network_styles(families: Mapping[str, str]) -> dict[str, NetworkStyle]:
    """A style for each network of `families` (network to family, in the study's order), networks of a family together.

    Families without a colour of their own share the remaining colours in turn; markers and line styles then go on over
    all networks of that colour, so that no two networks look the same.
    """
    styles: dict[str, NetworkStyle] = {}
    used: Counter[str] = Counter()
    colours = _family_colours(list(dict.fromkeys(families.values())))
    for family, colour in colours.items():
        for model in (model for model, its_family in families.items() if its_family == family):
            rank = used[colour]
            used[colour] += 1
            styles[model] = NetworkStyle(colour, MARKERS[rank % len(MARKERS)], LINE_STYLES[rank % len(LINE_STYLES)])
    return styles


def _family_colours(families: Sequence[str]) -> dict[str, str]:
    others = [family for family in families if family not in FAMILY_COLOURS]
    shared = {family: OTHER_COLOURS[i % len(OTHER_COLOURS)] for i, family in enumerate(others)}
    return {family: FAMILY_COLOURS.get(family) or shared[family] for family in families}


def _known_styles(families: Mapping[str, str], models: set[str]) -> dict[str, NetworkStyle]:
    """Styles of those `models` that a figure shows, assigned over all networks of the study."""
    unknown = sorted(models - set(families))
    if unknown:
        raise ValueError(f"no family is given for {', '.join(unknown)}; known: {', '.join(families)}")
    return {model: style for model, style in network_styles(families).items() if model in models}


def _legend_handles(styles: Mapping[str, NetworkStyle], lines: bool) -> list[Line2D]:
    return [
        Line2D(
            [],
            [],
            color=style.colour,
            marker=style.marker,
            linestyle=style.line_style if lines else "none",
            label=_broken(model, 18),
        )
        for model, style in styles.items()
    ]


def _count_lines(handles: Sequence[Line2D]) -> int:
    return sum(len(str(handle.get_label()).splitlines()) for handle in handles)


# ------------------------------------------------------------------------------------------------------------- RDM


def block_means(condensed: np.ndarray, n: int, size: int) -> np.ndarray:
    """Means of an RDM over blocks of `size` x `size` images, (m, m) float64, m = ceil(n / size).

    `condensed`: dissimilarities of n images in scipy's order, (n(n-1)/2,). The diagonal's zeros count as values of the
    blocks they lie in, and the last blocks may be smaller. Memory: the result and one row, never an n x n matrix.

    Raises ValueError when the length of `condensed` is not n(n-1)/2.
    """
    if condensed.shape != (n * (n - 1) // 2,):
        raise ValueError(f"dissimilarities of shape {condensed.shape} for {n} images, expected ({n * (n - 1) // 2},)")
    starts = np.arange(0, n, size)
    sums = np.zeros((len(starts), len(starts)))
    row = np.zeros(n)
    first = 0
    for i in range(n - 1):
        row[i] = 0
        row[i + 1 :] = condensed[first : first + n - 1 - i]
        first += n - 1 - i
        sums[i // size] += np.add.reduceat(row, starts)
    # A block off the diagonal was summed on one side of it only, a block on the diagonal with half of its pairs.
    sums += sums.T.copy()
    widths = np.diff(np.append(starts, n))
    return sums / np.outer(widths, widths)


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

    Raises ValueError when the images of a class do not follow each other.
    """
    names = np.asarray(classes)
    edges = [0, *(np.flatnonzero(names[1:] != names[:-1]) + 1).tolist(), len(names)]
    spans = [ClassSpan(str(names[start]), start, stop) for start, stop in pairwise(edges)]
    repeated = [name for name, count in Counter(span.name for span in spans).items() if count > 1]
    if repeated:
        raise ValueError(f"images are not ordered by class: those of {', '.join(repeated)} lie apart")
    return spans


@figure_style()
def rdm_heatmap(condensed: np.ndarray, classes: Sequence[str], *, model: str, layer: str, dissimilarity: str) -> Figure:
    """Dissimilarity of all pairs of images at one layer, images in the order of the index, grouped by class.

    `condensed`: dissimilarities of n images in scipy's order, (n(n-1)/2,). `classes`: class name of every image, (n,).
    `dissimilarity`: what was measured; `DISSIMILARITY_LABELS` gives the name and unit shown. Beyond `MAX_PIXELS` images
    neighbours are averaged. Colours span the 1st to 99th percentile of the pixels off the diagonal.

    Raises ValueError when the lengths do not fit or the images are not ordered by class.
    """
    n = len(classes)
    spans = class_spans(classes)
    size = math.ceil(n / MAX_PIXELS)
    means = block_means(condensed, n, size)
    low, high = np.percentile(means[~np.eye(len(means), dtype=bool)], PERCENTILES)
    scale, name_and_unit = _dissimilarity_scale(dissimilarity, high)

    side = _matrix_side(len(spans))
    labels = [_shortened(span.name) for span in spans]
    shown = _legible([span.centre for span in spans], n * LABEL_PITCH / side)
    pixel = f" Each pixel is the mean over {size * size} pairs of images." if size > 1 else ""
    sheet = _MatrixSheet(
        side,
        side,
        labels,
        labels,
        title=f"{model}, layer {layer}: representational dissimilarity",
        note=f"n = {n:,} images of {len(spans)} classes.{pixel} Colours span the 1st to 99th percentile of the pixels "
        f"off the diagonal.{_omission(len(shown), len(spans))}",
    )
    axes = sheet.axes
    # The last block may reach beyond the last image: extent is in images, and the limits cut it.
    reach = len(means) * size
    # Interpolation would show values that were not measured, and make files up to three times as large.
    image = axes.imshow(
        means / scale, extent=(0, reach, reach, 0), vmin=low / scale, vmax=high / scale, interpolation="nearest"
    )
    axes.set(xlim=(0, n), ylim=(n, 0), xlabel="Images, grouped by class", ylabel="Images, grouped by class")
    boundaries = [span.start for span in spans[1:]]
    axes.hlines(boundaries, 0, n, colors="white", linewidths=0.25, alpha=0.7)
    axes.vlines(boundaries, 0, n, colors="white", linewidths=0.25, alpha=0.7)
    ticks = [spans[i].centre for i in shown]
    axes.set_xticks(ticks, [labels[i] for i in shown], rotation=90)
    axes.set_yticks(ticks, [labels[i] for i in shown])
    sheet.colour_bar(image, name_and_unit, extend="both")
    return sheet.figure


def _dissimilarity_scale(dissimilarity: str, largest: float) -> tuple[float, str]:
    """Power of ten to divide values by, 1 unless they are very large or small, and a label that names it."""
    name, unit = DISSIMILARITY_LABELS.get(dissimilarity, (dissimilarity, ""))
    exponent = 0 if 0.01 <= largest < 10_000 or largest <= 0 else math.floor(math.log10(largest))
    power = f"10{str(exponent).translate(SUPERSCRIPTS)}" if exponent else ""
    described = " ".join(filter(None, (power, unit)))
    return 10.0**exponent, f"{name} ({described})" if described else name


# ----------------------------------------------------------------------------------------------- mutual information


@dataclass(frozen=True)
class LayerInformation:
    """NSB mutual information, in bits, at one layer of one network under one protocol; `position` counts from 1."""

    protocol: str
    model: str
    layer: str
    position: int
    mi_nsb_bits: float


@figure_style()
def mi_by_layer(
    layers: Sequence[LayerInformation], families: Mapping[str, str], *, n_images: int, n_classes: int
) -> Figure:
    """Mutual information over layers, one line a network, one panel a protocol.

    Protocols come in the order in which they appear in `layers`, the first is the primary one. `families`: network to
    family of all networks of the study, which gives each its style. Networks may have different numbers of layers.

    Raises ValueError when there are no layers, or a network has no family.
    """
    if not layers:
        raise ValueError("no layers to plot")
    styles = _known_styles(families, {row.model for row in layers})
    protocols = list(dict.fromkeys(row.protocol for row in layers))
    bound = math.log2(n_classes)
    handles = _legend_handles(styles, lines=True)
    figure, panels = _protocol_panels(protocols, legend_width=1.4, legend_lines=_count_lines(handles))
    for axes, protocol in zip(panels, protocols, strict=True):
        for model, style in styles.items():
            rows = sorted(
                (row for row in layers if (row.protocol, row.model) == (protocol, model)), key=lambda row: row.position
            )
            axes.plot(
                [row.position for row in rows],
                [row.mi_nsb_bits for row in rows],
                color=style.colour,
                marker=style.marker,
                linestyle=style.line_style,
                markeredgecolor="white",
                markeredgewidth=0.4,
            )
        axes.axhline(bound, color=GREY, linestyle=(0, (4, 2)), linewidth=0.9)
    names = {row.position: row.layer for row in layers}
    panels[0].set_xticks(sorted(names), [names[position] for position in sorted(names)])
    panels[0].set_xlim(min(names) - 0.4, max(names) + 0.4)
    _scale_to_bound(panels, n_classes, lowest=min(row.mi_nsb_bits for row in layers))
    panels[0].annotate(
        f"log₂ {n_classes} = {bound:.2f} bits",
        (1, bound),
        xycoords=("axes fraction", "data"),
        xytext=(0, -3),
        textcoords="offset points",
        ha="right",
        va="top",
        color=GREY,
    )
    for axes in panels:
        axes.set_xlabel("Layer")
    figure.legend(handles=handles, loc="outside right center", handlelength=3)
    _write_around(
        figure,
        "Mutual information between human labels and clusters, by layer",
        f"n = {n_images:,} images of {n_classes} classes, in {n_classes} Ward clusters; {len(styles)} "
        f"{'networks' if len(styles) > 1 else 'network'}. Dashed: upper bound, log₂ of the number of classes.",
    )
    return figure


@dataclass(frozen=True)
class LayerCurve:
    """NSB mutual information at one layer for several numbers of clusters: `n_clusters`, `mi_nsb_bits` (bits), (K,)."""

    protocol: str
    layer: str
    n_clusters: np.ndarray
    mi_nsb_bits: np.ndarray


@figure_style()
def mi_over_clusters(curves: Sequence[LayerCurve], *, model: str, n_images: int, n_classes: int) -> Figure:
    """Mutual information of one network over the number of clusters, one line a layer, one panel a protocol.

    Protocols and layers come in the order in which they appear in `curves`, the first protocol is the primary one.
    Raises ValueError when there are no curves.
    """
    if not curves:
        raise ValueError("no curves to plot")
    protocols = list(dict.fromkeys(curve.protocol for curve in curves))
    colours = _layer_colours(list(dict.fromkeys(curve.layer for curve in curves)))
    handles = [Line2D([], [], color=colour, label=_broken(layer, 18)) for layer, colour in colours.items()]
    figure, panels = _protocol_panels(protocols, legend_width=0.9, legend_lines=_count_lines(handles) + 1)
    most = max(int(curve.n_clusters.max()) for curve in curves)
    k = np.arange(1, most + 1)
    for axes, protocol in zip(panels, protocols, strict=True):
        for curve in curves:
            if curve.protocol == protocol:
                axes.plot(curve.n_clusters, curve.mi_nsb_bits, color=colours[curve.layer])
        axes.plot(k, np.log2(np.minimum(k, n_classes)), color=GREY, linestyle=(0, (4, 2)), linewidth=0.9)
        axes.axvline(n_classes, color=GREY, linestyle=":", linewidth=0.9)
        axes.set_xlabel("Number of clusters k")
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]))
    panels[0].set_xlim(0, max(most, n_classes) * 1.04)
    _scale_to_bound(panels, n_classes, lowest=min(float(curve.mi_nsb_bits.min()) for curve in curves))
    figure.legend(handles=handles, loc="outside right center", title="Layer")
    _write_around(
        figure,
        f"{model}: mutual information between human labels and clusters, by number of clusters",
        f"n = {n_images:,} images of {n_classes} classes. Dashed: upper bound, "
        f"log₂ min(k, {n_classes}). Dotted: as many clusters as classes.",
    )
    return figure


def _layer_colours(layers: Sequence[str]) -> dict[str, str]:
    # Viridis ends in a yellow that white paper swallows.
    shades = matplotlib.colormaps["viridis"](np.linspace(0, 0.88, len(layers)))
    return {layer: to_hex(shade) for layer, shade in zip(layers, shades, strict=True)}


def _protocol_panels(protocols: Sequence[str], legend_width: float, legend_lines: int) -> tuple[Figure, list[Axes]]:
    """Panels side by side with shared axes, titled by protocol, and room (width in inches) for a legend beside them."""
    panel_width = (PAGE_WIDTH - legend_width) / max(len(protocols), 2)
    height = max(4.0, 0.8 + 1.55 * TYPE_POINTS / 72 * legend_lines)
    figure = Figure(figsize=(panel_width * len(protocols) + legend_width, height), layout="constrained")
    panels = list(figure.subplots(1, len(protocols), sharex=True, sharey=True, squeeze=False)[0])
    for rank, (axes, protocol) in enumerate(zip(panels, protocols, strict=True)):
        primary = " (primary)" if rank == 0 and len(protocols) > 1 else ""
        axes.set_title(f"{protocol}{primary}\n{PROTOCOL_LABELS.get(protocol, '')}".strip(), fontsize=TYPE_POINTS)
    panels[0].set_ylabel("NSB mutual information (bits)")
    return figure, panels


def _scale_to_bound(panels: Sequence[Axes], n_classes: int, lowest: float) -> None:
    """Y axis from zero, or below where an estimate is negative, to just above the bound log2(n_classes)."""
    bound = math.log2(n_classes)
    panels[0].set_ylim(min(0.0, lowest - 0.02 * bound), 1.06 * bound)


# --------------------------------------------------------------------------------------- clusters against classes


def match_clusters(table: np.ndarray) -> np.ndarray:
    """Order of clusters, (n_clusters,), that puts the most images of a table (n_classes, n_clusters) on its diagonal.

    Each class gets one cluster of its own, those of earlier classes first. Clusters without a class come last, sorted
    by the class that most of their images have.
    """
    # Imported here because it takes as long as the rest of this module, which most figures would wait for in vain.
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(table, maximize=True)
    matched = columns[np.argsort(rows)]
    leftover = np.setdiff1d(np.arange(table.shape[1]), matched)
    return np.concatenate([matched, leftover[np.argsort(table[:, leftover].argmax(axis=0), kind="stable")]])


@figure_style()
def cluster_class_matrix(
    table: np.ndarray, class_names: Sequence[str], *, model: str, layer: str, protocol: str, mi_nsb_bits: float
) -> Figure:
    """Share of each class's images in each cluster, with the clusters' sizes above.

    `table`: number of images, (n_classes, n_clusters); clusters are shown in the order of `match_clusters` and labelled
    by their column in `table`, counted from 0. `mi_nsb_bits`: their mutual information with the classes, in bits.

    Raises ValueError when there is not one name a class, or a class has no images.
    """
    table = np.asarray(table)
    n_classes, n_clusters = table.shape
    sizes = table.sum(axis=1)
    if len(class_names) != n_classes or not sizes.all():
        raise ValueError(f"{len(class_names)} names for {n_classes} classes, of which {np.sum(sizes == 0)} are empty")
    order = match_clusters(table)
    percent = 100 * table[:, order] / sizes[:, None]

    width, height = _matrix_side(n_clusters), _matrix_side(n_classes)
    shown_columns = _legible(range(n_clusters), n_clusters * LABEL_PITCH / width)
    shown_rows = _legible(range(n_classes), n_classes * LABEL_PITCH / height)
    labels = [_shortened(name) for name in class_names]
    sheet = _MatrixSheet(
        width,
        height,
        labels,
        [str(n_clusters - 1)],
        title=f"{model}, layer {layer}, protocol {protocol}\n{n_clusters} clusters against {n_classes} classes, "
        f"MI = {mi_nsb_bits:.2f} of {math.log2(n_classes):.2f} bits",
        note=f"n = {table.sum():,} images. Clusters are ordered so that the diagonal holds the most images."
        f"{_omission(len(shown_rows), n_classes)}",
        strip=0.6,
    )
    image = sheet.axes.imshow(percent, aspect="auto", vmin=0, vmax=percent.max(), interpolation="nearest")
    sheet.axes.set_xticks(shown_columns, [str(order[i]) for i in shown_columns], rotation=90)
    sheet.axes.set_yticks(shown_rows, [labels[i] for i in shown_rows])
    sheet.axes.set(xlabel="Cluster (number in the cut of the tree)", ylabel="Class")
    sheet.strip.bar(range(n_clusters), table.sum(axis=0)[order], width=0.8, color=GREY)
    sheet.strip.set(xlim=sheet.axes.get_xlim(), ylabel="Images", xticks=[])
    sheet.strip.yaxis.set_major_locator(MaxNLocator(2, integer=True))
    sheet.colour_bar(image, "Images of the class that are in the cluster (%)")
    return sheet.figure


# ------------------------------------------------------------------------------------------------------ Brain-Score


@dataclass(frozen=True)
class BrainScorePanel:
    """One Brain-Score benchmark: scores (no unit) and best mutual information (bits) of `models`, (n,) each.

    `r`, `p`: Pearson's correlation and its p-value, None where undefined; `note` then says why. `interval`: confidence
    interval of r; `q`: Benjamini-Hochberg's q-value. `matches`: by network, what the model that was scored is to it,
    one of `MATCH_FILLS`; others are drawn filled.
    Raises ValueError when the lengths differ, only one of r and p is given, or neither and nothing says why.
    """

    benchmark: str
    models: Sequence[str]
    scores: Sequence[float]
    best_mi_bits: Sequence[float]
    r: float | None
    p: float | None
    note: str = ""
    interval: tuple[float, float] | None = None
    q: float | None = None
    matches: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not len(self.models) == len(self.scores) == len(self.best_mi_bits):
            raise ValueError(
                f"{self.benchmark}: {len(self.scores)} scores and {len(self.best_mi_bits)} best values of mutual "
                f"information for {len(self.models)} networks"
            )
        if (self.r is None) != (self.p is None):
            raise ValueError(f"{self.benchmark}: r is {self.r} but p is {self.p}; give both or neither")
        if self.r is None and not self.note:
            raise ValueError(f"{self.benchmark}: r is undefined, and no note says why")

    @property
    def n(self) -> int:
        """Number of networks with a score."""
        return len(self.models)


@figure_style()
def brainscore_scatter(panels: Sequence[BrainScorePanel], families: Mapping[str, str], *, protocol: str) -> Figure:
    """Best mutual information of each network against its Brain-Score, one panel a benchmark, in the given order.

    `families`: network to family of all networks of the study; styles are those of `mi_by_layer`. The line of least
    squares is drawn where r is defined; where it is not, the panel says why.

    Raises ValueError when there are no panels, or a network has no family.
    """
    if not panels:
        raise ValueError("no benchmarks to plot")
    styles = _known_styles(families, {model for panel in panels for model in panel.models})
    # The legend takes the last cell of the first row.
    n_columns = min(4, len(panels) + 1)
    n_rows = math.ceil((len(panels) + 1) / n_columns)
    handles = _legend_handles(styles, lines=False) + _match_handles(panels)
    # Notes stand above points, and must not take the points' room.
    note_lines = max(len(_note_lines(panel)) if panel.n else 0 for panel in panels)
    note_lines += any(panel.interval for panel in panels)
    row_height = max(2.05 + _line_height(TYPE_POINTS) * note_lines, 0.15 * _count_lines(handles) + 0.2)
    height = 0.7 + row_height * n_rows
    figure = Figure(figsize=(PANEL_WIDTH * n_columns, height), layout="constrained")
    grid = figure.subplots(n_rows, n_columns, sharey=True, squeeze=False)
    legend_cell = grid[0, -1]
    cells = [cell for cell in grid.flat if cell is not legend_cell]
    for cell in [legend_cell, *cells[len(panels) :]]:
        cell.set_axis_off()
    for cell, panel in zip(cells, panels, strict=False):
        _scatter(cell, panel, styles)
    for row in grid:
        row[0].set_ylabel("Best NSB MI (bits)")
    if handles:
        legend_cell.legend(handles=handles, loc="upper left", bbox_to_anchor=(-0.1, 1.1), labelspacing=0.3)
    else:
        # Without points there is nothing that the ticks of the shared axis could measure.
        grid[0, 0].set_yticks([])
    _write_around(
        figure,
        f"Best layer's mutual information against Brain-Score, protocol {protocol}",
        "n: networks with a Brain-Score. r, p: Pearson's correlation and its two-sided p-value."
        + (" In brackets: confidence interval of r, by Fisher's z." if any(panel.interval for panel in panels) else "")
        + (" q: p-value adjusted for the number of benchmarks (Benjamini-Hochberg)." if _have_q(panels) else ""),
    )
    return figure


def _have_q(panels: Sequence[BrainScorePanel]) -> bool:
    return any(panel.q is not None for panel in panels)


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
    for model, score, bits in zip(panel.models, panel.scores, panel.best_mi_bits, strict=True):
        style = styles[model]
        axes.plot(
            score,
            bits,
            color=style.colour,
            marker=style.marker,
            linestyle="none",
            markersize=6,
            **_filled(style.colour, panel.matches.get(model, "")),
        )
    title = [f"{panel.benchmark.replace('_', ' ')}, n = {panel.n}"]
    if panel.r is not None and panel.p is not None:
        p = f"p {_p_value(panel.p)}"
        if panel.interval is None:
            title.append(f"r = {_signed(panel.r)}, {p}")
        else:
            low, high = panel.interval
            title += [f"r = {_signed(panel.r)} [{_signed(low)}, {_signed(high)}]", p]
        if panel.q is not None:
            title[-1] += f", q {_p_value(panel.q)}"
        slope, intercept = np.polyfit(panel.scores, panel.best_mi_bits, 1)
        ends = np.array([min(panel.scores), max(panel.scores)])
        axes.plot(ends, intercept + slope * ends, color=GREY, linewidth=0.9, zorder=1)
    if panel.n:
        axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        title += _note_lines(panel)
    else:
        note = "\n".join(_note_lines(panel))
        axes.text(0.5, 0.5, note, transform=axes.transAxes, ha="center", va="center", color=GREY)
        axes.set_xticks([])
    axes.set_title("\n".join(title), fontsize=TYPE_POINTS)
    axes.set_xlabel("Brain-Score")
    axes.margins(0.1)


def _note_lines(panel: BrainScorePanel) -> list[str]:
    """Why r is undefined, broken to the width of a panel."""
    return _wrapped(panel.note, 0.8 * PANEL_WIDTH, TYPE_POINTS).splitlines() if panel.r is None else []


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _p_value(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.2f}" if p >= 0.1 else f"= {p:.3f}"


# ------------------------------------------------------------------------------------------------- titles and sheets


def _write_around(figure: Figure, title: str, note: str) -> None:
    """Title above and note below a figure whose layout is constrained, both broken to its width."""
    width = figure.get_figwidth() - 2 * MARGIN
    x = MARGIN / figure.get_figwidth()
    figure.suptitle(_wrapped(title, width, TITLE_POINTS), x=x, ha="left")
    figure.supxlabel(_wrapped(note, width, TYPE_POINTS), x=x, ha="left", fontsize=TYPE_POINTS, color=GREY)


def _matrix_side(n_labels: int) -> float:
    """Side of a matrix in inches that has room for `n_labels` labels, 47 with ease, as long as that fits a page."""
    return float(np.clip(n_labels * LABEL_PITCH, 4.0, 6.3))


class _MatrixSheet:
    """A figure around one matrix of fixed size, so that its labels have the room they need; lengths in inches.

    From the top: title, strip of height `strip` if any, matrix with its labels, colour bar, note.
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
    ):
        left = 0.4 + max(_text_width(label, TYPE_POINTS) for label in row_labels)
        across = left + width + 0.25
        title = _wrapped(title, across - 2 * MARGIN, TITLE_POINTS)
        note = _wrapped(note, across - 2 * MARGIN, TYPE_POINTS)
        bar = 0.6 + _line_height(TYPE_POINTS) * len(note.splitlines())
        bottom = bar + 0.6 + max(_text_width(label, TYPE_POINTS) for label in column_labels)
        top = 0.25 + _line_height(TITLE_POINTS) * len(title.splitlines()) + (0.08 + strip if strip else 0)
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

    def colour_bar(self, image: ScalarMappable, label: str, extend: str = "neither") -> None:
        """The colour bar below the matrix."""
        bar = self.figure.colorbar(image, cax=self._bar, orientation="horizontal", extend=extend)
        bar.set_label(label)
        bar.outline.set_linewidth(0.4)


def _text_width(line: str, points: float) -> float:
    """Width of one line of text, in inches."""
    width, _, _ = text_to_path.get_text_width_height_descent(line, FontProperties(size=points), ismath=False)
    return width / 72


def _line_height(points: float) -> float:
    """Distance of two lines of a text, in inches."""
    return 1.2 * points / 72


def _wrapped(text: str, width: float, points: float) -> str:
    """`text` broken at spaces into lines of at most `width` inches, as far as its words allow."""
    space = 0.32 * points / 72
    lines: list[str] = []
    for paragraph in text.splitlines():
        # Before the first word of a paragraph there is no line that it could fit on.
        filled = math.inf
        for word in paragraph.split(" "):
            length = _text_width(word, points)
            if filled + space + length > width:
                lines.append(word)
                filled = length
            else:
                lines[-1] += f" {word}"
                filled += space + length
    return "\n".join(lines)


def _legible(positions: Sequence[float], pitch: float) -> list[int]:
    """Indices of those ascending `positions` that keep at least `pitch` from the last one kept."""
    kept: list[int] = []
    for index, position in enumerate(positions):
        if not kept or position - positions[kept[-1]] >= pitch * (1 - 1e-9):
            kept.append(index)
    return kept


def _omission(n_shown: int, n: int) -> str:
    return f" For lack of room, {n_shown} of {n} classes are named." if n_shown < n else ""


def _shortened(name: str, length: int = 24) -> str:
    return name if len(name) <= length else name[: length - 1] + "…"


def _broken(name: str, length: int) -> str:
    """`name` in lines of at most `length` characters, broken after an underscore, dot or hyphen where there is one."""
    lines = [""]
    for piece in re.findall(rf"[^_.-]{{1,{length - 1}}}[_.-]?|[_.-]", name):
        if len(lines[-1]) + len(piece) > length:
            lines.append("")
        lines[-1] += piece
    return "\n".join(lines)
