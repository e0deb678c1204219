"""Symmetric matrices packed to half their size without changing distances."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import Tensor


def packed_size(order: int) -> int:
    """Length of a packed symmetric matrix, order (order + 1) / 2."""
    return order * (order + 1) // 2


def pack_triangle(matrices: Tensor) -> Tensor:
    """Symmetric matrices (n, C, C) to vectors (n, C(C+1)/2) whose Euclidean and inner products equal the matrices'.

    The upper triangle row by row (NumPy's `triu_indices` order), off-diagonal entries times sqrt(2), since each stands
    for two equal entries.
    """
    flat, scale = _places(matrices.shape[1], matrices.device, matrices.dtype)
    return matrices.flatten(1).index_select(1, flat).mul_(scale)


@cache
def triangle_places(order: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Rows and columns of a packed matrix's entries."""
    import torch

    # Kept for later calls, which may need gradients: not so what is made in inference mode.
    with torch.inference_mode(False):
        rows, columns = torch.triu_indices(order, order, device=device)
        return rows, columns


@cache
def _places(order: int, device: torch.device, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    import torch

    rows, columns = triangle_places(order, device)
    with torch.inference_mode(False):
        scale = torch.full(rows.shape, math.sqrt(2.0), device=device, dtype=dtype)
        scale[rows == columns] = 1.0
        return rows * order + columns, scale


def unpack_triangle(packed: np.ndarray, order: int) -> np.ndarray:
    """Full symmetric matrices (..., C, C) from packed triangles (..., C(C+1)/2)."""
    import numpy as np

    rows, columns = np.triu_indices(order)
    values = packed / np.where(rows == columns, 1.0, math.sqrt(2.0)).astype(packed.dtype)
    full = np.empty((*packed.shape[:-1], order, order), packed.dtype)
    full[..., rows, columns] = values
    full[..., columns, rows] = values
    return full
