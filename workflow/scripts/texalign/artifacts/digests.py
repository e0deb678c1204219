"""Digests of what an HDF5 file holds: of chunks (xxHash, XXH3, 64 bits), and of everything that describes them."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import xxhash

from texalign.artifacts.damage import damaged
from texalign.errors import TexalignError

# The group that holds the digests of all datasets' chunks, and the root's attributes that bind the file.
GROUP = "checksums"
CONTENT = "content_digest"
LINEAGE = "lineage"


def chunk_digest(values: np.ndarray) -> int:
    """Digest of the numbers of one chunk, in C order, without what pads the chunk at the array's edges."""
    return xxhash.xxh3_64_intdigest(np.ascontiguousarray(values))


def dataset_names(file: h5py.File) -> list[str]:
    """Names of all datasets but the digests, sorted; those in groups are `group/name`."""
    names: list[str] = []
    file.visititems(lambda name, entry: names.append(name) if isinstance(entry, h5py.Dataset) else None)
    return sorted(name for name in names if not name.startswith(f"{GROUP}/"))


def store_attributes(entry: h5py.HLObject, attributes: Mapping[str, object]) -> None:
    """Write attributes of a file or dataset: numbers, text, and lists of either.

    Text has a fixed length: that of any length lies in a heap without checksums, which a flipped bit can make endless.
    Raises TypeError for other values.
    """
    for name, value in attributes.items():
        values = np.asarray(value)
        if values.dtype.kind == "O" and not all(isinstance(item, str) for item in values.ravel()):
            raise TypeError(f"attribute {name}: {value!r} is neither numbers nor text")
        if values.dtype.kind in "UO":
            encoded = np.char.encode(values.astype(str), "utf-8")
            values = encoded.astype(h5py.string_dtype("utf-8", max(1, encoded.dtype.itemsize)))
        entry.attrs[name] = values


def attribute(entry: h5py.HLObject, name: str) -> object:
    """One attribute as it was before it was stored, text as str; None where there is no such attribute."""
    value = entry.attrs.get(name)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, np.ndarray) and value.dtype.kind == "S":
        return np.array([item.decode() for item in value.ravel()], object).reshape(value.shape)
    return value


def attributes_of(entry: h5py.HLObject) -> dict[str, object]:
    """Attributes of a file or dataset, without those that bind the file."""
    return {name: attribute(entry, name) for name in entry.attrs if name not in (CONTENT, LINEAGE)}


def content_digest(file: h5py.File) -> str:
    """SHA-256 over all attributes, over names, shapes, types and attributes of all datasets, and over their digests.

    It depends on nothing else: neither on how HDF5 lays the file out, nor on how chunks are compressed.
    """
    described = [_plain_attributes(file)]
    sums = hashlib.sha256()
    for name in dataset_names(file):
        dataset = file[name]
        described.append([name, dataset.shape, dataset.dtype.str, dataset.chunks, _plain_attributes(dataset)])
        sums.update(file[f"{GROUP}/{name}"][...].astype("<u8").tobytes())
    sums.update(json.dumps(described, sort_keys=True).encode())
    return sums.hexdigest()


def check_content(path: str | Path, file: h5py.File) -> None:
    """Raise TexalignError unless the file has the `content_digest` that it should."""
    with named_damage(path, "its description"):
        recorded = attribute(file, CONTENT)
        if recorded is None:
            raise damaged(path, "it has no digest of its content")
        if recorded != content_digest(file):
            raise damaged(path, "attributes, names or digests of its arrays")


@contextmanager
def named_damage(path: str | Path, what: str, sizes_known: bool = False) -> Iterator[None]:
    """Turns whatever HDF5 and its filters raise about a damaged file into a TexalignError that names it.

    Where the file's sizes are known to be true, memory that runs out is no damage, and stays what it is.
    """
    try:
        yield
    except TexalignError:
        raise
    # h5py raises a dozen kinds, by where the damage is: also MemoryError, for sizes that a flipped bit made huge.
    except Exception as error:
        if sizes_known and isinstance(error, MemoryError):
            raise
        reason = str(error).strip() or type(error).__name__
        raise damaged(path, f"{what}: {reason}") from error


def _plain_attributes(entry: h5py.HLObject) -> dict[str, object]:
    return {name: _plain(attribute(entry, name)) for name in entry.attrs if name != CONTENT}


def _plain(value: object) -> object:
    """A value as JSON holds it, with its type: 1 and 1.0 are not the same attribute."""
    if isinstance(value, np.ndarray):
        return [value.dtype.str, value.shape, [_plain(item) for item in value.ravel().tolist()]]
    if isinstance(value, np.generic):
        return [value.dtype.str, _plain(value.item())]
    return value if isinstance(value, str | int | float) else repr(value)
