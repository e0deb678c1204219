"""Mutual information of every network by layer."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from texalign.errors import TexalignError
from texalign.figures.kit import GREY, figure_style, protocol_panels, scale_to_bound, write_around
from texalign.figures.looks import count_lines, known_styles, legend_handles


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

    Raises TexalignError when there are no layers, or a network has no family.
    """
    if not layers:
        raise TexalignError("no layers to plot")
    styles = known_styles(families, {row.model for row in layers})
    protocols = list(dict.fromkeys(row.protocol for row in layers))
    bound = math.log2(n_classes)
    handles = legend_handles(styles, lines=True)
    figure, panels = protocol_panels(protocols, legend_width=1.4, legend_lines=count_lines(handles))
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
    scale_to_bound(panels, n_classes, lowest=min(row.mi_nsb_bits for row in layers))
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
    write_around(
        figure,
        "Mutual information between human labels and clusters, by layer",
        f"n = {n_images:,} images of {n_classes} classes, in {n_classes} Ward clusters; {len(styles)} "
        f"{'networks' if len(styles) > 1 else 'network'}. Dashed: upper bound, log₂ of the number of classes.",
    )
    return figure
