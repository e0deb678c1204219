"""What mixed precision costs: the same images in it and in single precision, before a run in it is begun.

How much half precision moves a representation depends on the network, its weights and the images, so every run measures
it on a sample of its own.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch

from texalign.errors import TexalignError
from texalign.images.pixels import pixel_batches
from texalign.networks.preprocessing import Normalization
from texalign.networks.taps import TappedNetwork
from texalign.representations import registry
from texalign.representations.base import Representation
from texalign.representations.extract import extract
from texalign.statistics import pearson

# Images of a sample, evenly over all.
SAMPLE = 16
# A run is refused above this change of a vector, as a share of its length, or below this correlation of an image's
# distances with those in single precision. Both are of the worst image; docs/methods.md has what was measured.
LARGEST_CHANGE, LEAST_CORRELATION = 0.2, 0.999


@dataclass(frozen=True)
class MixedError:
    """What mixed precision changes at a layer, over a sample of images.

    `relative_error`: |v - v'|/|v| of the image whose vector v changes most (of Gram matrices in their packed form, the
    relative Frobenius error). `rdm_row_correlation`: Pearson's correlation of an image's Euclidean distances from the
    others, of the image where it is lowest; None with fewer than four images, or where the distances do not differ.
    """

    relative_error: float
    rdm_row_correlation: float | None

    @property
    def tolerable(self) -> bool:
        correlation = 1.0 if self.rdm_row_correlation is None else self.rdm_row_correlation
        # Written so that what is not a number is not tolerable.
        return self.relative_error <= LARGEST_CHANGE and correlation >= LEAST_CORRELATION


Errors = Mapping[str, Mapping[str, MixedError]]
"""By representation, then by layer."""


def sample_of(n_images: int) -> list[int]:
    """Positions of the images of a sample, evenly over `n_images`."""
    return sorted({round(float(position)) for position in np.linspace(0, n_images - 1, min(SAMPLE, n_images))})


def attributes(
    network: TappedNetwork,
    images: np.ndarray,
    normalization: Normalization,
    names: Iterable[str],
    device: torch.device | str = "cpu",
    batch_size: int = SAMPLE,
    matched_dimensions: int | None = None,
) -> dict[str, dict[str, object]]:
    """What mixed precision changes for a sample of images, as attributes of the file of each representation by name.

    Raises TexalignError where it is too much.
    """
    entries = [registry.get(name, matched_dimensions) for name in names]
    errors = measure(network, images, normalization, entries, device, batch_size)
    check(errors)
    return {name: {"mixed_sample": len(images), **_by_layer(layers)} for name, layers in errors.items()}


def _by_layer(layers: Mapping[str, MixedError]) -> dict[str, str]:
    return {
        f"mixed_{field.name}": json.dumps({layer: getattr(error, field.name) for layer, error in layers.items()})
        for field in fields(MixedError)
    }


def measure(
    network: TappedNetwork,
    images: np.ndarray,
    normalization: Normalization,
    representations: Sequence[Representation],
    device: torch.device | str = "cpu",
    batch_size: int = SAMPLE,
) -> dict[str, dict[str, MixedError]]:
    """What mixed precision changes at each layer, for images (n, size, size, 3) uint8, which are passed twice."""
    exact, mixed = (
        _vectors(network, images, normalization, representations, device, batch_size, precision)
        for precision in ("float32", "mixed")
    )
    return {
        entry.name: {layer: compared(exact[entry.name, layer], mixed[entry.name, layer]) for layer in network.taps}
        for entry in representations
    }


def check(errors: Errors) -> None:
    """Log what was measured. Raises TexalignError naming the layers where it is more than what is tolerable."""
    for name, layers in errors.items():
        for layer, error in layers.items():
            logging.info("mixed precision: %s %s: %s", name, layer, _said(error))
    wrong = [
        f"{name} {layer} ({_said(error)})"
        for name, layers in errors.items()
        for layer, error in layers.items()
        if not error.tolerable
    ]
    if wrong:
        raise TexalignError(
            f"precision: mixed changes the representations of a sample of images too much: {'; '.join(wrong)}. At most "
            f"{LARGEST_CHANGE:g} of a vector's length and a correlation of {LEAST_CORRELATION:g} are tolerated; set "
            "precision: float32"
        )


def compared(exact: np.ndarray, mixed: np.ndarray) -> MixedError:
    """What differs between two sets of vectors (n, size) of the same images."""
    exact, mixed = exact.astype(np.float64), mixed.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        lengths, changes = np.linalg.norm(exact, axis=1), np.linalg.norm(mixed - exact, axis=1)
        relative = np.where((lengths == 0) & (changes == 0), 0.0, changes / lengths)
        rows = zip(_rows(exact), _rows(mixed), strict=True)
    correlations = [_correlation(one, other) for one, other in rows if len(one) > 2 and np.ptp(one) > 0]
    return MixedError(float(relative.max()), min(correlations) if correlations else None)


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Pearson's r; 0 where it is undefined because the other row is constant or not finite."""
    return (pearson(one, other).r or 0.0) if np.isfinite(other).all() else 0.0


def _rows(vectors: np.ndarray) -> list[np.ndarray]:
    """Of each image its Euclidean distances from the others."""
    distances = [np.linalg.norm(vectors - vector, axis=1) for vector in vectors]
    return [np.delete(row, number) for number, row in enumerate(distances)]


def _vectors(
    network: TappedNetwork,
    images: np.ndarray,
    normalization: Normalization,
    representations: Sequence[Representation],
    device: torch.device | str,
    batch_size: int,
    precision: str,
) -> dict[tuple[str, str], np.ndarray]:
    parts: dict[tuple[str, str], list[np.ndarray]] = {}
    extract(
        network,
        pixel_batches(images, batch_size),
        normalization,
        representations,
        lambda entry, layer, _shape, vectors: parts.setdefault((entry.name, layer), []).append(vectors),
        device,
        precision,
    )
    return {key: np.concatenate(vectors) for key, vectors in parts.items()}


def _said(error: MixedError) -> str:
    correlation = "" if error.rdm_row_correlation is None else f", RDM rows r {error.rdm_row_correlation:.6f}"
    return f"relative error {error.relative_error:.1e}{correlation}"
