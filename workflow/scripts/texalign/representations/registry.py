"""Texture representations by name."""

from collections.abc import Callable

from texalign import names
from texalign.errors import TexalignError
from texalign.representations.base import Representation
from texalign.representations.covariance import Covariance
from texalign.representations.gram import Gram

ENTRIES: dict[str, Callable[[], Representation]] = {
    "covariance": Covariance,
    "gram": Gram,
}


def get(name: str) -> Representation:
    """A representation by its name. Raises TexalignError for an unknown one."""
    if name not in ENTRIES:
        raise TexalignError(f"unknown representation {name!r}; known: {', '.join(names.REPRESENTATIONS)}")
    return ENTRIES[name]()
