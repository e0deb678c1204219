"""Whatever happens to the bytes of a file: its reader gives the original numbers, or a TexalignError that names it."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from texalign.artifacts import hdf5, matrices, records, seals, tables
from texalign.artifacts.files import atomic_path
from texalign.artifacts.records import column
from texalign.errors import TexalignError
from texalign.images import pixels
from texalign.images.index import ImageIndex, ImageRecord, read_index, write_index

LINEAGE = "a" * 32
RNG = np.random.default_rng(0)


def damaged(content: bytes, n: int, seed: int = 0) -> Iterator[bytes]:
    """`n` times the content with a bit flipped, a byte replaced, a block zeroed or replaced by noise, or cut off."""
    rng = np.random.default_rng(seed)
    for place in rng.choice(len(content), n, replace=n > len(content)):
        changed = bytearray(content)
        kind = rng.integers(5)
        if kind == 0:
            changed[place] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            changed[place] = int(rng.integers(256))
        elif kind == 2:
            changed[place : place + 64] = bytes(len(changed[place : place + 64]))
        elif kind == 3:
            changed[place : place + 8] = rng.bytes(len(changed[place : place + 8]))
        else:
            del changed[place:]
        yield bytes(changed)


def check(path: Path, read: Callable[[], object], n: int, damage: Path | None = None) -> None:
    """Damage the file (or another one, on which its reading depends) `n` times; the reader must be right or refuse."""
    target = damage or path
    expected = read()
    content = target.read_bytes()
    refused = unharmed = 0
    for changed in damaged(content, n):
        target.write_bytes(changed)
        try:
            found = read()
        except TexalignError as error:
            found, message = expected, str(error)
            refused += path.name in message
        else:
            unharmed += 1
        assert found == expected
    assert refused + unharmed == n, "an error does not name the file"
    assert refused > n / 10
    target.write_bytes(content)
    assert read() == expected


def everything(path: Path, lineage: str | None = LINEAGE) -> object:
    """Whatever an HDF5 file holds, as one value that can be compared."""
    with hdf5.open_h5(path, lineage) as file:
        arrays = {name: (file[name][:].tobytes(), file[name].shape, str(file[name].attrs)) for name in file}
        return arrays, str(file.attrs), file.lineage


def gram(path: Path) -> None:
    with (
        hdf5.create_h5(path, {"architecture": "a:b", "mean": [0.5, 0.25]}, LINEAGE) as file,
        matrices.VectorWriter(file, 70, {"L1": "features.0"}, "gram") as writer,
    ):
        writer.append("L1", matrices.MapShape(3, 4, 5), RNG.random((70, 30), dtype=np.float32))


HDF5: dict[str, Callable[[Path], None]] = {
    "gram": gram,
    "rdm": lambda path: matrices.write_rdm(path, {"cosine": RNG.random(45)}, {"layer": "L1"}, LINEAGE),
    "clusters": lambda path: matrices.write_clusters(
        path, RNG.random((9, 4)), RNG.integers(0, 3, (3, 10)), {}, LINEAGE
    ),
    "pixels": lambda path: pixels.write_pixels(path, RNG.integers(0, 256, (3, 4, 4, 3), np.uint8), 3, 4, {}, LINEAGE),
}


@pytest.mark.parametrize("kind", list(HDF5))
def test_hdf5(tmp_path: Path, kind: str):
    path = tmp_path / "file.h5"
    HDF5[kind](path)
    check(path, lambda: everything(path), int(os.environ.get("TEXALIGN_FUZZ", 120)))


@dataclass(frozen=True)
class Row:
    model: str = column("a name")
    position: int = column("a number")
    bits: float | None = column("a number, or none")


ROWS = [Row("alexnet", number, None if number % 3 else float(RNG.random())) for number in range(12)]


@pytest.mark.parametrize("damage", ["table", "seal"])
@pytest.mark.parametrize("lineage", [LINEAGE, None])
def test_sealed_tables(tmp_path: Path, lineage: str | None, damage: str):
    path = tmp_path / "table.tsv"
    records.write_records(path, Row, ROWS, LINEAGE)
    target = path if damage == "table" else seals.seal_path(path)
    check(path, lambda: records.read_records(path, Row, lineage), 300, target)


def test_sealed_files_of_other_formats(tmp_path: Path):
    path = tmp_path / "weights.pth"
    with atomic_path(path, LINEAGE) as partial:
        partial.write_bytes(RNG.bytes(2000))
    check(path, lambda: seals.check(path, LINEAGE), 300)


def test_sealed_index(tmp_path: Path):
    entries = [(f"{name}/{i}.png", name, number) for number, name in enumerate("ab") for i in range(4)]
    index = ImageIndex(tuple(ImageRecord(*entry, f"{i:064}", 8, 8, "RGB") for i, entry in enumerate(entries)))
    path = tmp_path / "index.tsv"
    write_index(path, index, LINEAGE)
    check(path, lambda: read_index(path, LINEAGE), 300)


def test_tables_without_seal_are_read_or_refused(tmp_path: Path):
    """What a user brings has no seal: then a changed digit is another number, but nothing ends in a traceback."""
    path = tmp_path / "table.tsv"
    records.write_records(path, Row, ROWS)
    messages = []
    for changed in damaged(path.read_bytes(), 300):
        path.write_bytes(changed)
        for read in (lambda: records.read_records(path, Row), lambda: tables.read_cells(path)):
            try:
                read()
            except TexalignError as error:
                messages.append(str(error))
    assert messages
    assert all(path.name in message for message in messages)
