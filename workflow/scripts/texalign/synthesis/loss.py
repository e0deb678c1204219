"""The loss of an image: how far its representation is from an exemplar's."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from texalign import names
from texalign.errors import TexalignError
from texalign.networks.preprocessing import Normalization
from texalign.networks.taps import TappedNetwork, check_image_size
from texalign.representations.base import Representation
from texalign.synthesis.results import LossByLayer


@dataclass(frozen=True)
class LayerVector:
    """Representation of one image at one layer: `values` (size,), of `channels` channels over `positions` positions.

    `extensive`: how values grow with positions (see `Representation.extensive`).
    """

    values: Tensor
    channels: int
    positions: int
    extensive: bool | None

    @cached_property
    def squared_norm(self) -> float:
        return float(self.values.square().sum())

    def over_positions(self, positions: int) -> "LayerVector":
        """What the same texture would have over another number of positions.

        Raises TexalignError where that does not follow from this one.
        """
        if positions == self.positions:
            return self
        if self.extensive is None:
            raise TexalignError(
                "images of another size than the exemplar cannot be compared with it by this representation; leave "
                "image_size out, or choose another representation"
            )
        factor = positions / self.positions if self.extensive else 1.0
        return LayerVector(self.values * factor, self.channels, positions, self.extensive)


Vectors = Mapping[str, LayerVector]
"""Representation of one image by layer."""


@dataclass(frozen=True)
class ImageMaps:
    """Feature maps of an image: pixels from 0 to 1 in, `normalization` applied, maps of the tapped layers out."""

    network: TappedNetwork
    normalization: Normalization

    def __call__(self, image: Tensor) -> dict[str, Tensor]:
        """Feature maps (1, C, height, width) by layer of an image (1, 3, height, width), differentiable."""
        mean = image.new_tensor(self.normalization.mean).view(3, 1, 1)
        std = image.new_tensor(self.normalization.std).view(3, 1, 1)
        # Convolutions of one image are fastest channels-last, as are the products of channels that follow them.
        return self.network.feature_maps(((image - mean) / std).contiguous(memory_format=torch.channels_last))


def layer_vectors(representation: Representation, maps: Mapping[str, Tensor]) -> dict[str, LayerVector]:
    """Representation of one image's feature maps (1, C, height, width) at every layer, differentiable."""
    found = {}
    for layer, feature_map in maps.items():
        _, channels, height, width = feature_map.shape
        values = representation.vectors(feature_map if representation.spatial else feature_map.flatten(2))
        found[layer] = LayerVector(values[0], channels, height * width, representation.extensive)
    return found


def _paper(target: LayerVector, positions: int) -> float:
    return 1 / (4 * target.channels**2 * positions)


def _gatys(target: LayerVector, positions: int) -> float:
    return 1 / (4 * target.channels**2 * positions**2)


def _relative(target: LayerVector, positions: int) -> float:
    if target.squared_norm == 0:
        raise TexalignError("the exemplar leaves a layer silent, so its loss cannot be relative; use another weighting")
    return 1 / target.over_positions(positions).squared_norm


WEIGHTINGS: Mapping[str, Callable[[LayerVector, int], float]] = {
    "relative": _relative,
    "paper": _paper,
    "gatys": _gatys,
}
"""Weight of a layer's squared distance from the exemplar's vector, N channels, over m positions.

`relative`: 1 / |v'|^2, v' the exemplar's vector over as many positions: layers weigh the same whatever the scale of
their activations; for every representation. `paper`: 1 / (4 N^2 m), under which the Gram matrices of layers weigh the
same where activations are standardised (the paper's appendix 9.1). `gatys`: 1 / (4 N^2 m^2) (Gatys et al. 2015,
equation 3).
"""


def default_weighting(representation: str) -> str:
    """`paper` for Gram matrices, `relative` for what it was not derived for; docs/synthesis.md has the evidence."""
    return "paper" if representation == "gram" else "relative"


class TextureLoss:
    """Distance of images from an exemplar: sum over layers of weight times |v - v'|^2 of their representations.

    `weighting` is one of `WEIGHTINGS`, by default the representation's; `factors` multiplies the weights of layers by
    name (1 if left out). Images may have another size than the exemplar, where its vectors can be scaled to as many
    positions. Works in the precision of the network's parameters.

    Raises TexalignError when the exemplar is too small for the network, for factors that are negative, all 0 or of
    unknown layers, and for a weighting that is unknown or cannot be (see `WEIGHTINGS`).
    """

    def __init__(
        self,
        maps: ImageMaps,
        representation: Representation,
        exemplar: Tensor,
        weighting: str | None = None,
        factors: Mapping[str, float] | None = None,
    ):
        self._maps, self._representation = maps, representation
        self._weight = _weight_function(weighting or default_weighting(representation.name), representation)
        check_image_size(maps.network, exemplar.shape[-1])
        with torch.no_grad():
            self.target = self.vectors(exemplar)
        self._factors = layer_factors(list(self.target), factors or {})
        for goal in self.target.values():  # what is wrong with the weighting is to be said now
            self._weight(goal, goal.positions)

    def vectors(self, image: Tensor) -> dict[str, LayerVector]:
        """Representation of an image at every layer, differentiable."""
        return layer_vectors(self._representation, self._maps(image))

    def distance(self, vectors: Vectors) -> Tensor:
        """Weighted squared distance of an image's vectors from the exemplar's at each layer, (n_layers,)."""
        parts = []
        for layer, goal in self.target.items():
            found = vectors[layer]
            difference = found.values - goal.over_positions(found.positions).values
            weight = self._factors[layer] * self._weight(goal, found.positions)
            parts.append(weight * difference.square().sum())
        return torch.stack(parts)

    def __call__(self, image: Tensor) -> Tensor:
        """Loss of an image, a differentiable scalar."""
        return self.distance(self.vectors(image)).sum()

    def by_layer(self, image: Tensor) -> LossByLayer:
        """Loss of an image and what each layer has in it."""
        with torch.no_grad():
            parts = self.distance(self.vectors(image)).tolist()
        return LossByLayer(math.fsum(parts), dict(zip(self.target, parts, strict=True)))


def _weight_function(weighting: str, representation: Representation) -> Callable[[LayerVector, int], float]:
    if weighting not in WEIGHTINGS:
        raise TexalignError(f"unknown weighting {weighting!r}; known: {', '.join(names.WEIGHTINGS)}")
    if weighting in names.GRAM_WEIGHTINGS and representation.name != "gram":
        raise TexalignError(
            f"the weighting {weighting} is derived for Gram matrices, not for {representation.name}; use relative"
        )
    return WEIGHTINGS[weighting]


def layer_factors(layers: Sequence[str], factors: Mapping[str, float]) -> dict[str, float]:
    """Factor of every layer, 1 where `factors` has none.

    Raises TexalignError for factors of unknown layers, and for such as are negative, not finite, or all 0.
    """
    unknown = sorted(set(factors) - set(layers))
    if unknown:
        raise TexalignError(f"layer weights of unknown layers: {', '.join(unknown)}; known: {', '.join(layers)}")
    values = {layer: float(factors.get(layer, 1.0)) for layer in layers}
    if min(values.values()) < 0 or max(values.values()) == 0 or not all(map(math.isfinite, values.values())):
        raise TexalignError(f"layer weights must be at least 0, not all 0, and finite: {dict(factors)}")
    return values
