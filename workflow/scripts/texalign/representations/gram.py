"""Gram matrices of feature maps, packed to half their size without changing distances."""

import math

import numpy as np
import torch
from torch import Tensor


def gram_matrix(feature_map: Tensor) -> Tensor:
    """Gram matrices of feature maps (n, C, height, width): (n, C, C), G_ij = sum over positions of F_i F_j.

    Not divided by anything (the paper's equation 1, after Gatys et al. 2015). Differentiable. Maps that lie
    channels-last in memory are multiplied where they are, without a copy.
    """
    positions_by_channels = feature_map.permute(0, 2, 3, 1).flatten(1, 2)
    return positions_by_channels.mT @ positions_by_channels


class TrianglePacker:
    """Packs symmetric C x C matrices into C(C+1)/2 numbers whose Euclidean and inner products equal the full matrices'.

    The upper triangle row by row (NumPy's `triu_indices` order), off-diagonal entries times sqrt(2), since each stands
    for two equal entries.
    """

    def __init__(self, channels: int, device: torch.device | str = "cpu"):
        rows, columns = torch.triu_indices(channels, channels, device=device)
        self._flat = rows * channels + columns
        self._scale = torch.where(rows == columns, 1.0, math.sqrt(2.0)).to(torch.float32)

    def pack(self, matrices: Tensor) -> Tensor:
        """(n, C, C) float32 to (n, C(C+1)/2)."""
        return matrices.flatten(1).index_select(1, self._flat).mul_(self._scale)


def unpack_triangle(packed: np.ndarray, channels: int) -> np.ndarray:
    """Full symmetric matrices (..., C, C) from packed triangles (..., C(C+1)/2)."""
    rows, columns = np.triu_indices(channels)
    values = packed / np.where(rows == columns, 1.0, math.sqrt(2.0)).astype(packed.dtype)
    full = np.empty((*packed.shape[:-1], channels, channels), packed.dtype)
    full[..., rows, columns] = values
    full[..., columns, rows] = values
    return full
