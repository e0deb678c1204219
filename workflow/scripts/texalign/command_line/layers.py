"""The modules of a network that can be tapped: name, type, shape of the map, and how deep in the network it lies.

Those marked by a star are suggested: at comparable relative depth, and what is taken where no layers are named. Weights
do not matter, and none are loaded.
"""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from texalign import names
from texalign.command_line.console import print_table

if TYPE_CHECKING:
    from texalign.networks.layers import LayerDescription


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `texalign layers`."""
    parser.add_argument("network", help=f"NAME of torchvision, or SOURCE:NAME; sources: {', '.join(names.SOURCES)}")
    parser.add_argument("--arguments", type=json.loads, default={}, help="keyword arguments of the network, JSON")
    parser.add_argument("--activation", choices=list(names.ACTIVATIONS), default="after_relu")
    parser.add_argument("--image-size", type=int, default=224, help="edge of the square images, in pixels")
    parser.add_argument("--count", type=int, default=5, help="how many layers to suggest")
    parser.add_argument("--all", action="store_true", help="also modules that cannot be tapped, and why")
    parser.add_argument("--output", type=Path, metavar="TSV", help="save the table, with all its columns")


def run(arguments: argparse.Namespace) -> None:
    """Print the table, and the suggestion as a config has it."""
    from dataclasses import asdict, fields

    from texalign.artifacts.tables import write_tsv
    from texalign.networks.layers import LayerDescription, describe_layers
    from texalign.networks.sources import Architecture

    architecture = Architecture.parse(arguments.network, arguments.arguments)
    layers = describe_layers(architecture.build(), arguments.image_size, arguments.activation, arguments.count)
    print_table(_row(layer) for layer in layers if layer.tappable or arguments.all)
    suggested = ", ".join(layer.module for layer in layers if layer.suggested)
    print(f"\n* suggested, as a config has it:  layers: [{suggested}]")
    hidden = sum(not layer.tappable for layer in layers)
    if hidden and not arguments.all:
        print(f"{hidden} more modules cannot be tapped {arguments.activation}; --all shows them, and why")
    if arguments.output:
        write_tsv(arguments.output, [field.name for field in fields(LayerDescription)], map(asdict, layers))


def _row(layer: "LayerDescription") -> dict[str, object]:
    sides = (layer.channels, layer.height, layer.width)
    return {
        "": "*" if layer.suggested else None,
        "module": layer.module,
        "type": layer.type,
        "map": " x ".join(map(str, sides)) if layer.channels else None,
        "axes": layer.axes,
        "calls": layer.calls,
        "depth": f"{layer.depth:.2f}",
        "nonlinearity": layer.after,
    }
