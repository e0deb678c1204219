"""HDF5 artifacts: vectors of a network, RDMs of a layer, Ward trees and their cuts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from texalign.artifacts.arrays import CheckedArray, NewArray
from texalign.artifacts.hdf5 import CheckedFile, NewFile, chunk_edge, create_h5, open_h5
from texalign.artifacts.tap import Taps
from texalign.errors import TexalignError


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

    Arrays are made when a layer's first rows arrive, since only then its shape is known. Rows are gathered until a
    row of chunks is full: a chunk is compressed once and never read back.

    To be used as a context, whose end completes what is written. A file whose writer was left by an exception, or never
    closed, does not appear under its name.
    """

    ROWS_PER_CHUNK = 64
    COLUMNS_PER_CHUNK = 2048

    def __init__(self, file: NewFile, n_images: int, taps: Taps, representation: str):
        self._file = file
        self._representation = representation
        self._arrays: dict[str, NewArray] = {}
        self._n_images = n_images
        self._taps = dict(taps)
        self._buffers: dict[str, np.ndarray] = {}
        self._filled = dict.fromkeys(self._taps, 0)
        self._written = dict.fromkeys(self._taps, 0)
        self._norms = {layer: np.empty(n_images) for layer in self._taps}
        self._part = f"{representation} vectors"
        file.begin(self._part)

    def __enter__(self) -> "VectorWriter":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()

    def append(
        self, layer: str, shape: MapShape, vectors: np.ndarray, stated: Mapping[str, object] | None = None
    ) -> None:
        """Add the next images' vectors, (n, size) float32; a layer's dataset gets `stated` among its attributes.

        Raises TexalignError when one is not finite.
        """
        first = self._written[layer] + self._filled[layer]
        if first + len(vectors) > self._n_images:
            raise RuntimeError(f"layer {layer}: more vectors than the {self._n_images} images that were announced")
        norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
        if not np.isfinite(norms).all():
            row = first + int(np.argmin(np.isfinite(norms)))
            raise TexalignError(
                f"layer {layer} ({self._taps[layer]}): the {self._representation} vector of image {row} "
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
            found = self._written[layer] + self._filled[layer]
            if found != self._n_images:
                raise TexalignError(f"layer {layer} ({tap}): {found} {self._part} for {self._n_images} images")
            if self._filled[layer]:
                self._flush(layer)
            self._file.write_array(f"{NORMS}/{layer}", self._norms[layer])
        self._file.end(self._part)

    def _create(self, layer: str, shape: MapShape, size: int, stated: Mapping[str, object]) -> None:
        rows = chunk_edge(self._n_images, self.ROWS_PER_CHUNK)
        columns = chunk_edge(size, self.COLUMNS_PER_CHUNK)
        # The largest files of a study, written while networks run: HDF5's own checksum would cost them a tenth of their
        # rate and more, and our digests tell all that it does.
        array = self._file.create_array(
            layer, (self._n_images, size), np.float32, chunks=(rows, columns), packed=True, fletcher32=False
        )
        array.describe(**stated, module=str(self._taps[layer]), representation=self._representation, **asdict(shape))
        self._arrays[layer] = array
        self._buffers[layer] = np.empty((rows, size), np.float32)

    def _flush(self, layer: str) -> None:
        start, count = self._written[layer], self._filled[layer]
        self._arrays[layer].write(start, self._buffers[layer][:count])
        self._written[layer] += count
        self._filled[layer] = 0


def vector_dataset(file: CheckedFile, layer: str, module: str | None = None) -> CheckedArray:
    """A layer's vectors, (n_images, size) float32.

    Raises TexalignError when there is no such layer, naming those that are there, or when it taps another than
    `module`.
    """
    if layer not in file:
        layers = [name for name in file if not name.startswith(f"{NORMS}/")]
        raise TexalignError(f"{file.filename}: has no layer {layer}; it holds {', '.join(layers)}")
    array = file[layer]
    if module not in (None, array.attrs["module"]):
        raise TexalignError(f"{file.filename}: layer {layer} is {array.attrs['module']}, expected {module}")
    return array


def vector_norms(file: CheckedFile, layer: str) -> np.ndarray:
    """Euclidean norms of a layer's vectors, (n_images,) float64."""
    return file[f"{NORMS}/{layer}"][:]


def write_rdm(
    path: str | Path,
    dissimilarities: Mapping[str, np.ndarray],
    attributes: Mapping[str, object],
    lineage: str | None = None,
) -> None:
    """Write condensed RDMs (scipy's order, n(n-1)/2 each) as float32, one array a dissimilarity."""
    with create_h5(path, attributes, lineage) as file:
        for name, condensed in dissimilarities.items():
            edge = chunk_edge(len(condensed), 1 << 18)
            file.write_array(name, condensed.astype(np.float32, copy=False), chunks=(edge,), packed=True)


def read_rdm(path: str | Path, dissimilarity: str, lineage: str | None = None) -> np.ndarray:
    """One condensed RDM, n(n-1)/2 float32 in scipy's order."""
    with open_h5(path, lineage) as file:
        if dissimilarity not in file:
            raise TexalignError(f"{path}: has no dissimilarity {dissimilarity}; it holds {', '.join(file)}")
        return file[dissimilarity][:]


def write_clusters(
    path: str | Path,
    linkage: np.ndarray,
    labels: np.ndarray,
    attributes: Mapping[str, object],
    lineage: str | None = None,
) -> None:
    """Write a Ward tree, linkage (n-1, 4), and its cuts, labels (K, n): row k-1 holds the cut into k clusters."""
    with create_h5(path, attributes, lineage) as file:
        file.write_array("linkage", linkage)
        file.write_array("labels", labels, packed=True)


def read_cluster_labels(path: str | Path, lineage: str | None = None) -> np.ndarray:
    """Cluster labels (K, n): row k-1 holds the cut of the Ward tree into k clusters."""
    with open_h5(path, lineage) as file:
        return file["labels"][:]


def read_linkage(path: str | Path, lineage: str | None = None) -> np.ndarray:
    """The Ward tree of n images, (n-1, 4) float64 as scipy's `linkage` gives it."""
    with open_h5(path, lineage) as file:
        return file["linkage"][:]
