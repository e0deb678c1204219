"""Covariances of channels: Gram matrices of the maps about their spatial mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from texalign.representations.base import MomentRepresentation, Moments
from texalign.representations.triangles import packed_size

if TYPE_CHECKING:
    from torch import Tensor


class Covariance(MomentRepresentation):
    """C_ij = sum over positions of (F_i - mean F_i)(F_j - mean F_j), packed.

    Not divided by the number of positions, so that it is to be compared with the Gram matrix, from which it differs by
    positions times the products of the means.
    """

    name = "covariance"
    extensive = True

    def size(self, channels: int) -> int:
        return packed_size(channels)

    def of_moments(self, moments: Moments) -> Tensor:
        return moments.packed_central_products
