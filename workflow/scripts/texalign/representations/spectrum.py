"""Power spectra of the maps, pooled in rings of frequency and sectors of orientation."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from texalign.representations.base import Representation

if TYPE_CHECKING:
    import torch
    from torch import Tensor

# Upper ends of the rings, in cycles a position; the last ring holds what is left, up to the corners of the spectrum.
RINGS = (1 / 8, 1 / 4)
SECTORS = 4


class Spectrum(Representation):
    """For each channel its energy at frequency 0, then by ring and sector: a share of the energy of the map each.

    Spatial structure of single channels, without any product of two (rings and sectors: Coggins and Jain 1985). The
    parts of a channel add up to its energy, the sum over positions of F^2. Sectors are centred on horizontal,
    diagonal, vertical and diagonal frequencies. The map is taken to be periodic. What lies at the highest frequency
    that an even number of rows can hold has two orientations, and counts half in each.
    """

    name = "spectrum"
    spatial = True
    extensive = True

    def size(self, channels: int) -> int:
        return channels * (1 + (len(RINGS) + 1) * SECTORS)

    def stated(self, channels: int) -> dict[str, object]:
        return {"rings_end": " ".join(map(str, RINGS)), "sectors": SECTORS}

    def vectors(self, maps: Tensor) -> Tensor:
        height, width = maps.shape[2:]
        power = _power(maps.permute(0, 2, 3, 1)).flatten(1, 2)
        return (power.mT @ _pools(height, width, maps.device, maps.dtype)).flatten(1)


def _power(maps: Tensor) -> Tensor:
    """Power spectra of maps (n, height, width, C), of which one half is kept: (n, height, width // 2 + 1, C).

    SciPy's transform of maps with their channels last is about twice as fast as torch's on a CPU.
    """
    import torch

    if maps.device.type != "cpu" or maps.requires_grad:
        spectrum = torch.fft.rfft2(maps, dim=(1, 2), norm="ortho")
    else:
        import scipy.fft

        threads = torch.get_num_threads()
        spectrum = torch.from_numpy(scipy.fft.rfft2(maps.numpy(), axes=(1, 2), norm="ortho", workers=threads))
    return torch.addcmul(spectrum.real.square(), spectrum.imag, spectrum.imag)


@cache
def _pools(height: int, width: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """To which part each frequency of a real map's spectrum belongs, (height (width // 2 + 1), parts).

    Frequencies of which the half spectrum leaves out the opposite one count twice.
    """
    import torch

    # Kept for later calls, which may need gradients: not so what is made in inference mode.
    with torch.inference_mode(False):
        down = torch.fft.fftfreq(height, dtype=torch.float64)[:, None]
        right = torch.fft.rfftfreq(width, dtype=torch.float64)[None, :]
        frequency = (down.square() + right.square()).sqrt()
        ring = torch.bucketize(frequency, torch.tensor(RINGS, dtype=torch.float64) * (1 + 1e-9))

        def parts(down: Tensor) -> Tensor:
            sector = (torch.atan2(down, right) * SECTORS / torch.pi).round().long() % SECTORS
            part = torch.where(frequency == 0, 0, 1 + ring * SECTORS + sector)
            return torch.nn.functional.one_hot(part, 1 + (len(RINGS) + 1) * SECTORS).to(torch.float64)

        weights = torch.full((width // 2 + 1,), 2.0, dtype=torch.float64)
        weights[0] = 1.0
        if width % 2 == 0:
            weights[-1] = 1.0
        both = 0.5 * (parts(down) + parts(torch.where(down == -0.5, 0.5, down)))
        return (both * weights[None, :, None]).flatten(0, 1).to(device, dtype)
