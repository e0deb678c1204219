"""The loss of an image: how far its representation is from an exemplar's."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

import torch
from torch import Tensor

from texalign import names
from texalign.errors import TexalignError
from texalign.networks.preprocessing import Normalization
from texalign.networks.taps import TappedNetwork, check_image_size
from texalign.representations.gram import gram_matrix
from texalign.synthesis.results import LossByLayer


@dataclass(frozen=True)
class LayerGram:
    """Gram matrix of one image at one layer, (1, C, C), summed over `positions` positions."""

    matrix: Tensor
    positions: int

    @property
    def channels(self) -> int:
        return self.matrix.shape[-1]

    @cached_property
    def squared_norm(self) -> float:
        return float(self.matrix.square().sum())

    def over_positions(self, positions: int) -> "LayerGram":
        """What the same texture would have over another number of positions."""
        return self if positions == self.positions else LayerGram(self.matrix * (positions / self.positions), positions)


def layer_weight(weighting: str, target: LayerGram, positions: int) -> float:
    """Weight of a layer's sum of squared differences of Gram matrices, N channels, m = `positions`.

    `paper`: 1 / (4 N^2 m), under which layers of standardised activations weigh the same (the paper's appendix 9.1);
    `gatys`: 1 / (4 N^2 m^2) (Gatys et al. 2015, equation 3); `relative`: 1 / |target|^2, under which layers weigh the
    same whatever the scale of their activations. Raises TexalignError for another name, and for `relative` when the
    exemplar leaves the layer silent.
    """
    if weighting == "paper":
        return 1 / (4 * target.channels**2 * positions)
    if weighting == "gatys":
        return 1 / (4 * target.channels**2 * positions**2)
    if weighting == "relative":
        if target.squared_norm == 0:
            raise TexalignError(
                "the exemplar leaves a layer silent, so its loss cannot be relative; use another weighting"
            )
        return 1 / (target.squared_norm * (positions / target.positions) ** 2)
    raise TexalignError(f"unknown weighting {weighting!r}; known: {', '.join(names.WEIGHTINGS)}")


class GramLoss:
    """Distance of images' Gram matrices from an exemplar's: sum over layers of weight times squared differences.

    `factors` multiplies the weights of the network's layers by name (1 if left out). Images may have another size than
    the exemplar, whose Gram matrices are then scaled to as many positions. Works in the precision of the network's
    parameters.

    Raises TexalignError when the exemplar is too small for the network, for factors that are negative, all 0 or of
    unknown layers, and for a weighting that is unknown or cannot be (see `layer_weight`).
    """

    def __init__(
        self,
        network: TappedNetwork,
        normalization: Normalization,
        exemplar: Tensor,
        weighting: str = "paper",
        factors: Mapping[str, float] | None = None,
    ):
        self.layers = list(network.taps)
        self._network = network
        self._mean = exemplar.new_tensor(normalization.mean).view(3, 1, 1)
        self._std = exemplar.new_tensor(normalization.std).view(3, 1, 1)
        self._weighting = weighting
        self._factors = _layer_factors(self.layers, factors or {})
        check_image_size(network, exemplar.shape[-1])
        with torch.no_grad():
            self.target = self.grams(exemplar)
        for goal in self.target:  # what is wrong with the weighting is to be said now
            layer_weight(weighting, goal, goal.positions)

    def grams(self, image: Tensor) -> list[LayerGram]:
        """Gram matrices of an image at every layer, differentiable."""
        # Convolutions of one image are fastest channels-last, as is the Gram product that follows them.
        network_input = ((image - self._mean) / self._std).contiguous(memory_format=torch.channels_last)
        return [
            LayerGram(gram_matrix(feature_map), feature_map.shape[2] * feature_map.shape[3])
            for feature_map in self._network.feature_maps(network_input).values()
        ]

    def distance(self, grams: Sequence[LayerGram]) -> Tensor:
        """Weighted squared distance of Gram matrices from the exemplar's at each layer, (n_layers,)."""
        return torch.stack(
            [
                factor
                * layer_weight(self._weighting, goal, gram.positions)
                * (gram.matrix - goal.over_positions(gram.positions).matrix).square().sum()
                for factor, gram, goal in zip(self._factors, grams, self.target, strict=True)
            ]
        )

    def __call__(self, image: Tensor) -> Tensor:
        """Loss of an image, a differentiable scalar."""
        return self.distance(self.grams(image)).sum()

    def by_layer(self, image: Tensor) -> LossByLayer:
        """Loss of an image and what each layer has in it."""
        with torch.no_grad():
            parts = self.distance(self.grams(image)).tolist()
        return LossByLayer(math.fsum(parts), dict(zip(self.layers, parts, strict=True)))


def random_pair_loss(losses: Sequence[GramLoss], like: Sequence[LayerGram]) -> float:
    """Mean loss of one exemplar as seen against another, over all ordered pairs: what unrelated textures differ by.

    `losses` has the loss of each exemplar, all of one network; Gram matrices are taken over as many positions as `like`
    has. Raises TexalignError for fewer than 2 exemplars.
    """
    if len(losses) < 2:
        raise TexalignError(f"{len(losses)} exemplar(s): a random pair needs at least 2")
    pairs = [
        goal.distance([target.over_positions(gram.positions) for target, gram in zip(other.target, like, strict=True)])
        for other, goal in permutations(losses, 2)
    ]
    return float(torch.stack(pairs).sum(dim=1).mean())


def _layer_factors(layers: Sequence[str], factors: Mapping[str, float]) -> list[float]:
    unknown = sorted(set(factors) - set(layers))
    if unknown:
        raise TexalignError(f"layer weights of unknown layers: {', '.join(unknown)}; known: {', '.join(layers)}")
    values = [float(factors.get(layer, 1.0)) for layer in layers]
    if min(values) < 0 or max(values) == 0 or not all(map(math.isfinite, values)):
        raise TexalignError(f"layer weights must be at least 0, not all 0, and finite: {dict(factors)}")
    return values
