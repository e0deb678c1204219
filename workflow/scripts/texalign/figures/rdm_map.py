"""All RDMs on one map: their positions in the plane, and each against each."""

import math
from collections.abc import Mapping, Sequence
from itertools import cycle, product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from texalign.errors import TexalignError
from texalign.figures.kit import PAGE_WIDTH, figure_style, legible, write_around
from texalign.figures.looks import NetworkStyle, known_styles, legend_handles
from texalign.rdms.comparison import clustered_order, map_positions

# Points between labels of the heat map's rows.
_LABEL_POINTS = 6.5
# Of classes and people, each white and black.
OTHER_SHAPES = ("*", "d", "8", "H")


@figure_style()
def rdm_map(names: Sequence[str], similarities: np.ndarray, families: Mapping[str, str], *, n_images: int) -> Figure:
    """RDMs in the plane, networks' layers joined by lines, and their similarities as a heat map, like beside like.

    `names`: `model/layer`, `classes`, or `people/evidence`, (n,). `similarities`: Spearman's correlations, (n, n).
    Raises TexalignError when there are fewer than 3 RDMs, or a network has no family.
    """
    if len(names) < 3 or similarities.shape != (len(names), len(names)):
        raise TexalignError(f"a map of {len(names)} RDMs with similarities of shape {similarities.shape}")
    models = [name.split("/")[0] for name in names]
    styles = known_styles(families, set(models) & set(families))
    n_entries = len(names) - sum(model in styles for model in models) + len(styles)
    legend_height = 0.1 + 0.17 * math.ceil(n_entries / 4)
    figure = Figure(figsize=(PAGE_WIDTH, 0.5 * PAGE_WIDTH + legend_height), layout="constrained")
    # A legend outside of all axes would come to lie on the note that stands below a figure.
    cells = figure.add_gridspec(
        2, 2, width_ratios=(1, 1.15), height_ratios=(0.5 * PAGE_WIDTH - 0.8, max(legend_height, 0.2))
    )
    plane, matrix = (figure.add_subplot(cells[0, column]) for column in range(2))
    legend_cell = figure.add_subplot(cells[1, :])
    legend_cell.set_axis_off()
    others = _draw_plane(plane, names, map_positions(similarities), styles)
    _draw_matrix(figure, matrix, names, similarities)
    legend_cell.legend(handles=[*legend_handles(styles, lines=True), *others], loc="center", ncols=4, handlelength=3)
    kinds = ["classes"] * ("classes" in names) + ["people"] * any(name.startswith("people/") for name in names)
    write_around(
        figure,
        f"{', '.join(['Networks', *kinds])}: how alike the orders of their dissimilarities are",
        f"n = {n_images:,} images. Left: classical multidimensional scaling of Spearman's correlations, layers of a "
        "network joined, first layer hollow. Right: correlations, ordered by average linkage.",
    )
    return figure


def _draw_plane(
    axes: Axes, names: Sequence[str], positions: np.ndarray, styles: Mapping[str, NetworkStyle]
) -> list[Line2D]:
    """Draw the map; return the legend's entries of what is no network."""
    for model, style in styles.items():
        own = positions[[place for place, name in enumerate(names) if name.split("/")[0] == model]]
        axes.plot(*own.T, color=style.colour, linestyle=style.line_style, marker=style.marker, markersize=4)
        axes.plot(*own[0], color=style.colour, marker=style.marker, markersize=4, markerfacecolor="white")
    others = [(name, positions[place]) for place, name in enumerate(names) if name.split("/")[0] not in styles]
    axes.set(xlabel="First axis", ylabel="Second axis")
    axes.set_aspect("equal", adjustable="datalim")
    return _draw_others(axes, others)


def _draw_others(axes: Axes, others: Sequence[tuple[str, np.ndarray]]) -> list[Line2D]:
    """Classes and people, each by a shape of its own, of which there are eight; their entries of the legend."""
    handles = []
    shapes = cycle(product(OTHER_SHAPES, ("white", "black")))
    for (name, position), (marker, face) in zip(others, shapes, strict=False):
        look = {"marker": marker, "markersize": 9, "color": "black", "markerfacecolor": face, "linestyle": "none"}
        axes.plot(*position, zorder=5, **look)
        handles.append(Line2D([], [], label=name, **look))
    return handles


def _draw_matrix(figure: Figure, axes: Axes, names: Sequence[str], similarities: np.ndarray) -> None:
    order = clustered_order(similarities)
    off_diagonal = similarities[~np.eye(len(names), dtype=bool)]
    image = axes.imshow(
        similarities[np.ix_(order, order)],
        vmin=min(0.0, float(off_diagonal.min())),
        vmax=max(float(off_diagonal.max()), 1e-6),
        interpolation="nearest",
    )
    pitch = len(names) * 1.25 * _LABEL_POINTS / (0.36 * PAGE_WIDTH * 72)
    shown = legible(list(range(len(names))), max(pitch, 1.0))
    axes.set_yticks(shown, [names[order[place]] for place in shown], fontsize=_LABEL_POINTS)
    axes.set_xticks([])
    figure.colorbar(image, ax=axes, label="Spearman's correlation", shrink=0.8)
