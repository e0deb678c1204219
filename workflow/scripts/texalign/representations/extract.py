"""Gram matrices of feature maps, packed to half their size without changing distances."""

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from texalign.artifacts.background import calls_behind, made_ahead
from texalign.artifacts.matrices import GramShape
from texalign.networks.taps import TappedNetwork


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


OnGrams = Callable[[int, GramShape, np.ndarray], None]

PRECISIONS = ("float32", "mixed")
# Larger batches were not faster; on a CPU their feature maps leave the caches, and passes get slower: by a fifth in
# DenseNet-121 with 16 images instead of 9.
LARGEST_BATCH = {"cpu": 16, "cuda": 256}
LARGEST_BATCH_MB = {"cpu": 150.0, "cuda": math.inf}


def images_per_batch(network: TappedNetwork, image_size: int, device: torch.device, memory_mb: float) -> int:
    """Images in a forward pass whose feature maps take up to `memory_mb` MB, or as much as is fastest: at least 1."""
    usable_mb = min(memory_mb, LARGEST_BATCH_MB[device.type])
    fitting = int(usable_mb * 1e6 / network.bytes_an_image(image_size))
    return max(1, min(fitting, LARGEST_BATCH[device.type]))


def extract_grams(
    network: TappedNetwork,
    batches: Iterable[np.ndarray],
    normalization: Normalization,
    on_grams: OnGrams,
    device: torch.device | str = "cpu",
    precision: str = "float32",
) -> None:
    """One forward pass over all images for all tapped layers.

    `batches` yields images (n, size, size, 3) uint8; `on_grams(position, shape, vectors)` gets each layer's packed Gram
    vectors of a batch, (n, C(C+1)/2) float32. Gram matrices are computed while the pass runs, so that only one layer's
    feature map is kept at a time. Batches are made by one thread and `on_grams` is called by another, so that reading,
    computing and writing go on together.

    `precision` is `float32`, or `mixed`: convolutions in half precision (bfloat16 on a CPU), Gram matrices of their
    results in float32 all the same. Raises ValueError for another.
    """
    device = torch.device(device)
    packers: dict[int, TrianglePacker] = {}
    network.network.to(device, memory_format=torch.channels_last)

    with contextlib.ExitStack() as stack:
        for context in (torch.inference_mode(), _arithmetic(device, precision)):
            stack.enter_context(context)
        behind = stack.enter_context(calls_behind())

        def on_feature_map(position: int, feature_map: Tensor) -> None:
            channels, height, width = feature_map.shape[1:]
            if position not in packers:
                packers[position] = TrianglePacker(channels, device)
            with torch.autocast(device.type, enabled=False):
                vectors = packers[position].pack(gram_matrix(feature_map.to(torch.float32)))
            # From a GPU the thread behind waits for the result, while this one gives the GPU more to do.
            behind(lambda: on_grams(position, GramShape(channels, height, width), vectors.cpu().numpy()))

        for batch in made_ahead(_on_device(batches, device)):
            network.run(normalization.apply(batch), on_feature_map)


def _on_device(batches: Iterable[np.ndarray], device: torch.device) -> Iterator[Tensor]:
    for batch in batches:
        pixels = torch.from_numpy(batch)
        yield pixels.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else pixels


def _arithmetic(device: torch.device, precision: str) -> contextlib.AbstractContextManager:
    if precision == "mixed":
        return torch.autocast(device.type, torch.bfloat16 if device.type == "cpu" else torch.float16)
    if precision == "float32":
        # Without this, convolutions on recent GPUs round what they multiply to 10 bits (TF32).
        return torch.backends.cudnn.flags(enabled=True, benchmark=True, allow_tf32=False)
    raise ValueError(f"unknown precision {precision!r}; known: {', '.join(PRECISIONS)}")
