"""Distributions of the activations along random directions, as quantiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from texalign.representations.base import Representation
from texalign.representations.projections import SEED, directions

if TYPE_CHECKING:
    from torch import Tensor

DIRECTIONS = 32
QUANTILES = 32


class SlicedWasserstein(Representation):
    """Quantiles of the activations along seeded directions in the space of channels, over the root of their number.

    The squared distance estimates the sliced 2-Wasserstein distance of the activations' distributions (Heitz et al.
    2021): the mean over directions of the mean over quantiles of squared differences. Quantiles lie in the middle of
    equal parts of the distribution and are interpolated between positions, so that maps of any size can be compared.
    """

    name = "sliced_wasserstein"

    def __init__(self, n_directions: int = DIRECTIONS, n_quantiles: int = QUANTILES):
        self._directions = n_directions
        self._quantiles = n_quantiles

    def size(self, channels: int) -> int:
        return self._directions * self._quantiles

    def stated(self, channels: int) -> dict[str, object]:
        return {"directions": self._directions, "directions_seed": SEED, "quantiles": self._quantiles}

    def vectors(self, maps: Tensor) -> Tensor:
        import torch

        along = directions(self._directions, maps.shape[1], maps.device, maps.dtype)
        values = _sorted(along @ maps)
        # Quantile q of P sorted values lies at q P - 1/2: value number j is the middle of the j-th part of P.
        levels = (torch.arange(self._quantiles, device=maps.device, dtype=torch.float64) + 0.5) / self._quantiles
        places = (levels * values.shape[2] - 0.5).clamp(0, values.shape[2] - 1)
        below = places.floor().long()
        above = (below + 1).clamp(max=values.shape[2] - 1)
        share = (places - below).to(values.dtype)
        quantiles = values[:, :, below] * (1 - share) + values[:, :, above] * share
        return quantiles.flatten(1) / (self._directions * self._quantiles) ** 0.5


def _sorted(values: Tensor) -> Tensor:
    """Values sorted along the last axis. NumPy sorts about ten times faster than torch does on a CPU."""
    if values.device.type != "cpu" or values.requires_grad:
        return values.sort(dim=-1).values
    import numpy as np
    import torch

    return torch.from_numpy(np.sort(values.numpy(), axis=-1))
