"""Memory and time that jobs ask for, from the sizes of the study. Units: MB of memory, minutes of time."""

from collections.abc import Callable
from typing import Any

# Python with NumPy, HDF5 and SciPy; with torch and a network of average size, on top of that.
BASE_MB = 400
TORCH_MB = 3000


def rdm_mb(n_images: int) -> int:
    """Peak memory of one RDM: inner products in float64, one block's in float32, a block twice, both condensed RDMs."""
    return BASE_MB + _square_mb(n_images, 12 + 2 + 2) + 250


def ward_mb(n_images: int) -> int:
    """Peak memory of one Ward tree: condensed distances in float32 and float64, and the square RDM of `rdm_rows`."""
    return BASE_MB + _square_mb(n_images, 4 + 4 + 8 + 8 + 8)


def _square_mb(n_images: int, bytes_an_entry: int) -> int:
    return round(n_images**2 * bytes_an_entry / 1e6)


def by_attempt(amount: int) -> Callable[[Any, int], int]:
    """A Snakemake resource that grows with every attempt, so that a job killed for want of it is retried with more."""

    def resource(wildcards: Any, attempt: int) -> int:
        return amount * attempt

    return resource
