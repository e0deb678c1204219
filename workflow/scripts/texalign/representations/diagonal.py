"""Energy of each channel: the diagonal of the Gram matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from texalign.representations.base import MomentRepresentation, Moments

if TYPE_CHECKING:
    from torch import Tensor


class Diagonal(MomentRepresentation):
    """e_i = sum over positions of F_i^2: Gram matrices without any product of two channels."""

    name = "diagonal"
    extensive = True

    def size(self, channels: int) -> int:
        return channels

    def of_moments(self, moments: Moments) -> Tensor:
        return moments.energies
