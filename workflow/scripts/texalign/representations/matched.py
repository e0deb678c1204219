"""Vectors of the same length for all layers and representations, so that none is favoured by its dimension."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from texalign.errors import TexalignError
from texalign.representations.base import MomentRepresentation, Moments, Representation
from texalign.representations.projections import SEED

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class Matched(Representation):
    """Another representation's vectors projected to `dimensions` numbers by seeded signed sums.

    Each number is the sum of equally many numbers of the vector, drawn without replacement, with random signs (a sparse
    projection of the kind of Weinberger et al. 2009). Over draws, the expectation of squared distances is what they
    were, and their relative standard deviation at most sqrt(2 / dimensions).
    """

    def __init__(self, representation: Representation, dimensions: int):
        self.name = representation.name
        self.spatial = representation.spatial
        self.extensive = representation.extensive
        self._representation = representation
        self._dimensions = dimensions

    def size(self, channels: int) -> int:
        return self._dimensions

    def stated(self, channels: int) -> dict[str, object]:
        about = {"unmatched_size": self._representation.size(channels), "matching_seed": SEED}
        return {**self._representation.stated(channels), **about}

    def vectors(self, maps: Tensor) -> Tensor:
        """Raises TexalignError for vectors that have fewer numbers than are asked for."""
        return self._project(self._representation.vectors(maps))

    def _project(self, vectors: Tensor) -> Tensor:
        import torch

        size = vectors.shape[1]
        if size < self._dimensions:
            raise TexalignError(
                f"matched_dimensions {self._dimensions}: {self.name} has a layer of only {size} numbers; give at "
                "most as many"
            )
        order, signs = _draw(size, self._dimensions, vectors.device, vectors.dtype)
        signed = vectors.index_select(1, order) * signs
        return (
            torch.nn.functional.pad(signed, (0, -size % self._dimensions)).unflatten(1, (-1, self._dimensions)).sum(1)
        )


class MatchedMoments(Matched, MomentRepresentation):
    """The same for a representation that follows from moments, which are then computed once for all of these."""

    def of_moments(self, moments: Moments) -> Tensor:
        return self._project(self._representation.of_moments(moments))


def matched(representation: Representation, dimensions: int) -> Representation:
    """A representation with vectors of `dimensions` numbers whatever the channels. See `Matched`."""
    kind = MatchedMoments if isinstance(representation, MomentRepresentation) else Matched
    return kind(representation, dimensions)


@cache
def _draw(size: int, dimensions: int, device: torch.device, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    import numpy as np
    import torch

    rng = np.random.default_rng([SEED, size, dimensions])
    order, signs = rng.permutation(size), rng.choice([-1.0, 1.0], size)
    with torch.inference_mode(False):  # kept for later calls, which may need gradients
        return torch.from_numpy(order).to(device), torch.from_numpy(signs).to(device, dtype)
