"""Distributions of the activations along random directions, as quantiles."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from texalign.representations.base import Representation
from texalign.representations.projections import SEED, directions

if TYPE_CHECKING:
    import torch
    from torch import Tensor

DIRECTIONS = 32
QUANTILES = 32


class SlicedWasserstein(Representation):
    """Means over equal parts of the activations' sorted values along seeded directions in the space of channels.

    Divided by the root of their number, so that the squared distance estimates the squared sliced 2-Wasserstein
    distance of the activations' distributions (Heitz et al. 2021): the mean over directions of the mean over quantiles
    of squared differences. Within a part of the distribution, differences are averaged before they are squared, which
    makes the estimate at most what it would be from all values; maps of any size can be compared.
    """

    name = "sliced_wasserstein"
    extensive = False

    def __init__(self, n_directions: int = DIRECTIONS, n_quantiles: int = QUANTILES):
        self._directions = n_directions
        self._quantiles = n_quantiles

    def size(self, channels: int) -> int:
        return self._directions * self._quantiles

    def stated(self, channels: int) -> dict[str, object]:
        return {"directions": self._directions, "directions_seed": SEED, "quantiles": self._quantiles}

    def vectors(self, maps: Tensor) -> Tensor:
        along = directions(self._directions, maps.shape[1], maps.device, maps.dtype)
        parts = _parts(maps.shape[2], self._quantiles, maps.device, maps.dtype)
        if maps.device.type == "cpu" and not maps.requires_grad:
            found = _image_by_image(maps, along, parts)
        else:
            found = (along @ maps).sort(dim=-1).values @ parts
        return found.flatten(1) / (self._directions * self._quantiles) ** 0.5


def _image_by_image(maps: Tensor, along: Tensor, parts: Tensor) -> Tensor:
    """Means over parts of the sorted values, (n, directions, quantiles), without a gradient.

    The values of one image fit the caches, and NumPy sorts about ten times faster than torch does on a CPU.
    """
    import torch

    found = torch.empty(len(maps), len(along), parts.shape[1], dtype=maps.dtype)
    for means, one in zip(found, maps, strict=True):
        values = along @ one
        values.numpy().sort(axis=-1)
        torch.mm(values, parts, out=means)
    return found


@cache
def _parts(n: int, quantiles: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """What each of n sorted values has in the mean of each of `quantiles` equal parts of them, (n, quantiles)."""
    import torch

    with torch.inference_mode(False):  # kept for later calls, which may need gradients
        starts = torch.arange(n, dtype=torch.float64)[:, None] / n
        ends = (torch.arange(n, dtype=torch.float64)[:, None] + 1) / n
        parts = torch.arange(quantiles, dtype=torch.float64) / quantiles
        shared = torch.minimum(ends, parts + 1 / quantiles) - torch.maximum(starts, parts)
        return (shared.clamp(min=0) * quantiles).to(device, dtype)
