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
PARTS = 1 + (len(RINGS) + 1) * SECTORS
# Numbers of feature maps that are transformed at a time: 2 MB.
CACHED_NUMBERS = 1 << 19


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
        return channels * PARTS

    def stated(self, channels: int) -> dict[str, object]:
        return {"rings_end": " ".join(map(str, RINGS)), "sectors": SECTORS}

    def vectors(self, maps: Tensor) -> Tensor:
        """On a CPU of as many images at a time as the caches hold: most of the time would go into memory otherwise."""
        import torch

        at_a_time = max(1, CACHED_NUMBERS // maps[0].numel()) if maps.device.type == "cpu" else len(maps)
        return torch.cat([self._of_some(some) for some in maps.split(at_a_time)])

    def _of_some(self, maps: Tensor) -> Tensor:
        """Products with cosines and sines: for maps of some tens of positions faster than a fast transform."""
        n, channels, height, width = maps.shape
        waves_down, waves_right = (_waves(length, maps.device, maps.dtype) for length in (height, width))
        lines = maps.permute(0, 2, 3, 1).reshape(n, height, width * channels)
        by_row = waves_down.expand(n, -1, -1).bmm(lines).view(n * height, width, channels)
        amplitudes = waves_right.expand(n * height, -1, -1).bmm(by_row).view(n, height, width, channels)
        energies, differences = _pools(height, width, maps.device, maps.dtype)
        of_orientation = _orientation_energies(amplitudes).flatten(1, 2)
        # This way round: products with few columns are slow.
        parts = energies @ amplitudes.square().flatten(1, 2) + differences @ of_orientation
        return parts.mT.flatten(1)


def _both_phases(length: int) -> int:
    """How many frequencies of `length` positions have a cosine and a sine: all but 0 and the highest of an even one."""
    return (length - 1) // 2


@cache
def _waves(length: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """Cosines from frequency 0 upwards, then sines, orthonormal: (length, length)."""
    import torch

    with torch.inference_mode(False):  # kept for later calls, which may need gradients
        count, places = _both_phases(length), torch.arange(length)
        cosines, sines = (torch.arange(first, last)[:, None] for first, last in ((0, length // 2 + 1), (1, count + 1)))
        # Whole turns are taken off while numbers are whole.
        turns = (torch.cat([cosines, sines]) * places % length).to(torch.float64) / length
        angles = 2 * torch.pi * turns
        waves = torch.cat([angles[: len(cosines)].cos(), angles[len(cosines) :].sin()])
        return (waves / waves.square().sum(1, keepdim=True).sqrt()).to(device, dtype)


def _orientation_energies(amplitudes: Tensor) -> Tensor:
    """By how much one of the two orientations of each frequency has more than half the energy: (n, rows, columns, C).

    `amplitudes` of products of waves, (n, height, width, C). Down and across both have two phases at a frequency, of
    which the four products are the waves of both orientations.
    """
    height, width = amplitudes.shape[1:3]
    down, right = _both_phases(height), _both_phases(width)
    cosines, sines = (amplitudes[:, part] for part in (slice(1, down + 1), slice(height - down, None)))
    same = [rows[:, :, part] for rows, part in ((cosines, slice(1, right + 1)), (sines, slice(width - right, None)))]
    mixed = [rows[:, :, part] for rows, part in ((cosines, slice(width - right, None)), (sines, slice(1, right + 1)))]
    return (mixed[0] * mixed[1]).addcmul(same[0], same[1], value=-1)


@cache
def _pools(height: int, width: int, device: torch.device, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """To which part the energy of each product of waves belongs, (parts, height width), half to each orientation, and
    what has to be moved from one orientation to the other, for each frequency with two phases both ways.
    """
    import torch

    def frequencies(length: int) -> Tensor:
        count = _both_phases(length)
        return torch.cat([torch.arange(length // 2 + 1), torch.arange(1, count + 1)]).to(torch.float64) / length

    # Kept for later calls, which may need gradients: not so what is made in inference mode.
    with torch.inference_mode(False):
        down, right = frequencies(height)[:, None], frequencies(width)[None, :]
        frequency = (down.square() + right.square()).sqrt()
        ring = torch.bucketize(frequency, torch.tensor(RINGS, dtype=torch.float64) * (1 + 1e-9))

        def parts(down: Tensor) -> Tensor:
            sector = (torch.atan2(down, right) * SECTORS / torch.pi).round().long() % SECTORS
            part = torch.where(frequency == 0, 0, 1 + ring * SECTORS + sector)
            return torch.nn.functional.one_hot(part, PARTS).to(torch.float64)

        rising, falling = parts(down), parts(-down)
        both = (slice(1, _both_phases(height) + 1), slice(1, _both_phases(width) + 1))
        energies, differences = 0.5 * (rising + falling), (rising - falling)[both]
        return _by_part(energies).to(device, dtype), _by_part(differences).to(device, dtype)


def _by_part(shares: Tensor) -> Tensor:
    return shares.flatten(0, 1).mT.contiguous()
