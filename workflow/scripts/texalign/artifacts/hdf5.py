"""HDF5 files, written to a temporary name beside the final one and then renamed.

Files are opened without locks: every file has one writer, which works on a name of its own, and readers only ever
see finished files. That keeps results folders on network file systems, where locks fail or hang, usable."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import h5py
import hdf5plugin

from texalign.artifacts.files import atomic_path
from texalign.errors import TexalignError


@contextmanager
def create_h5(path: str | Path, attributes: Mapping[str, object]) -> Iterator[h5py.File]:
    """A new HDF5 file with `attributes` on its root, that appears under `path` only once it is complete."""
    with atomic_path(path) as partial, h5py.File(partial, "w", libver="latest", locking=False) as file:
        file.attrs.update(attributes)
        yield file


@contextmanager
def open_h5(path: str | Path) -> Iterator[h5py.File]:
    """An HDF5 file opened for reading, without a lock.

    Raises TexalignError naming the file when it is missing or damaged.
    """
    try:
        file = h5py.File(path, "r", locking=False)
    except OSError as error:
        raise TexalignError(
            f"{path}: cannot be read as HDF5 ({error}); delete it and run the workflow again"
        ) from error
    with file:
        yield file


def chunk_edge(length: int, target: int) -> int:
    """Edge near `target` that cuts `length` into equal chunks, so that the last chunk is all but full."""
    return max(1, math.ceil(length / max(1, round(length / target))))


def blosc() -> Mapping[str, object]:
    # Byte shuffle groups the exponents of neighbouring floats; zstd level 1 then packs Gram matrices about as tightly
    # as gzip level 6 does, at more than ten times its speed.
    return hdf5plugin.Blosc2(cname="zstd", clevel=1, filters=hdf5plugin.Blosc2.SHUFFLE)


def read_attributes(path: str | Path, dataset: str | None = None) -> dict[str, object]:
    """Attributes of an HDF5 file, or of one of its datasets."""
    with open_h5(path) as file:
        return dict((file if dataset is None else file[dataset]).attrs)
