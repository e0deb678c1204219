"""What a protocol of clustering is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import num_obs_y

from texalign.errors import TexalignError
from texalign.rdms.compute import require_directions


@dataclass(frozen=True)
class Protocol:
    """From an RDM to the distances that Ward's method clusters by.

    An entry is a `Protocol` in a file of this package, a line in `registry.ENTRIES` and one in `names.PROTOCOLS`.

    `dissimilarity`: of which RDM, an entry of `names.DISSIMILARITIES`. `transform`: its distances, condensed float64
    and not negative, which may be overwritten, to Euclidean distances in the same order: those of some vectors, since
    Ward's tree and the probes take them as such.
    """

    name: str
    dissimilarity: str
    transform: Callable[[np.ndarray], np.ndarray]

    def distances(self, condensed: np.ndarray) -> np.ndarray:
        """Distances that Ward's method sees, n(n-1)/2 float64 in scipy's condensed order, a new array.

        `condensed`: the RDM, in the same order. Raises TexalignError naming the images whose vectors are zero, where
        directions are needed, and when a distance is not finite or is negative by more than rounding.
        """
        n = num_obs_y(condensed)  # raises ValueError unless the length is n(n-1)/2
        if self.dissimilarity == "cosine":
            require_directions(condensed, n, by=f"protocol {self.name}")
        if not np.isfinite(condensed).all():
            raise TexalignError("a distance is not finite")
        copy = np.array(condensed, dtype=np.float64)
        if copy.min() < -1e-5 * copy.max():
            raise TexalignError(f"a distance is negative: {copy.min()}")
        return self.transform(np.maximum(copy, 0, out=copy))
