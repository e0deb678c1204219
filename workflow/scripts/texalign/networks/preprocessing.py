"""From 8-bit images to what a network takes."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Normalization:
    """Mean and standard deviation of each colour channel, for images scaled to 0...1."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def apply(self, pixels: Tensor) -> Tensor:
        """Images (n, height, width, 3) uint8 as network input (n, 3, height, width) float32, channels-last."""
        scaled = pixels.permute(0, 3, 1, 2).to(torch.float32)
        scale = torch.tensor([1 / (255 * s) for s in self.std], device=pixels.device).view(3, 1, 1)
        shift = torch.tensor([-m / s for m, s in zip(self.mean, self.std, strict=True)], device=pixels.device)
        return scaled.mul_(scale).add_(shift.view(3, 1, 1))


# The mean and standard deviation of DTD, which the paper normalised all images by.
PAPER = Normalization(mean=(0.5137, 0.4639, 0.4261), std=(0.2576, 0.2330, 0.2412))
