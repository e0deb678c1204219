"""Command-line arguments of all programs that run a network, and the network that they describe."""

import argparse
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from texalign import names
from texalign.artifacts.tap import Taps, parse_taps

if TYPE_CHECKING:
    import torch

    from texalign.networks.preprocessing import Normalization
    from texalign.networks.taps import TappedNetwork


@dataclass(frozen=True)
class Built:
    """A network with its weights, tapped, on its device, and how images are normalised for it.

    `settings`: what made it, as JSON and attributes of artifacts carry it.
    """

    network: "TappedNetwork"
    normalization: "Normalization"
    device: "torch.device"
    settings: Mapping[str, object]

    @property
    def attributes(self) -> dict[str, object]:
        """`settings` and the device, as attributes of an HDF5 file, in which mappings are JSON."""
        flat = {
            name: json.dumps(value) if isinstance(value, Mapping) else value for name, value in self.settings.items()
        }
        return {**flat, "device": str(self.device)}

    @property
    def taps(self) -> Taps:
        return self.network.taps


def add_architecture_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say which network, without its weights."""
    parser.add_argument(
        "--architecture",
        required=True,
        help=f"SOURCE:NAME or python:MODULE:CALLABLE; sources: {', '.join(names.SOURCES)}",
    )
    parser.add_argument("--arguments", type=json.loads, default={}, help="keyword arguments of the architecture, JSON")


def add_reading_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments by which a network differs from the study's others."""
    parser.add_argument("--maps", help=f"how outputs are to be read, if not told: {', '.join(names.MAPS)}, tokens+N")
    parser.add_argument("--own-activation", choices=list(names.ACTIVATIONS), help="instead, for this network")
    parser.add_argument(
        "--own-preprocessing",
        metavar="WEIGHTS",
        help="mean and std that these weights are for, instead; their name, or what the config says of them, JSON",
    )


def add_network_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say which network, tapped where, fed what, on which device."""
    add_architecture_arguments(parser)
    parser.add_argument("--weights", type=Path, required=True, help="state dict")
    parser.add_argument(
        "--layers",
        nargs="+",
        required=True,
        metavar="LAYER=MODULE",
        help="modules to tap, MODULE@CALL or MODULE@last where one runs several times in a pass; or only LAYER, where "
        "--layers-file says which module",
    )
    parser.add_argument("--layers-file", type=Path, help="layers that a rule chose, TSV")
    add_reading_arguments(parser)
    parser.add_argument("--mean", nargs=3, type=float, required=True, help="mean of red, green and blue, 0 to 1")
    parser.add_argument("--std", nargs=3, type=float, required=True, help="standard deviation of the same")
    parser.add_argument("--activation", choices=list(names.ACTIVATIONS), default="after_relu")
    parser.add_argument("--gpus", type=int, default=0, help="GPUs granted: with 1, the visible one is used")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")


def build(arguments: argparse.Namespace, image_sizes: Iterable[int]) -> Built:
    """The network that the arguments of `add_network_arguments` describe, checked for square images of these sizes.

    Raises TexalignError when the architecture, its weights, the taps or a size do not fit each other.
    """
    import torch

    from texalign.artifacts.files import file_sha256
    from texalign.networks import devices, preprocessing, sources, weights
    from texalign.networks.taps import TappedNetwork, check_image_size

    torch.set_num_threads(arguments.threads)
    device = devices.choose_device(arguments.gpus)
    architecture = sources.Architecture.parse(arguments.architecture, arguments.arguments)
    activation = arguments.own_activation or arguments.activation
    network = TappedNetwork(architecture.build(), _taps(arguments), activation, arguments.maps)
    sizes = list(dict.fromkeys(image_sizes))
    for size in sizes:
        check_image_size(network, size)
    weights.load_weights(network, weights.read_state_dict(arguments.weights), sizes[0])
    network.network.to(device, memory_format=torch.channels_last)
    normalization = preprocessing.Normalization(tuple(arguments.mean), tuple(arguments.std))
    if arguments.own_preprocessing:
        said = arguments.own_preprocessing
        said = json.loads(said) if said.startswith("{") else said
        normalization = weights.trained_with(architecture, said)
    settings = {
        "architecture": arguments.architecture,
        "arguments": arguments.arguments,
        "weights_sha256": file_sha256(arguments.weights),
        "layers": {layer: str(tap) for layer, tap in network.taps.items()},
        "activation": activation,
        "maps": {layer: str(reading.layout) for layer, reading in network.readings(sizes[0]).items()},
        "nonlinearities": {layer: reading.nonlinearity.name for layer, reading in network.readings(sizes[0]).items()},
        "mean": list(normalization.mean),
        "std": list(normalization.std),
    }
    return Built(network, normalization, device, settings)


def _taps(arguments: argparse.Namespace) -> Taps:
    if arguments.layers_file is None:
        return parse_taps(arguments.layers)
    from texalign.networks.chosen import read_layers

    return read_layers(arguments.layers_file, arguments.layers)
