"""Gram matrices at spatial shifts, which see how channels lie beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from texalign.representations.base import MomentRepresentation, Moments
from texalign.representations.projections import ChannelProjection
from texalign.representations.triangles import pack_triangle, packed_size

if TYPE_CHECKING:
    from torch import Tensor

CHANNELS = 64
# Rows down and columns to the right, in positions of the map; the opposite shift gives the transposed matrix. Not by
# one: the receptive field of the next position is nearly the same.
SHIFTS = ((0, 2), (2, 0))


class ShiftedGram(MomentRepresentation):
    """The packed Gram matrix, then for each shift s the matrix of sums over positions p of F_i(p) F_j(p + s).

    As Berger and Memisevic 2017: only positions whose partner lies in the map count, and nothing is divided. Of more
    than `CHANNELS` channels a seeded projection is taken.
    """

    name = "gram_shifted"
    spatial = True

    def __init__(self, channels: int = CHANNELS, shifts: tuple[tuple[int, int], ...] = SHIFTS):
        self._projection = ChannelProjection(channels)
        self._shifts = shifts

    def size(self, channels: int) -> int:
        kept = self._projection.kept(channels)
        return packed_size(kept) + len(self._shifts) * kept**2

    def stated(self, channels: int) -> dict[str, object]:
        shifts = " ".join(f"{down},{right}" for down, right in self._shifts)
        return {"shifts": shifts, **self._projection.stated(channels)}

    def of_moments(self, moments: Moments) -> Tensor:
        import torch

        kept = moments.projected(self._projection)
        rows = kept.maps.mT.unflatten(1, kept.grid)
        shifted = [_shifted_products(rows, down, right).flatten(1) for down, right in self._shifts]
        return torch.cat([pack_triangle(kept.products), *shifted], 1)


def _shifted_products(rows: Tensor, down: int, right: int) -> Tensor:
    """Sums over positions p of F_i(p) F_j(p + s), (n, C, C), of maps (n, height, width, C).

    With rows laid end to end a shift is a step along them, for which no part of the map has to be copied. What a step
    then pairs beyond the right edge, with the next row's beginning, is taken off.
    """
    n, height, width, channels = rows.shape
    if down >= height or right >= width:
        return rows.new_zeros(n, channels, channels)
    step = down * width + right
    line = rows.flatten(1, 2)
    products = line[:, : height * width - step].mT @ line[:, step:]
    if right == 0 or down + 1 >= height:
        return products
    ends = rows[:, : height - down - 1, width - right :].flatten(1, 2)
    beginnings = rows[:, down + 1 :, :right].flatten(1, 2)
    return products - ends.mT @ beginnings
