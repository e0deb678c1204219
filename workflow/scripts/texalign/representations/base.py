"""What a texture representation is, and the moments that several of them share.

Standard library only until something is computed, so that memory and disk can be forecast without torch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from texalign.representations.triangles import pack_triangle

if TYPE_CHECKING:
    from torch import Tensor

    from texalign.representations.projections import ChannelProjection


# Below this share of a channel's energy, its variation is not taken as a difference of sums of float32: at least four
# digits of it are left.
LITTLE = 0.01


class Representation(Protocol):
    """A texture representation: feature maps to vectors whose Euclidean distances say how textures differ.

    An entry is a file of this package with a class that derives from this one, a line in `registry.ENTRIES` and one in
    `names.REPRESENTATIONS`. Extraction, RDMs, the forecasts of memory and disk, and synthesis need nothing else.
    """

    name: str
    # Whether it sees where a position lies: `vectors` then gets maps (n, C, height, width). Otherwise it gets
    # (n, C, positions), and permuting the positions changes nothing.
    spatial: bool = False
    # How a vector grows with the number of positions that the same texture covers: in proportion (sums, True), not at
    # all (means, False), or in a way of its own (None), with which images of different sizes cannot be compared.
    extensive: bool | None = None

    def size(self, channels: int) -> int:
        """Length of the vector of a map with so many channels; must not import torch."""
        ...

    def vectors(self, maps: Tensor) -> Tensor:
        """Vectors (n, `size(C)`) of feature maps, in their precision, which is float32 but in tests of gradients.

        Differentiable, for synthesis. Maps may lie channels-last in memory, and must not be changed.
        """
        ...

    def stated(self, channels: int) -> Mapping[str, object]:
        """What an artifact must tell of vectors of so many channels: parameters, and how channels were reduced."""
        return {}


class MomentRepresentation(Representation, ABC):
    """A representation that follows from moments, which are computed once for all of these."""

    @abstractmethod
    def of_moments(self, moments: Moments) -> Tensor:
        """Vectors (n, `size(C)`)."""

    def vectors(self, maps: Tensor) -> Tensor:
        return self.of_moments(Moments(maps))


class Moments:
    """Moments over positions of feature maps, each computed when it is first asked for.

    `maps` is (n, C, positions); `grid`, the height and width of maps that were given as (n, C, height, width). Not
    divided by the number of positions, but for the mean.
    """

    def __init__(self, maps: Tensor):
        self.grid = tuple(maps.shape[2:])
        self.maps = maps.flatten(2)
        self._projected: dict[int, Moments] = {}

    def projected(self, projection: ChannelProjection) -> Moments:
        """Moments of the maps with their channels reduced; these where there is nothing to reduce."""
        if projection.most not in self._projected:
            matrix = projection.matrix(self.maps)
            of_fewer = self if matrix is None else Moments(projection(self.maps).unflatten(2, self.grid))
            self._projected[projection.most] = of_fewer
        return self._projected[projection.most]

    @property
    def positions(self) -> int:
        return self.maps.shape[2]

    @cached_property
    def mean(self) -> Tensor:
        """Mean of each channel, (n, C)."""
        return self.maps.mean(2)

    @cached_property
    def products(self) -> Tensor:
        """Gram matrices, (n, C, C): sums of products of channels."""
        return self.maps @ self.maps.mT

    @cached_property
    def energies(self) -> Tensor:
        """Sums of squares of each channel, (n, C)."""
        return self.products.diagonal(dim1=1, dim2=2)

    @cached_property
    def central_products(self) -> Tensor:
        """Sums of products of channels about their means, (n, C, C).

        The Gram matrices less what the means have in them. Where a channel of an image varies little about a large
        mean, mostly rounding errors would be left: that image's maps are multiplied anew without their means.
        """
        central = self.products.baddbmm(self.mean[:, :, None], self.mean[:, None, :], alpha=-self.positions)
        varying = central.diagonal(dim1=1, dim2=2) >= LITTLE * self.energies
        anew = (~varying).any(1).nonzero()[:, 0]
        if not len(anew):
            return central
        centred = self.maps[anew] - self.mean[anew, :, None]
        return central.index_copy(0, anew, centred @ centred.mT)

    @cached_property
    def packed_central_products(self) -> Tensor:
        """The same packed, (n, C(C+1)/2)."""
        return pack_triangle(self.central_products)


def square_root(values: Tensor) -> Tensor:
    """Square roots of what is not negative but for rounding, with gradient 0 instead of infinity where a value is 0."""
    import torch

    positive = values > 0
    return torch.where(positive, torch.where(positive, values, 1).sqrt(), 0)
