"""Images of a synthesis: exemplars, files, and the variables that the optimisation changes."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from texalign import names
from texalign.artifacts.files import atomic_path
from texalign.errors import TexalignError
from texalign.images.pixels import load_rgb, resize_to_square
from texalign.networks.preprocessing import Normalization

# Waves an image below which the filter of bounded pixels is flat, so that it does not favour shades over all the image.
LOWEST_CYCLES = 4


def load_exemplar(path: str | Path, size: int) -> Tensor:
    """An image file resized to `size` x `size`, as the study's images are: (1, 3, size, size) float32, 0 to 1.

    Raises TexalignError naming the file when it is missing or is not an image.
    """
    if not Path(path).is_file():
        raise TexalignError(f"{path}: image not found; check the path, or the class and file name, in the config")
    return to_tensor(resize_to_square(load_rgb(path), size))


def read_image(path: str | Path) -> Tensor:
    """A saved synthesis as it is in the file: (1, 3, height, width) float32, 0 to 1."""
    return to_tensor(np.asarray(load_rgb(path)))


def save_image(path: str | Path, image: np.ndarray) -> None:
    """Write an image (height, width, 3) uint8 as PNG, atomically."""
    with atomic_path(path) as partial:
        Image.fromarray(image).save(partial, format="PNG")


def eight_bit(image: Tensor) -> np.ndarray:
    """An image (1, 3, height, width), clipped to 0...1, which only `published` needs, as (height, width, 3) uint8."""
    values = image.detach()[0].clamp(0, 1).mul(255).round().to(torch.uint8)
    return values.permute(1, 2, 0).contiguous().cpu().numpy()


def to_tensor(image: np.ndarray) -> Tensor:
    """An image (height, width, 3) uint8 as (1, 3, height, width) float32, 0 to 1."""
    return torch.from_numpy(image.copy()).permute(2, 0, 1)[None].to(torch.float32).contiguous() / 255


def mid_grey(like: Tensor) -> Tensor:
    """A flat mid-grey image of the size of another: its loss is the scale that losses are compared on."""
    return torch.full_like(like, 0.5)


class Parametrization(Protocol):
    """How the variables that L-BFGS changes become an image."""

    def pixels(self, variables: Tensor) -> Tensor:
        """The image of `variables`, differentiable."""
        ...

    def variables(self, pixels: Tensor) -> Tensor:
        """Variables whose image is `pixels`, or as close to it as the parametrisation reaches."""
        ...

    def noise(self, seed: int, shape: tuple[int, ...]) -> Tensor:
        """The image to start from, Gaussian noise drawn from `seed`, before it is brought into range."""
        ...


class _ClipInwardGradient(torch.autograd.Function):
    """Clip to 0...1; where that holds a value at a bound, only a gradient that leads back inside passes."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, values: Tensor) -> Tensor:
        ctx.save_for_backward(values)
        return values.clamp(0, 1)

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, gradient: Tensor) -> Tensor:
        (values,) = ctx.saved_tensors
        held = ((values <= 0) & (gradient > 0)) | ((values >= 1) & (gradient < 0))
        return gradient.masked_fill(held, 0)


@dataclass(frozen=True)
class BoundedPixels:
    """Pixels that stay between 0 and 1: `sigmoid` of unbounded values, or `projected` onto the range.

    The values are not changed pixel by pixel but through a filter whose amplitude falls with spatial frequency f as
    f^-`exponent` (0: no filter). Natural textures have falling spectra, and with it L-BFGS takes about half the
    evaluations and leaves less grain than with free pixels; which images can be reached does not change, for the
    filter has an inverse.
    """

    squash: str
    exponent: float = 0.5
    noise_sd: float = 0.05

    def pixels(self, variables: Tensor) -> Tensor:
        values = self._filter(variables * self._unit(variables), self.exponent)
        return torch.sigmoid(values) if self.squash == "sigmoid" else _ClipInwardGradient.apply(values)

    def variables(self, pixels: Tensor) -> Tensor:
        # Half a step of 8 bits from the bounds, where the sigmoid still has a slope.
        values = torch.logit(pixels.clamp(1 / 510, 1 - 1 / 510)) if self.squash == "sigmoid" else pixels.clamp(0, 1)
        return self._filter(values, -self.exponent) / self._unit(values)

    def noise(self, seed: int, shape: tuple[int, ...]) -> Tensor:
        return 0.5 + self.noise_sd * _standard_noise(seed, shape)

    def _unit(self, values: Tensor) -> float:
        # The first step of torch's L-BFGS changes all variables together by at most 1. In these units that is a tenth
        # of a logit a pixel on average (2.5% of the range), from where its line search goes on, instead of nothing.
        return (0.1 if self.squash == "sigmoid" else 0.025) * values.numel()

    def _filter(self, values: Tensor, power: float) -> Tensor:
        if power == 0:
            return values
        height, width = values.shape[-2:]
        frequency = torch.hypot(
            torch.fft.fftfreq(height, device=values.device, dtype=values.dtype)[:, None],
            torch.fft.rfftfreq(width, device=values.device, dtype=values.dtype),
        )
        amplitude = frequency.clamp(min=LOWEST_CYCLES / max(height, width)) ** -self.exponent
        amplitude = amplitude / amplitude.square().mean().sqrt()
        return torch.fft.irfft2(torch.fft.rfft2(values) * amplitude ** math.copysign(1, power), s=(height, width))


@dataclass(frozen=True)
class PublishedPixels:
    """The published run: the network's normalised input itself, without bounds; clipping is left to saving.

    Its noise has mean 0.5 and standard deviation 0.2 in units of that input, as in the published code.
    """

    normalization: Normalization

    def pixels(self, variables: Tensor) -> Tensor:
        return variables * self._of(variables, self.normalization.std) + self._of(variables, self.normalization.mean)

    def variables(self, pixels: Tensor) -> Tensor:
        return (pixels - self._of(pixels, self.normalization.mean)) / self._of(pixels, self.normalization.std)

    def noise(self, seed: int, shape: tuple[int, ...]) -> Tensor:
        return self.pixels(0.5 + 0.2 * _standard_noise(seed, shape))

    @staticmethod
    def _of(values: Tensor, triple: tuple[float, float, float]) -> Tensor:
        return values.new_tensor(triple).view(3, 1, 1)


def _standard_noise(seed: int, shape: tuple[int, ...]) -> Tensor:
    # Drawn on the CPU, so that a GPU starts from the same image.
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


PARAMETRIZATIONS: Mapping[str, Callable[[Normalization, float], Parametrization]] = {
    "sigmoid": lambda _normalization, exponent: BoundedPixels("sigmoid", exponent),
    "projected": lambda _normalization, exponent: BoundedPixels("projected", exponent),
    "published": lambda normalization, _exponent: PublishedPixels(normalization),
}


def parametrization(name: str, normalization: Normalization, exponent: float = 0.5) -> Parametrization:
    """The parametrisation of that name; `exponent` is for the bounded ones. Raises TexalignError for another name."""
    if name not in PARAMETRIZATIONS:
        raise TexalignError(f"unknown parametrisation {name!r}; known: {', '.join(names.PARAMETRIZATIONS)}")
    return PARAMETRIZATIONS[name](normalization, exponent)


def default_history(name: str) -> int:
    """Steps that L-BFGS remembers: 400 in the published run, else 20, which are as good and take half the time."""
    return 400 if name == "published" else 20
