"""Ward clusterings of images from the dissimilarities of their representations: one tree, cut many times."""

import numpy as np
from scipy.spatial.distance import num_obs_y, squareform

from texalign import names
from texalign.errors import TexalignError

# Below this share of |x_i|^2 + |x_j|^2, a squared distance taken from inner products has lost too many digits.
_CANCELLATION = 1e-6
_BLOCK_ROWS = 512


def protocol_distances(protocol: str, euclidean: np.ndarray, cosine: np.ndarray) -> np.ndarray:
    """Distances between images that Ward's method sees under a protocol, n(n-1)/2 float64 in scipy's condensed order.

    `euclidean`, `cosine`: distances between the images' vectors, n(n-1)/2 each, in the same order.

    - `unit`: Euclidean distances of the vectors scaled to length 1, sqrt(2 cosine distance);
    - `raw`: Euclidean distances of the vectors as they are;
    - `rdm_rows`: Euclidean distances between the rows of the square Euclidean matrix; 12 n^2 bytes and two blocks of
      512 n doubles (430 MB for 5,640 images) beside the inputs, and n^3 floating-point operations.

    Raises TexalignError for an unknown protocol, lengths that differ or belong to no number of images, and distances
    that are not finite or are negative by more than rounding.
    """
    if protocol not in names.PROTOCOLS:
        raise TexalignError(f"unknown protocol {protocol!r}; choose from {', '.join(names.PROTOCOLS)}")
    if len(euclidean) != len(cosine):
        raise TexalignError(f"{len(euclidean)} Euclidean but {len(cosine)} cosine distances")
    num_obs_y(euclidean)  # raises ValueError unless the length is n(n-1)/2
    if not (np.isfinite(euclidean).all() and np.isfinite(cosine).all()):
        raise TexalignError("a distance is not finite")
    distances = _non_negative(cosine if protocol == "unit" else euclidean)
    if protocol == "unit":
        return np.sqrt(2 * distances)
    if protocol == "raw":
        return distances
    return _row_distances(distances)


def _non_negative(distances: np.ndarray) -> np.ndarray:
    """A float64 copy of distances, what rounding took below zero set to zero."""
    copy = np.array(distances, dtype=np.float64)
    if copy.min() < -1e-5 * copy.max():
        raise TexalignError(f"a distance is negative: {copy.min()}")
    return np.maximum(copy, 0, out=copy)


def _row_distances(condensed: np.ndarray) -> np.ndarray:
    """Euclidean distances between the rows of the square matrix of `condensed`, which is overwritten with them.

    From inner products, in blocks of rows of one triangle: n^3 operations of matrix multiplication, where pdist's 1.5
    n^3 are plain loops. Columns are centred first, which moves all rows alike and keeps the products small; pairs so
    close that the subtraction still cancels are computed directly.
    """
    rows = squareform(condensed)
    rows -= rows.mean(axis=0)
    squares = np.einsum("ij,ij->i", rows, rows)
    n = len(rows)
    start = 0
    for first in range(0, n, _BLOCK_ROWS):
        products = rows[first : first + _BLOCK_ROWS] @ rows[first:].T
        for i, row in enumerate(products, start=first):
            others = slice(i + 1, n)
            sums = squares[i] + squares[others]
            squared = sums - 2 * row[i + 1 - first :]
            for close in _blocks(np.flatnonzero(squared < _CANCELLATION * sums)):
                differences = rows[others][close] - rows[i]
                squared[close] = np.einsum("ij,ij->i", differences, differences)
            np.sqrt(squared, out=condensed[start : start + len(squared)])
            start += len(squared)
    return condensed


def _blocks(indices: np.ndarray) -> list[np.ndarray]:
    return [indices[start : start + _BLOCK_ROWS] for start in range(0, len(indices), _BLOCK_ROWS)]
