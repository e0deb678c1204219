"""Arrays of HDF5 files, written and read in chunks, each with its digest."""

import math
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from texalign.artifacts.damage import damaged
from texalign.artifacts.digests import attributes_of, chunk_digest, named_damage, store_attributes

Key = slice | int | np.integer


class NewArray:
    """An array of a file that is being written, from its first row to its last, in whole rows of chunks."""

    def __init__(self, dataset: h5py.Dataset):
        self._dataset = dataset
        self._written = 0
        self.chunks: tuple[int, ...] = dataset.chunks
        self.digests = np.zeros(_grid(dataset), np.uint64)

    @property
    def complete(self) -> bool:
        """Whether all rows are written."""
        return self._written == len(self._dataset)

    def describe(self, **attributes: object) -> None:
        """Write attributes of the array."""
        store_attributes(self._dataset, attributes)

    def write(self, start: int, values: np.ndarray) -> None:
        """Write the rows from `start`, where the ones before ended; but for the last, whole chunks of rows.

        Raises RuntimeError for rows out of turn: a chunk that is written twice would be packed twice.
        """
        rows, edge = len(values), self.chunks[0]
        if start != self._written or (rows % edge and start + rows != len(self._dataset)):
            raise RuntimeError(f"{self._dataset.name}: rows {start} to {start + rows} are out of turn")
        values = np.asarray(values, self._dataset.dtype)
        self._dataset[start : start + rows] = values
        first = start // edge
        for cell in np.ndindex(math.ceil(rows / edge), *self.digests.shape[1:]):
            self.digests[first + cell[0], *cell[1:]] = chunk_digest(values[_within(cell, self.chunks)])
        self._written += rows


class CheckedArray:
    """An array that is being read. Indexing gives the numbers that were written, or raises TexalignError.

    Whole chunks are read and checked, whatever part of them is asked for. `shape`, `dtype`, `chunks` and `attrs` are
    those of h5py's dataset.
    """

    def __init__(self, path: str | Path, dataset: h5py.Dataset, digests: np.ndarray):
        self._path = path
        self._dataset = dataset
        self._digests = digests
        self.shape: tuple[int, ...] = dataset.shape
        self.dtype: np.dtype = dataset.dtype
        self.chunks: tuple[int, ...] = dataset.chunks
        self.attrs = attributes_of(dataset)
        if digests.shape != _grid(dataset):
            raise damaged(path, f"digests of {dataset.name}")

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Key | tuple[Key, ...] | Sequence[int] | np.ndarray) -> np.ndarray:
        """Part of the array, by integers and slices of step 1, or by a sequence of rows, as of a NumPy array."""
        if isinstance(key, list | np.ndarray):
            return np.stack([self[int(row)] for row in key])
        keys = key if isinstance(key, tuple) else (key,)
        if Ellipsis in keys:
            position = keys.index(Ellipsis)
            filling = (slice(None),) * (len(self.shape) - len(keys) + 1)
            keys = keys[:position] + filling + keys[position + 1 :]
        keys += (slice(None),) * (len(self.shape) - len(keys))
        spans = [_span(part, length) for part, length in zip(keys, self.shape, strict=True)]
        values, offsets = self._read(spans)
        return values[
            tuple(
                start - offset if isinstance(part, int | np.integer) else slice(start - offset, stop - offset)
                for part, (start, stop), offset in zip(keys, spans, offsets, strict=True)
            )
        ]

    def verify(self) -> None:
        """Read and check everything, in rows of chunks. Raises TexalignError when something is damaged."""
        for start in range(0, len(self), self.chunks[0]):
            self[start : start + self.chunks[0]]

    def _read(self, spans: list[tuple[int, int]]) -> tuple[np.ndarray, list[int]]:
        """The chunks that cover `spans`, checked, as one array, and the position of its first element."""
        if any(start >= stop for start, stop in spans):
            return np.empty([stop - start for start, stop in spans], self.dtype), [start for start, _ in spans]
        first = [start // edge for (start, _), edge in zip(spans, self.chunks, strict=True)]
        last = [math.ceil(stop / edge) for (_, stop), edge in zip(spans, self.chunks, strict=True)]
        offsets = [cell * edge for cell, edge in zip(first, self.chunks, strict=True)]
        whole = tuple(
            slice(offset, min(end * edge, length))
            for offset, end, edge, length in zip(offsets, last, self.chunks, self.shape, strict=True)
        )
        with named_damage(self._path, f"array {self._dataset.name}", sizes_known=True):
            values = self._dataset[whole]
        for cell in np.ndindex(*(end - begin for begin, end in zip(first, last, strict=True))):
            block = tuple(begin + step for begin, step in zip(first, cell, strict=True))
            if chunk_digest(values[_within(cell, self.chunks)]) != self._digests[block]:
                raise damaged(self._path, f"array {self._dataset.name}, rows from {block[0] * self.chunks[0]}")
        return values, offsets


def _grid(dataset: h5py.Dataset) -> tuple[int, ...]:
    return tuple(math.ceil(length / edge) for length, edge in zip(dataset.shape, dataset.chunks, strict=True))


def _within(cell: tuple[int, ...], chunks: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(step * edge, (step + 1) * edge) for step, edge in zip(cell, chunks, strict=True))


def _span(part: Key, length: int) -> tuple[int, int]:
    """Half-open range that an index selects. Raises IndexError for steps other than 1 and positions outside."""
    if isinstance(part, int | np.integer):
        position = int(part) + length if part < 0 else int(part)
        if not 0 <= position < length:
            raise IndexError(f"position {part} of {length}")
        return position, position + 1
    start, stop, step = part.indices(length)
    if step != 1:
        raise IndexError(f"slices of step {step} are not read; read all and take a step of that")
    return start, max(start, stop)
