"""Artifacts on disk: TSV tables and HDF5 files, each written to a temporary name beside it and then renamed.

HDF5 files are opened without locks: every file has one writer, which works on a name of its own, and readers only ever
see finished files. That keeps results folders on network file systems, where locks fail or hang, usable.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import h5py
import numpy as np

from texalign.artifacts.hdf5 import blosc, chunk_edge, create_h5, open_h5
from texalign.errors import TexalignError


@dataclass(frozen=True)
class LayerTap:
    """One tapped layer: its name in the study (`L1`, `L2`, ...) and the module it taps in the network."""

    layer: str
    module: str


@dataclass(frozen=True)
class MapShape:
    """What one image gives at a layer: a feature map of `channels` x `height` x `width`."""

    channels: int
    height: int
    width: int


# Group of a file of vectors that holds the norms of each layer's vectors.
NORMS = "norms"


class VectorWriter:
    """Writes the vectors of one representation at all layers of a network, image after image, in whole rows of chunks.

    Datasets are made when a layer's first rows arrive, since only then its shape is known. Rows are gathered until a
    row of chunks is full: a chunk is compressed once and never read back.
    """

    ROWS_PER_CHUNK = 64
    COLUMNS_PER_CHUNK = 2048

    def __init__(self, file: h5py.File, n_images: int, taps: Sequence[LayerTap], representation: str):
        self._file = file
        self._representation = representation
        self._n_images = n_images
        self._taps = {tap.layer: tap for tap in taps}
        self._buffers: dict[str, np.ndarray] = {}
        self._filled = dict.fromkeys(self._taps, 0)
        self._written = dict.fromkeys(self._taps, 0)
        self._norms = {layer: np.empty(n_images) for layer in self._taps}

    def append(
        self, layer: str, shape: MapShape, vectors: np.ndarray, stated: Mapping[str, object] | None = None
    ) -> None:
        """Add the next images' vectors, (n, size) float32; a layer's dataset gets `stated` among its attributes.

        Raises TexalignError when one is not finite.
        """
        first = self._written[layer] + self._filled[layer]
        norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
        if not np.isfinite(norms).all():
            row = first + int(np.argmin(np.isfinite(norms)))
            raise TexalignError(
                f"layer {layer} ({self._taps[layer].module}): the {self._representation} vector of image {row} "
                "(counted from 0 in the image index) is not finite; the weights or the preprocessing are broken"
            )
        self._norms[layer][first : first + len(norms)] = norms
        if layer not in self._buffers:
            self._create(layer, shape, vectors.shape[1], stated or {})
        buffer = self._buffers[layer]
        taken = 0
        while taken < len(vectors):
            step = min(len(buffer) - self._filled[layer], len(vectors) - taken)
            buffer[self._filled[layer] : self._filled[layer] + step] = vectors[taken : taken + step]
            self._filled[layer] += step
            taken += step
            if self._filled[layer] == len(buffer):
                self._flush(layer)

    def close(self) -> None:
        """Write what is gathered. Raises TexalignError when a layer did not get a vector of every image."""
        for layer, tap in self._taps.items():
            if layer in self._buffers:
                self._flush(layer)
                self._file[f"{NORMS}/{layer}"] = self._norms[layer]
            if self._written[layer] != self._n_images:
                raise TexalignError(
                    f"layer {layer} ({tap.module}): {self._written[layer]} {self._representation} vectors for "
                    f"{self._n_images} images"
                )

    def _create(self, layer: str, shape: MapShape, size: int, stated: Mapping[str, object]) -> None:
        rows = chunk_edge(self._n_images, self.ROWS_PER_CHUNK)
        columns = chunk_edge(size, self.COLUMNS_PER_CHUNK)
        dataset = self._file.create_dataset(
            layer, (self._n_images, size), np.float32, chunks=(rows, columns), **blosc()
        )
        dataset.attrs.update(
            stated, module=self._taps[layer].module, representation=self._representation, **asdict(shape)
        )
        self._buffers[layer] = np.empty((rows, size), np.float32)

    def _flush(self, layer: str) -> None:
        start, count = self._written[layer], self._filled[layer]
        self._file[layer][start : start + count] = self._buffers[layer][:count]
        self._written[layer] += count
        self._filled[layer] = 0


def vector_dataset(file: h5py.File, layer: str, module: str | None = None) -> h5py.Dataset:
    """A layer's vectors, (n_images, size) float32.

    Raises TexalignError when there is no such layer, naming those that are there, or when it taps another than
    `module`.
    """
    if layer not in file:
        raise TexalignError(f"{file.filename}: has no layer {layer}; it holds {', '.join(set(file) - {NORMS})}")
    if module not in (None, file[layer].attrs["module"]):
        raise TexalignError(f"{file.filename}: layer {layer} is {file[layer].attrs['module']}, expected {module}")
    return file[layer]


def vector_norms(file: h5py.File, layer: str) -> np.ndarray:
    """Euclidean norms of a layer's vectors, (n_images,) float64."""
    return file[f"{NORMS}/{layer}"][:]


def write_rdm(path: str | Path, dissimilarities: Mapping[str, np.ndarray], attributes: Mapping[str, object]) -> None:
    """Write condensed RDMs (scipy's order, n(n-1)/2 each) as float32, one dataset a dissimilarity."""
    with create_h5(path, attributes) as file:
        for name, condensed in dissimilarities.items():
            edge = chunk_edge(len(condensed), 1 << 18)
            file.create_dataset(name, data=condensed.astype(np.float32, copy=False), chunks=(edge,), **blosc())


def read_rdm(path: str | Path, dissimilarity: str) -> np.ndarray:
    """One condensed RDM, n(n-1)/2 float32 in scipy's order."""
    with open_h5(path) as file:
        if dissimilarity not in file:
            raise TexalignError(f"{path}: has no dissimilarity {dissimilarity}; it holds {', '.join(file)}")
        return file[dissimilarity][:]


def write_clusters(path: str | Path, linkage: np.ndarray, labels: np.ndarray, attributes: Mapping[str, object]) -> None:
    """Write a Ward tree, linkage (n-1, 4), and its cuts, labels (K, n): row k-1 holds the cut into k clusters."""
    with create_h5(path, attributes) as file:
        file.create_dataset("linkage", data=linkage)
        file.create_dataset("labels", data=labels, **blosc())


def read_cluster_labels(path: str | Path) -> np.ndarray:
    """Cluster labels (K, n): row k-1 holds the cut of the Ward tree into k clusters."""
    with open_h5(path) as file:
        return file["labels"][:]
