"""Correlations of channels over positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from texalign.representations.base import MomentRepresentation, Moments
from texalign.representations.triangles import packed_size, triangle_places

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

        variances = moments.central_products.diagonal(dim1=1, dim2=2)
        varies = variances > CONSTANT**2 * moments.energies
        inverse = torch.where(varies, torch.where(varies, variances, 1).rsqrt(), 0)
        rows, columns = triangle_places(inverse.shape[1], inverse.device)
        return moments.packed_central_products * inverse.index_select(1, rows) * inverse.index_select(1, columns)
