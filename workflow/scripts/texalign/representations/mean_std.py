"""Mean and standard deviation of each channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from texalign.representations.base import MomentRepresentation, Moments, square_root

if TYPE_CHECKING:
    from torch import Tensor


class MeanStd(MomentRepresentation):
    """Means, then standard deviations over positions, divided by their number (Huang and Belongie 2017).

    The squared distance is the sum over channels of the squared 2-Wasserstein distance of two Gaussians.
    """

    name = "mean_std"
    extensive = False

    def size(self, channels: int) -> int:
        return 2 * channels

    def of_moments(self, moments: Moments) -> Tensor:
        import torch

        variances = moments.central_products.diagonal(dim1=1, dim2=2) / moments.positions
        return torch.cat([moments.mean, square_root(variances)], 1)
