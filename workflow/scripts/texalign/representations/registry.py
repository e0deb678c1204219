"""Texture representations by name."""

from collections.abc import Callable

from texalign import names
from texalign.errors import TexalignError
from texalign.representations.base import Representation
from texalign.representations.correlation import CorrelationMatrix
from texalign.representations.covariance import Covariance
from texalign.representations.diagonal import Diagonal
from texalign.representations.gaussian import Gaussian
from texalign.representations.gram import Gram
from texalign.representations.gram_shifted import ShiftedGram
from texalign.representations.matched import matched
from texalign.representations.mean import Mean
from texalign.representations.mean_std import MeanStd
from texalign.representations.sliced_wasserstein import SlicedWasserstein
from texalign.representations.spectrum import Spectrum

ENTRIES: dict[str, Callable[[], Representation]] = {
    "mean": Mean,
    "diagonal": Diagonal,
    "mean_std": MeanStd,
    "covariance": Covariance,
    "correlation": CorrelationMatrix,
    "gram": Gram,
    "gaussian": Gaussian,
    "gram_shifted": ShiftedGram,
    "sliced_wasserstein": SlicedWasserstein,
    "spectrum": Spectrum,
}


def get(name: str, matched_dimensions: int | None = None) -> Representation:
    """A representation by its name, projected to `matched_dimensions` numbers where that is given (see `Matched`).

    Raises TexalignError for an unknown one.
    """
    if name not in ENTRIES:
        raise TexalignError(f"unknown representation {name!r}; known: {', '.join(names.REPRESENTATIONS)}")
    entry = ENTRIES[name]()
    return entry if matched_dimensions is None else matched(entry, matched_dimensions)
