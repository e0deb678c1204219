"""How networks, protocols and matches look in every figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib.style
import numpy as np
from matplotlib.colors import to_hex, to_rgb
from matplotlib.lines import Line2D

from texalign.errors import TexalignError
from texalign.figures.kit import broken

# A family has a colour and a shape, so that families differ also where colours look alike. Okabe and Ito's colours
# without their yellow, which white paper swallows.
FAMILY_LOOKS = {
    "AlexNet": ("#000000", "s"),
    "DenseNet": ("#009E73", "^"),
    "Inception": ("#CC79A7", "D"),
    "ResNet": ("#0072B2", "o"),
    "VGG": ("#D55E00", "v"),
}
# Of other families: 3 and 7 have no common divisor, so that 21 families look different.
OTHER_COLOURS = ("#E69F00", "#56B4E9", "#7F7F7F")
OTHER_MARKERS = ("P", "X", "<", "*", ">", "p", "h")
# Networks of a family have lighter and lighter shades of its colour, up to this share of white, and line styles.
LIGHTEST = 0.65
LINE_STYLES = ("-", "--", "-.", ":")

# How markers are filled: what the model that was scored is to the network.
MATCH_FILLS = {"same_weights": "full", "same_architecture": "left", "relative": "none", "untrained": "bottom"}
MATCH_LABELS = {
    "same_weights": "scored: same weights",
    "same_architecture": "same architecture",
    "relative": "relative",
    "untrained": "untrained, as the network",
}


@dataclass(frozen=True)
class NetworkStyle:
    """How one network looks in every figure: a shade of its family's colour, its family's marker, a line style."""

    colour: str
    marker: str
    line_style: str


def network_styles(families: Mapping[str, str]) -> dict[str, NetworkStyle]:
    """A style for each network of `families` (network to family, in the study's order), networks of a family together.

    A family has one marker and shades of one colour, the first network its full colour; line styles go on in turn.
    """
    styles: dict[str, NetworkStyle] = {}
    for family, (colour, marker) in _family_looks(list(dict.fromkeys(families.values()))).items():
        own = [model for model, its_family in families.items() if its_family == family]
        for rank, (model, white) in enumerate(zip(own, np.linspace(0, LIGHTEST, len(own)), strict=True)):
            shade = to_hex((1 - white) * np.array(to_rgb(colour)) + white)
            styles[model] = NetworkStyle(shade, marker, LINE_STYLES[rank % len(LINE_STYLES)])
    return styles


def _family_looks(families: Sequence[str]) -> dict[str, tuple[str, str]]:
    others = [family for family in families if family not in FAMILY_LOOKS]
    shared = {
        family: (OTHER_COLOURS[i % len(OTHER_COLOURS)], OTHER_MARKERS[i % len(OTHER_MARKERS)])
        for i, family in enumerate(others)
    }
    return {family: FAMILY_LOOKS.get(family) or shared[family] for family in families}


def known_styles(families: Mapping[str, str], models: set[str]) -> dict[str, NetworkStyle]:
    """Styles of those `models` that a figure shows, assigned over all networks of the study."""
    unknown = sorted(models - set(families))
    if unknown:
        raise TexalignError(f"no family is given for {', '.join(unknown)}; known: {', '.join(families)}")
    return {model: style for model, style in network_styles(families).items() if model in models}


def legend_handles(styles: Mapping[str, NetworkStyle], lines: bool) -> list[Line2D]:
    return [
        Line2D(
            [],
            [],
            color=style.colour,
            marker=style.marker,
            linestyle=style.line_style if lines else "none",
            label=broken(model, 18),
        )
        for model, style in styles.items()
    ]


def criterion_words(criterion: str) -> str:
    """What layers were chosen by, in words: mutual information, agreement with people, or a column's name."""
    if criterion == "mi_nsb_bits":
        return "mutual information"
    evidence, *rest = criterion.split(".")
    words = [part.replace("_", " ") for part in rest]
    return f"agreement with {evidence} ({', '.join(words)})" if rest else criterion.replace("_", " ")


def count_lines(handles: Sequence[Line2D]) -> int:
    return sum(len(str(handle.get_label()).splitlines()) for handle in handles)


def layer_colours(layers: Sequence[str]) -> dict[str, str]:
    # Viridis ends in a yellow that white paper swallows.
    shades = matplotlib.colormaps["viridis"](np.linspace(0, 0.88, len(layers)))
    return {layer: to_hex(shade) for layer, shade in zip(layers, shades, strict=True)}
