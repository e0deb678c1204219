"""A network's mutual information over the number of clusters."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from texalign.errors import TexalignError
from texalign.figures.kit import GREY, broken, figure_style, protocol_panels, scale_to_bound, write_around
from texalign.figures.looks import count_lines, layer_colours


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
    Raises TexalignError when there are no curves.
    """
    if not curves:
        raise TexalignError("no curves to plot")
    protocols = list(dict.fromkeys(curve.protocol for curve in curves))
    colours = layer_colours(list(dict.fromkeys(curve.layer for curve in curves)))
    handles = [Line2D([], [], color=colour, label=broken(layer, 18)) for layer, colour in colours.items()]
    figure, (panels,) = protocol_panels(protocols, legend_width=0.9, legend_lines=count_lines(handles) + 1)
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
    scale_to_bound(panels, math.log2(n_classes), lowest=min(float(curve.mi_nsb_bits.min()) for curve in curves))
    figure.legend(handles=handles, loc="outside right center", title="Layer")
    write_around(
        figure,
        f"{model}: mutual information between human labels and clusters, by number of clusters",
        f"n = {n_images:,} images of {n_classes} classes. Dashed: upper bound, "
        f"log₂ min(k, {n_classes}). Dotted: as many clusters as classes.",
    )
    return figure
