"""HDF5 artifacts: a number that comes out of them is the one that went in, or an error says what is damaged."""

import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from texalign.artifacts import hdf5, matrices
from texalign.artifacts.tap import Tap
from texalign.errors import TexalignError

SHAPE = matrices.MapShape(channels=100, height=4, width=5)
SIZE = 100 * 101 // 2
VECTORS = np.random.default_rng(0).normal(size=(150, SIZE)).astype(np.float32)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hdf5") / "gram.h5"
    with (
        hdf5.create_h5(path, {"architecture": "toy", "mean": [0.1, 0.2, 0.3]}, lineage="a" * 32) as file,
        matrices.VectorWriter(file, len(VECTORS), {"L1": Tap("features.0")}, "gram") as writer,
    ):
        writer.append("L1", SHAPE, VECTORS)
    return path


@pytest.fixture
def gram(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(written, tmp_path))


def read_all(path: Path) -> dict[str, np.ndarray]:
    with hdf5.open_h5(path) as file:
        return {name: file[name][:] for name in file}


def test_parts_are_what_numpy_would_give(gram: Path):
    parts = (
        slice(None), 3, -1, slice(10, 90), slice(149, 150), slice(5, 5), (slice(None), slice(2500, 2600)),
        (slice(3, 70), 4), (2, 5), (..., slice(0, 1)), (np.int64(7), ...), [80, 3],
    )  # fmt: skip
    with hdf5.open_h5(gram) as file:
        array = file["L1"]
        assert (array.shape, array.dtype, len(array)) == (VECTORS.shape, VECTORS.dtype, 150)
        assert array.chunks[1] < array.shape[1]
        for part in parts:
            np.testing.assert_array_equal(array[part], VECTORS[part])
        for part in (150, slice(0, 10, 2)):
            with pytest.raises(IndexError):
                array[part]


def test_every_chunk_has_a_digest_and_all_but_vectors_hdf5s_own_checksum(gram: Path):
    with h5py.File(gram) as file:
        names: list[str] = []
        file.visit(names.append)
        datasets = {name: file[name] for name in names if isinstance(file[name], h5py.Dataset)}
        assert {name: dataset.fletcher32 for name, dataset in datasets.items()} == {
            "L1": False,
            "norms/L1": True,
            "checksums/L1": True,
            "checksums/norms/L1": True,
        }
        assert datasets["checksums/L1"].shape == (2, 2)
        assert datasets["L1"].chunks == (75, 2525)
        assert file.id.get_create_plist().get_version()[0] == 3  # the superblock of HDF5 1.10


def replace_row(file: h5py.File) -> None:
    file["L1"][100] = file["L1"][101]


def zero_rows(file: h5py.File) -> None:
    file["L1"][100:110] = 0


def replace_norm(file: h5py.File) -> None:
    file["norms/L1"][3] = 1.0


def change_root(file: h5py.File) -> None:
    file.attrs["architecture"] = "top"


def change_type(file: h5py.File) -> None:
    file["L1"].attrs["height"] = 4.0


def swap_layers(file: h5py.File) -> None:
    file.move("L1", "L2")


def add_layer(file: h5py.File) -> None:
    file["L2"] = np.zeros(3)


def forge_digest(file: h5py.File) -> None:
    file["checksums/L1"][0, 0] = 1


@pytest.mark.parametrize(
    "change",
    [replace_row, zero_rows, replace_norm, change_root, change_type, swap_layers, add_layer, forge_digest],
)
def test_what_a_valid_write_changed_is_found(gram: Path, change: Callable[[h5py.File], None]):
    with h5py.File(gram, "r+") as file:
        change(file)
    with pytest.raises(
        TexalignError, match=r"gram\.h5: is damaged .*repeat the snakemake command with `--forcerun .*gram\.h5`"
    ):
        read_all(gram)
    with pytest.raises(TexalignError, match="is damaged"):
        hdf5.verify_h5(gram)


def test_damage_names_the_array_and_the_rows(gram: Path):
    with h5py.File(gram, "r+") as file:
        zero_rows(file)
    with hdf5.open_h5(gram) as file:
        np.testing.assert_array_equal(file["L1"][:75], VECTORS[:75])
        with pytest.raises(TexalignError, match="array /L1, rows from 75"):
            file["L1"][:, 0:5]


def test_another_lineage_is_refused(gram: Path):
    with hdf5.open_h5(gram, "a" * 32) as file:
        assert file.lineage == "a" * 32
        assert set(file.attrs) == {"architecture", "mean"}
    with pytest.raises(TexalignError, match=r"gram\.h5: is of another study.*--forcerun"):
        hdf5.read_attributes(gram, lineage="b" * 32)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(TexalignError, match=r"none\.h5: is missing; .*--forcerun"), hdf5.open_h5(tmp_path / "none.h5"):
        pass


def test_a_writer_that_is_not_closed_leaves_no_artifact(tmp_path: Path):
    with pytest.raises(RuntimeError, match="not written completely"), hdf5.create_h5(tmp_path / "gram.h5", {}) as file:
        writer = matrices.VectorWriter(file, len(VECTORS), {"L1": Tap("features.0")}, "gram")
        writer.append("L1", SHAPE, VECTORS)
    assert list(tmp_path.iterdir()) == []


def test_a_writer_left_by_an_exception_leaves_no_artifact(tmp_path: Path):
    with (
        pytest.raises(KeyError),
        hdf5.create_h5(tmp_path / "gram.h5", {}) as file,
        matrices.VectorWriter(file, len(VECTORS), {"L1": Tap("features.0")}, "gram") as writer,
    ):
        writer.append("L1", SHAPE, VECTORS)
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_arrays_that_are_not_written_to_their_end_leave_no_artifact(tmp_path: Path):
    with (
        pytest.raises(RuntimeError, match="pixels: not written completely"),
        hdf5.create_h5(tmp_path / "a.h5", {}) as file,
    ):
        file.create_array("pixels", (3, 2), np.uint8, chunks=(1, 2), packed=False).write(0, np.ones((2, 2)))
    with pytest.raises(RuntimeError, match="out of turn"), hdf5.create_h5(tmp_path / "a.h5", {}) as file:
        file.create_array("pixels", (3, 2), np.uint8, chunks=(2, 2), packed=False).write(0, np.ones((1, 2)))
    assert list(tmp_path.iterdir()) == []


def test_files_of_equal_content_are_equal_bytes(gram: Path, tmp_path: Path):
    for name in ("a", "b"):
        matrices.write_rdm(tmp_path / f"{name}.h5", {"cosine": np.arange(6.0)}, {"layer": "L1"})
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
