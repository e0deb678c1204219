"""How networks, protocols and matches look in every figure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib.style
import numpy as np
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from texalign.errors import TexalignError
from texalign.figures.kit import broken

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
MATCH_FILLS = {"same_weights": "full", "same_architecture": "left", "relative": "none", "untrained": "bottom"}
MATCH_LABELS = {
    "same_weights": "scored: same weights",
    "same_architecture": "same architecture",
    "relative": "relative",
    "untrained": "untrained, as the network",
}


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
