"""Inner products on a GPU, for RDMs of many images or channels."""

import numpy as np
import torch

from texalign.errors import TexalignError


class GpuProductSum:
    """Products by a GPU, in float32 without rounding to TF32, summed there in float64. Memory of the GPU: 12 n^2 bytes,
    and a block. See `texalign.rdms.compute.ProductSum`.

    Raises TexalignError when a GPU is asked for and there is none.
    """

    def __init__(self, n: int, device: str = "cuda"):
        if device == "cuda" and not torch.cuda.is_available():
            raise TexalignError(
                "a GPU was granted for this RDM, but torch sees none; grant none (compute_rdm:gpu=0), or see that the "
                "job runs where there is one"
            )
        self._sum = torch.zeros(n, n, dtype=torch.float64, device=device)

    def add(self, block: np.ndarray) -> None:
        on_device = torch.from_numpy(block).to(self._sum.device)
        self._sum += on_device @ on_device.mT

    def lower(self) -> np.ndarray:
        return self._sum.cpu().numpy()
