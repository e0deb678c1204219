"""A network with its weights and taps, from a name or a module: what a notebook needs in one call."""

import copy
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from texalign.artifacts.tap import Tap, Taps, numbered_taps
from texalign.errors import TexalignError
from texalign.networks import folding, sources
from texalign.networks import weights as weights_of
from texalign.networks.layers import LayerDescription, describe_layers, spread_taps
from texalign.networks.preprocessing import PAPER, Normalization
from texalign.networks.taps import TappedNetwork, check_image_size

RANDOM = "random"
# Layers that are tapped where none are named.
SPREAD = 5


class Network:
    """A network in eval mode with its weights, tapped at layers.

    `network`: the `NAME` of a model of torchvision, `SOURCE:NAME` for another source, or a torch module, of which a
    copy is taken. `weights`: a file with a state dict; the name of published weights, which are downloaded; or `random`
    for initial weights drawn from seed 0. A module may leave it out and keeps its own. `layers`: names of the modules
    to tap, which become L1, L2, …, or a mapping of layers to modules; by default five at comparable depth, those that
    `spread_taps` takes. `arguments`: keywords that the source takes. `activation`: stage of the feature maps. `maps`:
    which axis of outputs is which, where that cannot be measured (`names.MAPS`). `normalization`: of images before the
    network sees them; by default the paper's. `image_size`: edge of the square images in pixels.

    Raises TexalignError when a name is unknown, weights are not given or do not fit, a layer does not exist (naming the
    nearest ones), or images of this size are too small.

    >>> network = Network("squeezenet1_1", weights="random", layers=["features.0", "features.9.expand3x3"])
    >>> network
    <Network squeezenet1_1, L1: features.0, L2: features.9.expand3x3>
    """

    def __init__(
        self,
        network: str | nn.Module,
        weights: str | Path | None = None,
        layers: Sequence[str] | Mapping[str, str] | None = None,
        *,
        arguments: Mapping[str, object] | None = None,
        activation: str = "after_relu",
        maps: str | None = None,
        normalization: Normalization = PAPER,
        image_size: int = 224,
    ):
        self.name, self._build = _named(network, arguments or {})
        built = self._build()
        state = _state(network, weights, built, arguments or {})
        self.activation = activation
        self.normalization = normalization
        self.image_size = image_size
        self._tapped = TappedNetwork(built, self._taps(built, layers), activation, maps)
        check_image_size(self._tapped, image_size)
        if state is not None:
            weights_of.load_weights(self._tapped, state, image_size)
        else:
            self._tapped.check_maps(image_size)
        folding.fold(self._tapped, image_size)

    @property
    def taps(self) -> dict[str, Tap]:
        """What each layer taps, by name of the layer."""
        return dict(self._tapped.taps)

    def layers(self, count: int = SPREAD) -> list[LayerDescription]:
        """Every module of the network that takes part in a pass, what it puts out and how deep it lies, in order.

        `count` of them are suggested: those that are tapped by default.
        """
        return describe_layers(self._build(), self.image_size, self.activation, count)

    @property
    def tapped(self) -> TappedNetwork:
        """The network as the rest of the library takes it."""
        return self._tapped

    def feature_maps(self, images: Tensor) -> dict[str, Tensor]:
        """Feature maps of all layers, (n, channels, height, width), of normalised images (n, 3, height, width)."""
        with torch.inference_mode():
            return self._tapped.feature_maps(images)

    def _taps(self, built: nn.Module, layers: Sequence[str] | Mapping[str, str] | None) -> Taps:
        if layers is None:
            return numbered_taps(spread_taps(built, self.image_size, SPREAD, self.activation))
        if isinstance(layers, Mapping):
            return {layer: Tap.parse(module) for layer, module in layers.items()}
        return numbered_taps(layers)

    def __repr__(self) -> str:
        layers = (f"{layer}: {tap}" for layer, tap in self.taps.items())
        return f"<Network {self.name}, {', '.join(layers)}>"


def _named(network: str | nn.Module, arguments: Mapping[str, object]) -> tuple[str, Callable[[], nn.Module]]:
    """A network's name, and what makes it anew, with initial weights or a module's own."""
    if isinstance(network, nn.Module):
        return type(network).__name__, partial(copy.deepcopy, network)
    architecture = sources.Architecture.parse(network, arguments)
    return architecture.target, architecture.build


def _state(
    network: str | nn.Module, weights: str | Path | None, built: nn.Module, arguments: Mapping[str, object]
) -> Mapping[str, Tensor] | None:
    """The weights to load into a network that was built, or None where it keeps those that it has."""
    is_module = isinstance(network, nn.Module)
    if weights == RANDOM and is_module:
        raise TexalignError("a module has weights: leave `weights` out, or give the file to load")
    if weights is None and not is_module:
        raise TexalignError(
            f"{network}: which weights? Give a file, the name of published weights, or {RANDOM!r} for none that were "
            "trained"
        )
    if weights is None or weights == RANDOM:
        return None
    if is_module or isinstance(weights, Path) or Path(weights).suffix or Path(weights).exists():
        return weights_of.fitted(weights_of.read_state_dict(weights), built.state_dict())
    folder = Path(torch.hub.get_dir())
    return weights_of.published_state_dict(sources.Architecture.parse(network, arguments), str(weights), folder)
