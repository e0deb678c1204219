"""Textures and a network small enough to synthesise in unit tests."""

import math

import torch
from torch import Tensor

from texalign.artifacts.tap import numbered_taps
from texalign.networks.preprocessing import Normalization
from texalign.networks.sources import Architecture
from texalign.networks.taps import TappedNetwork
from texalign.representations import registry
from texalign.synthesis.loss import ImageMaps, TextureLoss

NORMALIZATION = Normalization((0.5137, 0.4639, 0.4261), (0.2576, 0.2330, 0.2412))
SIZE = 32


def toy_network(name: str = "circular", modules: tuple[str, ...] = ("0", "2")) -> TappedNetwork:
    return TappedNetwork(Architecture("python", f"toy_networks:{name}").build(), numbered_taps(modules))


def toy_maps(name: str = "circular", modules: tuple[str, ...] = ("0", "2")) -> ImageMaps:
    return ImageMaps(toy_network(name, modules), NORMALIZATION)


def random_image(seed: int, size: int = SIZE) -> Tensor:
    return torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(seed))


def texture(size: int = SIZE) -> Tensor:
    """Oblique coloured stripes, which fit a circularly padded network of stride 4."""
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    phase = 2 * math.pi * (x + 2 * y) / 16
    return torch.stack([0.5 + 0.4 * torch.sin(phase + shift) for shift in (0.0, 1.0, 2.0)])[None]


def toy_loss(exemplar: Tensor | None = None, representation: str = "gram", **options: object) -> TextureLoss:
    exemplar = texture() if exemplar is None else exemplar
    return TextureLoss(toy_maps(), registry.get(representation), exemplar, **options)
