"""All RDMs on one map: their positions in the plane, and each against each."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from texalign.errors import TexalignError
from texalign.figures.kit import GREY, PAGE_WIDTH, TYPE_POINTS, figure_style, legible, write_around
from texalign.figures.looks import NetworkStyle, known_styles, legend_handles
from texalign.rdms.comparison import clustered_order, map_positions

# Points between labels of the heat map's rows.
_LABEL_POINTS = 5.5


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
    figure = Figure(figsize=(PAGE_WIDTH, 0.62 * PAGE_WIDTH), layout="constrained")
    plane, matrix = figure.subplots(1, 2, width_ratios=(1, 1.15))
    _draw_plane(plane, names, map_positions(similarities), styles)
    _draw_matrix(figure, matrix, names, similarities)
    figure.legend(handles=legend_handles(styles, lines=True), loc="outside lower center", ncols=4, handlelength=3)
    write_around(
        figure,
        "Representations, classes and people by the order of their dissimilarities",
        f"n = {n_images:,} images. Left: classical multidimensional scaling of Spearman's correlations, layers of a "
        "network joined, first layer hollow. Right: correlations, ordered by average linkage.",
    )
    return figure


def _draw_plane(axes: Axes, names: Sequence[str], positions: np.ndarray, styles: Mapping[str, NetworkStyle]) -> None:
    for model, style in styles.items():
        own = positions[[place for place, name in enumerate(names) if name.split("/")[0] == model]]
        axes.plot(*own.T, color=style.colour, linestyle=style.line_style, marker=style.marker, markersize=4)
        axes.plot(*own[0], color=style.colour, marker=style.marker, markersize=4, markerfacecolor="white")
    for place, name in enumerate(names):
        if name.split("/")[0] not in styles:
            axes.plot(*positions[place], color=GREY, marker="*", markersize=9)
            axes.annotate(name, positions[place], xytext=(4, 4), textcoords="offset points", fontsize=TYPE_POINTS - 1)
    axes.set(xlabel="First axis", ylabel="Second axis")
    axes.set_aspect("equal", adjustable="datalim")


def _draw_matrix(figure: Figure, axes: Axes, names: Sequence[str], similarities: np.ndarray) -> None:
    order = clustered_order(similarities)
    off_diagonal = similarities[~np.eye(len(names), dtype=bool)]
    image = axes.imshow(
        similarities[np.ix_(order, order)],
        vmin=min(0.0, float(off_diagonal.min())),
        vmax=max(float(off_diagonal.max()), 1e-6),
        interpolation="nearest",
    )
    pitch = len(names) * _LABEL_POINTS / (0.4 * PAGE_WIDTH * 72)
    shown = legible(list(range(len(names))), max(pitch, 1.0))
    axes.set_yticks(shown, [names[order[place]] for place in shown], fontsize=_LABEL_POINTS)
    axes.set_xticks([])
    figure.colorbar(image, ax=axes, label="Spearman's correlation", shrink=0.8)
