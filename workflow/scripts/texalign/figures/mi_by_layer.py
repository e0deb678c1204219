"""Mutual information of every network by layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from texalign.errors import TexalignError
from texalign.figures.kit import GREY, figure_style, protocol_panels, scale_to_bound, write_around
from texalign.figures.looks import NetworkStyle, count_lines, known_styles, legend_handles
from texalign.names import CHOSEN_ON_DATA


@dataclass(frozen=True)
class LayerInformation:
    """NSB mutual information at one layer of one network under one protocol; `position` counts from 1.

    `mi_nsb_bits`: in bits. `of_ceiling`: the share of the smaller of H(class) and H(cluster). `low_bits`, `high_bits`:
    its interval, where there is one.
    """

    protocol: str
    model: str
    layer: str
    position: int
    mi_nsb_bits: float
    of_ceiling: float
    low_bits: float | None = None
    high_bits: float | None = None

    def interval(self, attribute: str) -> tuple[float, float] | None:
        """In bits, or as a share of the ceiling."""
        if self.low_bits is None or self.high_bits is None:
            return None
        unit = 1.0 if attribute == "mi_nsb_bits" or not self.mi_nsb_bits else self.of_ceiling / self.mi_nsb_bits
        return self.low_bits * unit, self.high_bits * unit


@figure_style()
def mi_by_layer(
    layers: Sequence[LayerInformation],
    families: Mapping[str, str],
    *,
    n_images: int,
    n_classes: int,
    class_entropy_bits: float,
    confidence: float | None = None,
) -> Figure:
    """Mutual information over layers, one line a network, one column a protocol: in bits, and of its ceiling.

    Protocols come in the order in which they appear in `layers`, the first is the primary one. `families`: network to
    family of all networks of the study, which gives each its style. Networks may have different numbers of layers.

    Raises TexalignError when there are no layers, or a network has no family.
    """
    if not layers:
        raise TexalignError("no layers to plot")
    styles = known_styles(families, {row.model for row in layers})
    protocols = list(dict.fromkeys(row.protocol for row in layers))
    handles = legend_handles(styles, lines=True)
    labels = ("NSB mutual information (bits)", "… of its ceiling")
    figure, panels = protocol_panels(protocols, 1.4, count_lines(handles), labels)
    for row, attribute, bound in zip(panels, ("mi_nsb_bits", "of_ceiling"), (class_entropy_bits, 1.0), strict=True):
        for axes, protocol in zip(row, protocols, strict=True):
            _lines(axes, [layer for layer in layers if layer.protocol == protocol], attribute, styles)
            axes.axhline(bound, color=GREY, linestyle=(0, (4, 2)), linewidth=0.9)
        scale_to_bound(row, bound, lowest=min(getattr(layer, attribute) for layer in layers))
    names = {row.position: row.layer for row in layers}
    panels[0][0].set_xticks(sorted(names), [names[position] for position in sorted(names)])
    panels[0][0].set_xlim(min(names) - 0.4, max(names) + 0.4)
    panels[0][0].annotate(
        f"H(class) = {class_entropy_bits:.2f} bits",
        (1, class_entropy_bits),
        xycoords=("axes fraction", "data"),
        xytext=(0, 2),
        textcoords="offset points",
        ha="right",
        va="bottom",
        color=GREY,
    )
    for axes in (axes for row in panels for axes in row):
        axes.set_xlabel("Layer")
    figure.legend(handles=handles, loc="outside right center", handlelength=3)
    bars = "" if confidence is None else f" Bars: {100 * confidence:g}% intervals, of these clusters."
    write_around(
        figure,
        "Mutual information between human labels and clusters, by layer",
        f"n = {n_images:,} images of {n_classes} classes, in {n_classes} Ward clusters; {len(styles)} "
        f"{'networks' if len(styles) > 1 else 'network'}.{bars} Dashed: upper bound, the entropy of the classes. "
        "Ceiling: the smaller of the entropies of classes and clusters; clusters of very unequal size cannot tell more."
        f"{_choice(protocols)}",
    )
    return figure


def _choice(protocols: Sequence[str]) -> str:
    """Why the first protocol is the primary one; nothing where there are no others."""
    if len(protocols) == 1:
        return ""
    if protocols[0] != CHOSEN_ON_DATA:
        return " The first protocol is primary by choice; the others are equally valid."
    return (
        " The first protocol was made primary because it shows the paper's findings on real images, a choice made on "
        "data; the others are equally valid."
    )


def _lines(axes: Axes, layers: Sequence[LayerInformation], attribute: str, styles: Mapping[str, NetworkStyle]) -> None:
    for place, (model, style) in enumerate(styles.items()):
        own = sorted((row for row in layers if row.model == model), key=lambda row: row.position)
        # Networks stand beside each other, so that their bars can be told apart.
        offset = 0.4 * ((place + 0.5) / len(styles) - 0.5)
        axes.plot(
            [row.position + offset for row in own],
            [getattr(row, attribute) for row in own],
            color=style.colour,
            marker=style.marker,
            linestyle=style.line_style,
            markeredgecolor="white",
            markeredgewidth=0.4,
        )
        ends = [(row.position + offset, row.interval(attribute)) for row in own]
        known = [(x, *between) for x, between in ends if between is not None]
        if known:
            axes.vlines(*zip(*known, strict=True), colors=style.colour, linewidths=0.6)
