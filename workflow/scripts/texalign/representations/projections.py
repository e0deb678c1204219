"""Seeded projections, which make vectors shorter and keep their distances in expectation.

The same on every machine but for rounding, since they come from NumPy's generator and depend on sizes only.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import Tensor

SEED = 0


def orthonormal_rows(count: int, length: int, seed: int = SEED) -> np.ndarray:
    """`count` random orthogonal directions among `length` dimensions, each of length 1, (count, length) float64.

    Beyond `length` of them, further sets of orthogonal directions. Each direction is uniform on the sphere (QR of a
    Gaussian matrix with the signs of R taken out; Mezzadri 2007).
    """
    import numpy as np

    rng = np.random.default_rng([seed, count, length])
    sets = []
    for first in range(0, count, length):
        q, r = np.linalg.qr(rng.normal(size=(length, min(length, count - first))))
        sets.append((q * np.sign(np.diagonal(r))).T)
    return np.concatenate(sets)


@cache
def directions(count: int, length: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """`orthonormal_rows` as a tensor, made once."""
    import torch

    # Kept for later calls, which may need gradients: not so what is made in inference mode.
    with torch.inference_mode(False):
        return torch.from_numpy(orthonormal_rows(count, length)).to(device, dtype)


class ChannelProjection:
    """Channels reduced to at most `most` by a seeded projection; as they are where there are no more.

    The projection is sqrt(C / most) times orthonormal rows: squared lengths are kept in expectation over projections.
    """

    def __init__(self, most: int):
        self.most = most

    def kept(self, channels: int) -> int:
        return min(channels, self.most)

    def stated(self, channels: int) -> dict[str, object]:
        """What an artifact tells of it; nothing where channels are as they are."""
        return {"channels_kept": self.most, "projection_seed": SEED} if channels > self.most else {}

    def matrix(self, like: Tensor) -> Tensor | None:
        """The projection of the channels of `like`, (n, C, ...), as (most, C); None where there is none."""
        channels = like.shape[1]
        if channels <= self.most:
            return None
        scale = (channels / self.most) ** 0.5
        return scale * directions(self.most, channels, like.device, like.dtype)

    def __call__(self, maps: Tensor) -> Tensor:
        """Maps (n, C, positions) to (n, kept, positions)."""
        matrix = self.matrix(maps)
        # This way round the product of maps that lie channels-last is channels-last, too.
        return maps if matrix is None else (maps.mT @ matrix.mT).mT
