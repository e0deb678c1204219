"""HDF5 files, written to a temporary name beside the final one, and read with every number checked.

Anyone's HDF5 from 1.10 on opens them: no newer feature of the format is used. Every chunk has a digest of ours (xxHash,
XXH3), which tells of damage, and also when a chunk was replaced by another valid one; all but those of vectors have
HDF5's own checksum (Fletcher32) too, which tells every program of damage. `checksums/<dataset>` holds the digests of a
dataset's chunks; the root's attribute `content_digest` is one over these, over all attributes, and over names, shapes
and types of all datasets.

Files are opened without locks: every file has one writer, which works on a name of its own, and readers only ever
see finished files. That keeps results folders on network file systems, where locks fail or hang, usable.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import h5py
import hdf5plugin
import numpy as np

from texalign.artifacts import digests
from texalign.artifacts.arrays import CheckedArray, NewArray
from texalign.artifacts.damage import foreign, missing
from texalign.artifacts.files import atomic_path
from texalign.artifacts.lineage import lineage_of
from texalign.errors import TexalignError

# The format of HDF5 1.10, neither newer nor older: what "latest" writes under HDF5 2 cannot be read by 1.14, and what
# "earliest" writes describes its arrays without checksums, so that a flipped bit there can hang or crash the library.
FORMAT = ("v110", "v110")


class NewFile:
    """A new HDF5 file that is being written: arrays are added to it chunk by chunk, each with its digest."""

    def __init__(self, file: h5py.File):
        self._file = file
        self._arrays: dict[str, NewArray] = {}
        self._unfinished: set[str] = set()

    def create_array(
        self,
        name: str,
        shape: tuple[int, ...],
        dtype: np.typing.DTypeLike,
        chunks: tuple[int, ...],
        packed: bool,
        fletcher32: bool = True,
    ) -> NewArray:
        """A new array to be written in whole chunks; `packed` ones are compressed by Blosc2.

        HDF5's own checksum, `fletcher32`, is what programs without the digests know damage by. It takes a tenth and
        more of the time of writing, and may be left out where that counts.
        """
        chunks = tuple(min(edge, length) for edge, length in zip(chunks, shape, strict=True))
        filters = blosc() if packed else {}
        dataset = self._file.create_dataset(name, shape, dtype, chunks=chunks, fletcher32=fletcher32, **filters)
        self._arrays[name] = NewArray(dataset)
        return self._arrays[name]

    def write_array(self, name: str, values: np.ndarray, chunks: tuple[int, ...] | None = None, packed: bool = False):
        """Write an array that is in memory; in one chunk where no other `chunks` are given."""
        values = np.asarray(values)
        array = self.create_array(name, values.shape, values.dtype, chunks or values.shape, packed)
        array.write(0, values)

    def begin(self, part: str) -> None:
        """Say that something is being written to the file, which is not finished before `end` of the same name."""
        self._unfinished.add(part)

    def end(self, part: str) -> None:
        self._unfinished.remove(part)

    def seal(self) -> None:
        """Write all digests. Raises RuntimeError when a part is not finished, or an array not written completely."""
        incomplete = [name for name, array in self._arrays.items() if not array.complete]
        if self._unfinished or incomplete:
            raise RuntimeError(f"{', '.join([*sorted(self._unfinished), *incomplete])}: not written completely")
        if unknown := set(digests.dataset_names(self._file)) - set(self._arrays):
            raise RuntimeError(f"datasets without checksums: {', '.join(unknown)}; write them by create_array")
        for name, array in self._arrays.items():
            sums = array.digests
            chunks = {"chunks": sums.shape, "fletcher32": True} if sums.size else {}
            self._file.create_dataset(f"{digests.GROUP}/{name}", data=sums, **chunks)
        digests.store_attributes(self._file, {digests.CONTENT: digests.content_digest(self._file)})


@contextmanager
def create_h5(path: str | Path, attributes: Mapping[str, object], lineage: str | None = None) -> Iterator[NewFile]:
    """A new HDF5 file with `attributes` on its root, that appears under `path` only once it is complete.

    `lineage` is what texalign.artifacts.lineage makes: the digest of all that the file depends on.
    """
    with atomic_path(path) as partial, h5py.File(partial, "w", libver=FORMAT, locking=False) as file:
        told = lineage_of(path, lineage)
        digests.store_attributes(file, attributes if told is None else {**attributes, digests.LINEAGE: told})
        new = NewFile(file)
        yield new
        new.seal()


class CheckedFile:
    """An HDF5 file of ours that is being read. What it gives is what was written, or TexalignError is raised."""

    def __init__(self, path: str | Path, file: h5py.File):
        self.filename = str(path)
        self._file = file
        digests.check_content(self.filename, file)
        with digests.named_damage(path, "its description"):
            self.attrs: dict[str, object] = digests.attributes_of(file)
            self.lineage: str | None = digests.attribute(file, digests.LINEAGE)
            self._names = digests.dataset_names(file)

    def __iter__(self) -> Iterator[str]:
        """Names of the arrays, those in groups as `group/name`."""
        return iter(self._names)

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def __getitem__(self, name: str) -> CheckedArray:
        """An array by its name. Raises TexalignError naming those that are there, when it is not."""
        if name not in self._names:
            raise TexalignError(f"{self.filename}: has no {name}; it holds {', '.join(self._names)}")
        with digests.named_damage(self.filename, name):
            return CheckedArray(self.filename, self._file[name], self._file[f"{digests.GROUP}/{name}"][...])


@contextmanager
def open_h5(path: str | Path, lineage: str | None = None) -> Iterator[CheckedFile]:
    """An HDF5 file opened for reading, without a lock; everything that is read from it is checked.

    Raises TexalignError naming the file when it is missing, damaged, or of another lineage than `lineage`.
    """
    if not Path(path).is_file():
        raise missing(path)
    with digests.named_damage(str(path), "the file"):
        file = h5py.File(path, "r", locking=False)
    with file:
        checked = CheckedFile(path, file)
        if lineage_of(path, lineage) not in (None, checked.lineage):
            raise foreign(path)
        yield checked


def verify_h5(path: str | Path, lineage: str | None = None) -> None:
    """Read a whole file. Raises TexalignError as `open_h5` and its arrays do."""
    with open_h5(path, lineage) as file:
        for name in file:
            file[name].verify()


def read_attributes(path: str | Path, array: str | None = None, lineage: str | None = None) -> dict[str, object]:
    """Attributes of an HDF5 file, or of one of its arrays, without those that describe its checksums."""
    with open_h5(path, lineage) as file:
        return dict(file.attrs if array is None else file[array].attrs)


def chunk_edge(length: int, target: int) -> int:
    """Edge near `target` that cuts `length` into equal chunks, so that the last chunk is all but full."""
    return max(1, math.ceil(length / max(1, round(length / target))))


def blosc() -> Mapping[str, object]:
    # Byte shuffle groups the exponents of neighbouring floats; zstd level 1 then packs Gram matrices about as tightly
    # as gzip level 6 does, at more than ten times its speed.
    return hdf5plugin.Blosc2(cname="zstd", clevel=1, filters=hdf5plugin.Blosc2.SHUFFLE)
