"""Correlations of channels over positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from texalign.representations.base import MomentRepresentation, Moments
from texalign.representations.triangles import pack_triangle, packed_size

if TYPE_CHECKING:
    from torch import Tensor

# A channel whose standard deviation is below this share of its root mean square varies by rounding errors only.
CONSTANT = 1e-5


class CorrelationMatrix(MomentRepresentation):
    """R_ij = C_ij / sqrt(C_ii C_jj) of the covariances C, packed.

    A channel that does not vary is correlated with none, nor with itself: its row is 0.
    """

    name = "correlation"
    extensive = False

    def size(self, channels: int) -> int:
        return packed_size(channels)

    def of_moments(self, moments: Moments) -> Tensor:
        import torch

        central = moments.central_products
        variances = central.diagonal(dim1=1, dim2=2)
        varies = variances > CONSTANT**2 * moments.energies
        inverse = torch.where(varies, torch.where(varies, variances, 1).rsqrt(), 0)
        return pack_triangle((inverse[:, :, None] * central).mul_(inverse[:, None, :]))
