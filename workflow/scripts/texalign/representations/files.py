"""Representations of all images, from one pass straight to their files."""

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import torch

from texalign.artifacts import hdf5, matrices
from texalign.networks.preprocessing import Normalization
from texalign.networks.taps import TappedNetwork
from texalign.representations import registry
from texalign.representations.extract import extract


def write_representations(
    outputs: Mapping[str, Path],
    network: TappedNetwork,
    batches: Iterable[np.ndarray],
    normalization: Normalization,
    n_images: int,
    attributes: Mapping[str, object],
    device: torch.device | str = "cpu",
    precision: str = "float32",
    matched_dimensions: int | None = None,
    own_attributes: Mapping[str, Mapping[str, object]] | None = None,
) -> None:
    """Write one HDF5 file a representation, given by name, with a dataset for each tapped layer.

    `batches` yields the `n_images` images in order, (n, size, size, 3) uint8; `attributes` go on the root of each file,
    `own_attributes` on that of the representation's. With `matched_dimensions`, every vector is projected to so many
    numbers (see `matched.Matched`). No file appears unless all are complete. Raises TexalignError as `extract` and the
    writers do.
    """
    with contextlib.ExitStack() as stack:
        writers = {}
        for name, path in outputs.items():
            file = stack.enter_context(hdf5.create_h5(path, {**attributes, **(own_attributes or {}).get(name, {})}))
            writers[name] = stack.enter_context(matrices.VectorWriter(file, n_images, network.taps, name))
        extract(
            network,
            batches,
            normalization,
            [registry.get(name, matched_dimensions) for name in outputs],
            lambda entry, layer, shape, vectors: writers[entry.name].append(
                layer, shape, vectors, entry.stated(shape.channels)
            ),
            device,
            precision,
        )
