"""A network with its weights and taps, from a name or a module: what a notebook needs in one call."""

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from texalign.artifacts.tap import Tap, Taps, numbered_taps
from texalign.errors import TexalignError
from texalign.networks import folding, sources
from texalign.networks import weights as weights_of
from texalign.networks.preprocessing import PAPER, Normalization
from texalign.networks.taps import TappedNetwork, check_image_size

RANDOM = "random"


class Network:
    """A network in eval mode with its weights, tapped at layers.

    `network`: the `NAME` of a model of torchvision, `SOURCE:NAME` for another source, or a torch module, of which a
    copy is taken. `weights`: a file with a state dict; the name of published weights, which are downloaded; or `random`
    for initial weights drawn from seed 0. A module may leave it out and keeps its own. `layers`: names of the modules
    to tap, which become L1, L2, …, or a mapping of layers to modules. `arguments`: keywords that the source takes.
    `activation`: stage of the feature maps. `maps`: which axis of outputs is which, where that cannot be measured
    (`names.MAPS`). `normalization`: of images before the network sees them; by default the
    paper's. `image_size`: edge of the square images in pixels.

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
        layers: Sequence[str] | Mapping[str, str] = (),
        *,
        arguments: Mapping[str, object] | None = None,
        activation: str = "after_relu",
        maps: str | None = None,
        normalization: Normalization = PAPER,
        image_size: int = 224,
    ):
        self.name, built, state = _built(network, weights, arguments or {})
        self.normalization = normalization
        self.image_size = image_size
        self._tapped = TappedNetwork(built, _taps(layers), activation, maps)
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

    @property
    def tapped(self) -> TappedNetwork:
        """The network as the rest of the library takes it."""
        return self._tapped

    def feature_maps(self, images: Tensor) -> dict[str, Tensor]:
        """Feature maps of all layers, (n, channels, height, width), of normalised images (n, 3, height, width)."""
        with torch.inference_mode():
            return self._tapped.feature_maps(images)

    def __repr__(self) -> str:
        layers = (f"{layer}: {tap}" for layer, tap in self.taps.items())
        return f"<Network {self.name}, {', '.join(layers)}>"


def _built(
    network: str | nn.Module, weights: str | Path | None, arguments: Mapping[str, object]
) -> tuple[str, nn.Module, Mapping[str, Tensor] | None]:
    """Name and module of a network, and the weights that are still to be loaded into it."""
    if isinstance(network, nn.Module):
        if weights == RANDOM:
            raise TexalignError("a module has weights: leave `weights` out, or give the file to load")
        state = None if weights is None else weights_of.read_state_dict(weights)
        return type(network).__name__, copy.deepcopy(network), state
    architecture = sources.Architecture.parse(network if ":" in network else f"torchvision:{network}", arguments)
    if weights is None:
        raise TexalignError(
            f"{network}: which weights? Give a file, the name of published weights, or {RANDOM!r} for none that were "
            "trained"
        )
    built = architecture.build()
    if weights == RANDOM:
        return architecture.target, built, None
    if isinstance(weights, Path) or Path(weights).suffix or Path(weights).exists():
        return architecture.target, built, weights_of.fitted(weights_of.read_state_dict(weights), built.state_dict())
    folder = Path(torch.hub.get_dir())
    return architecture.target, built, weights_of.torchvision_state_dict(architecture, str(weights), folder)


def _taps(layers: Sequence[str] | Mapping[str, str]) -> Taps:
    if isinstance(layers, Mapping):
        return {layer: Tap.parse(module) for layer, module in layers.items()}
    return numbered_taps(layers)
