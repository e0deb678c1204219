"""Gaussians fitted to the activations, as vectors whose distances are about those of optimal transport."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from texalign.representations.base import MomentRepresentation, Moments
from texalign.representations.projections import ChannelProjection
from texalign.representations.triangles import pack_triangle, packed_size

if TYPE_CHECKING:
    import torch
    from torch import Tensor

# Square roots of larger matrices would take longer than most networks' pass.
CHANNELS = 64


class Gaussian(MomentRepresentation):
    """Mean, then matrix square root of the covariance (divided by the number of positions), packed.

    Where two covariances commute, the distance is the 2-Wasserstein distance of the Gaussians; otherwise it is an upper
    bound (Vacher et al. 2020 interpolate textures along geodesics of that distance). Of more than `CHANNELS` channels a
    seeded projection is taken.
    """

    name = "gaussian"
    extensive = False

    def __init__(self, channels: int = CHANNELS):
        self._projection = ChannelProjection(channels)

    def size(self, channels: int) -> int:
        kept = self._projection.kept(channels)
        return kept + packed_size(kept)

    def stated(self, channels: int) -> dict[str, object]:
        return self._projection.stated(channels)

    def of_moments(self, moments: Moments) -> Tensor:
        import torch

        kept = moments.projected(self._projection)
        covariance = kept.central_products / kept.positions
        return torch.cat([kept.mean, pack_triangle(_matrix_root().apply(covariance))], 1)


@cache
def _matrix_root() -> type[torch.autograd.Function]:
    import torch

    class MatrixRoot(torch.autograd.Function):
        """Square roots S of positive semidefinite matrices C (n, k, k).

        The gradient solves dS S + S dS = dC in the eigenvectors' basis, where it is dC_ij / (s_i + s_j): unlike the
        eigenvectors' own, it is defined where eigenvalues are equal. Directions in which C is singular get none.
        """

        @staticmethod
        def forward(context: torch.autograd.function.FunctionCtx, matrices: Tensor) -> Tensor:
            values, vectors = torch.linalg.eigh(matrices)
            roots = values.clamp(min=0).sqrt()
            context.save_for_backward(roots, vectors)
            return (vectors * roots[:, None, :]) @ vectors.mT

        @staticmethod
        def backward(context: torch.autograd.function.FunctionCtx, gradient: Tensor) -> Tensor:
            roots, vectors = context.saved_tensors
            sums = roots[:, :, None] + roots[:, None, :]
            smallest = torch.finfo(roots.dtype).eps ** 0.5 * roots[:, -1, None, None]
            inner = vectors.mT @ (0.5 * (gradient + gradient.mT)) @ vectors
            solved = torch.where(sums > smallest, inner / sums.clamp(min=torch.finfo(roots.dtype).tiny), 0)
            return vectors @ solved @ vectors.mT

    return MatrixRoot
