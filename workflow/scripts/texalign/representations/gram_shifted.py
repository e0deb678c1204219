"""Gram matrices at spatial shifts, which see how channels lie beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from texalign.representations.base import Representation
from texalign.representations.projections import ChannelProjection
from texalign.representations.triangles import pack_triangle, packed_size

if TYPE_CHECKING:
    from torch import Tensor

CHANNELS = 64
# Rows down and columns to the right, in positions of the map; the opposite shift gives the transposed matrix. Not by
# one: the receptive field of the next position is nearly the same.
SHIFTS = ((0, 2), (2, 0))


class ShiftedGram(Representation):
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

    def vectors(self, maps: Tensor) -> Tensor:
        import torch

        width = maps.shape[3]
        margin = max(right for _, right in self._shifts)
        kept = self._projection(maps.flatten(2)).unflatten(2, maps.shape[2:])
        # With zeros on the right, rows can be laid end to end: a shift is then a step along them, in which a position
        # without a partner meets a zero, and no part of the map has to be copied for it.
        rows = torch.nn.functional.pad(kept.permute(0, 2, 3, 1), (0, 0, 0, margin)).flatten(1, 2)
        parts = [pack_triangle(rows.mT @ rows)]
        for down, right in self._shifts:
            step = down * (width + margin) + right
            parts.append((rows[:, : max(0, rows.shape[1] - step)].mT @ rows[:, step:]).flatten(1))
        return torch.cat(parts, 1)
