"""Front ends that nobody trained, as networks: what a representation of the pixels, or of early vision, already tells.

Every representation applies to their maps as to those of trained networks. None has weights or an activation stage of
its own: tap them `before_relu`.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from texalign.errors import TexalignError, nearest


def build(target: str, arguments: Mapping[str, object]) -> nn.Module:
    """A front end by its name. Raises TexalignError naming those there are."""
    if target not in FRONT_ENDS:
        raise TexalignError(f"handmade has no network {target!r}{nearest(target, list(FRONT_ENDS))}")
    return FRONT_ENDS[target](**arguments)


def pixels() -> nn.Module:
    """The image itself: module `colour`, 3 channels. Its Gram matrix holds second moments of colours, and no space."""
    return nn.Sequential(OrderedDict(colour=nn.Identity()))


class GaborEnergies(nn.Module):
    """Energies of Gabor filters in quadrature on luminance: modules `scale1`, `scale2`, ..., a channel an orientation.

    Scales are an octave apart, each on a grid half as fine as the one before; filters have a period of 6 pixels of
    their grid, standard deviations of 3 along and 2.4 across the wave, and no response to uniform images.
    """

    def __init__(self, scales: int = 4, orientations: int = 8) -> None:
        super().__init__()
        self.register_buffer("filters", _gabors(orientations), persistent=False)
        self.register_buffer("blur", _binomial(), persistent=False)
        self.scales = [f"scale{number + 1}" for number in range(scales)]
        for name in self.scales:
            self.add_module(name, nn.Identity())

    def forward(self, images: Tensor) -> Tensor:
        luminance = images.mean(1, keepdim=True)
        energies = luminance
        for name in self.scales:
            margin = self.filters.shape[-1] // 2
            responses = functional.conv2d(functional.pad(luminance, (margin,) * 4, mode="reflect"), self.filters)
            even, odd = responses.unflatten(1, (2, -1)).unbind(1)
            energies = self.get_submodule(name)(_magnitude(even, odd))
            luminance = functional.conv2d(functional.pad(luminance, (2,) * 4, mode="reflect"), self.blur, stride=2)
        return energies


def _gabors(orientations: int, size: int = 19, period: float = 6.0) -> Tensor:
    """Even, then odd filters, (2 x orientations, 1, size, size), each of norm 1."""
    steps = torch.arange(size, dtype=torch.float64) - size // 2
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    filters = []
    for wave in (torch.cos, torch.sin):
        for number in range(orientations):
            angle = math.pi * number / orientations
            across, along = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
            envelope = torch.exp(-((across / 2.4) ** 2 + (along / 3.0) ** 2) / 2)
            carrier = wave(2 * math.pi * across / period)
            carrier = carrier - (envelope * carrier).sum() / envelope.sum()
            filters.append(envelope * carrier / torch.linalg.vector_norm(envelope * carrier))
    return torch.stack(filters)[:, None].to(torch.float32)


def _binomial() -> Tensor:
    row = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
    return (row[:, None] * row)[None, None]


def _magnitude(real: Tensor, imaginary: Tensor) -> Tensor:
    """Length of complex numbers, with a gradient at 0 too."""
    return (real.square() + imaginary.square() + 1e-12).sqrt()


class SteerablePyramid(nn.Module):
    """The complex steerable pyramid of luminance (Simoncelli and Freeman 1995; Portilla and Simoncelli 2000).

    Modules `high` (1 channel), `scale1`, `scale2`, ... (real parts of each orientation, then magnitudes), `low` (1).
    Filters are those of plenoptic and pyrtools, applied in the Fourier domain, so that images wrap around. Each scale
    is on a grid half as fine as the one before. The means, covariances and shifted products of these maps are most of
    Portilla and Simoncelli's statistics; products across scales and those of phases are not among them.
    """

    def __init__(self, scales: int = 4, orientations: int = 4) -> None:
        super().__init__()
        self.orientations = orientations
        self.scales = [f"scale{number + 1}" for number in range(scales)]
        for name in ("high", *self.scales, "low"):
            self.add_module(name, nn.Identity())

    def forward(self, images: Tensor) -> Tensor:
        luminance = images.mean(1, keepdim=True)
        radius, angle = _polar_frequencies(luminance.shape[-2:], luminance)
        spectrum = torch.fft.fftshift(torch.fft.fft2(luminance), dim=(-2, -1))
        self.high(_image(spectrum * _rising(radius, 0)).real)
        spectrum = spectrum * _falling(radius, 0)
        order = self.orientations - 1
        for number, name in enumerate(self.scales, start=1):
            bands = spectrum * _rising(radius, number) * _angular(angle, self.orientations) * (-1j) ** order
            complex_bands = _image(bands)
            self.get_submodule(name)(
                torch.cat([complex_bands.real, _magnitude(complex_bands.real, complex_bands.imag)], 1)
            )
            rows, columns = _middle(spectrum.shape[-2]), _middle(spectrum.shape[-1])
            radius, angle = radius[rows, columns], angle[rows, columns]
            spectrum = spectrum[..., rows, columns] * _falling(radius, number)
        return self.low(_image(spectrum).real)


def _image(spectrum: Tensor) -> Tensor:
    return torch.fft.ifft2(torch.fft.ifftshift(spectrum, dim=(-2, -1)))


def _middle(length: int) -> slice:
    """The lower half of frequencies, along an axis with frequency 0 in its middle."""
    kept = math.ceil((length - 0.5) / 2)
    start = math.ceil((length + 0.5) / 2) - math.ceil((kept + 0.5) / 2)
    return slice(start, start + kept)


def _polar_frequencies(shape: tuple[int, int], like: Tensor) -> tuple[Tensor, Tensor]:
    """Base-2 logarithm of radial frequency, as a share of Nyquist's, and angle; frequency 0 in the middle."""
    height, width = shape
    centre_y, centre_x = math.ceil((height + 0.5) / 2) - 1, math.ceil((width + 0.5) / 2) - 1
    y = (torch.arange(height, dtype=torch.float64, device=like.device) - centre_y) / (height / 2)
    x = (torch.arange(width, dtype=torch.float64, device=like.device) - centre_x) / (width / 2)
    y, x = torch.meshgrid(y, x, indexing="ij")
    radius = torch.hypot(x, y)
    radius[centre_y, centre_x] = radius[centre_y, centre_x - 1]
    return radius.log2().to(like.dtype), torch.atan2(y, x).to(like.dtype)


def _rising(radius: Tensor, octaves: int) -> Tensor:
    """Amplitude of a high pass, from 0 to 1 over the octave below Nyquist's frequency, `octaves` lower."""
    return torch.cos(((radius + octaves) * (math.pi / 2)).clamp(-math.pi / 2, 0.0))


def _falling(radius: Tensor, octaves: int) -> Tensor:
    """Amplitude of the low pass whose square and that of `_rising` sum to 1."""
    return -torch.sin(((radius + octaves) * (math.pi / 2)).clamp(-math.pi / 2, 0.0))


def _angular(angle: Tensor, orientations: int) -> Tensor:
    """Amplitudes of the orientations on one half of the plane, (orientations, height, width)."""
    order = orientations - 1
    scale = 2 * math.sqrt(2 ** (2 * order) * math.factorial(order) ** 2 / (orientations * math.factorial(2 * order)))
    away = [angle - math.pi * number / orientations for number in range(orientations)]
    away = torch.stack([torch.remainder(one + math.pi, 2 * math.pi) - math.pi for one in away])
    return scale * torch.cos(away) ** order * (away.abs() < math.pi / 2)


# By the names in a config.
FRONT_ENDS: Mapping[str, Callable[..., nn.Module]] = {
    "pixels": pixels,
    "gabor": GaborEnergies,
    "steerable_pyramid": SteerablePyramid,
}
