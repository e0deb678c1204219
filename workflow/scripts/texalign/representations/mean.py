"""Mean activation of each channel: what global average pooling keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from texalign.representations.base import MomentRepresentation, Moments

if TYPE_CHECKING:
    from torch import Tensor


class Mean(MomentRepresentation):
    """m_i = mean over positions of F_i (global average pooling, Lin et al. 2014)."""

    name = "mean"
    extensive = False

    def size(self, channels: int) -> int:
        return channels

    def of_moments(self, moments: Moments) -> Tensor:
        return moments.mean
