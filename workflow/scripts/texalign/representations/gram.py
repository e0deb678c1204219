"""Gram matrices of feature maps: the paper's representation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from texalign.representations.base import MomentRepresentation, Moments
from texalign.representations.triangles import pack_triangle, packed_size

if TYPE_CHECKING:
    from torch import Tensor


class Gram(MomentRepresentation):
    """G_ij = sum over positions of F_i F_j, packed.

    Not divided by anything (the paper's equation 1, after Gatys et al. 2015).
    """

    name = "gram"
    extensive = True

    def size(self, channels: int) -> int:
        return packed_size(channels)

    def of_moments(self, moments: Moments) -> Tensor:
        return pack_triangle(moments.products)


def gram_matrix(feature_map: Tensor) -> Tensor:
    """Gram matrices (n, C, C) of feature maps (n, C, height, width), not packed. Differentiable."""
    return Moments(feature_map).products
