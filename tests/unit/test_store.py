"""Artifacts appear whole or not at all, and read back as written."""

import math
from pathlib import Path

import h5py
import numpy as np
import pytest

from texalign.artifacts import files, hdf5, matrices, tables
from texalign.artifacts.tap import Tap
from texalign.errors import TexalignError


def test_atomic_path_leaves_nothing_behind_on_failure(tmp_path: Path):
    target = tmp_path / "artifact.txt"
    target.write_text("finished before")
    with pytest.raises(RuntimeError), files.atomic_path(target) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert target.read_text() == "finished before"
    assert list(tmp_path.iterdir()) == [target]


def test_atomic_path_replaces_a_folder(tmp_path: Path):
    target = tmp_path / "folder"
    target.mkdir()
    (target / "old").touch()
    with files.atomic_path(target) as partial:
        partial.mkdir()
        (partial / "new").touch()
    assert [entry.name for entry in target.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [target]


def test_tsv_round_trip_keeps_floats_exactly(tmp_path: Path):
    path = tmp_path / "table.tsv"
    rows = [{"name": "a", "value": 0.1 + 0.2}, {"name": "b", "value": math.nan}, {"name": "c", "value": None}]
    tables.write_tsv(path, ["name", "value"], rows)
    read = tables.read_tsv(path)
    assert float(read[0]["value"]) == 0.1 + 0.2
    assert [row["value"] for row in read[1:]] == ["", ""]


def test_tsv_refuses_rows_of_other_columns(tmp_path: Path):
    with pytest.raises(ValueError, match="columns"):
        tables.write_tsv(tmp_path / "table.tsv", ["a"], [{"b": 1}])
    assert list(tmp_path.iterdir()) == []


def test_tsv_names_the_broken_line(tmp_path: Path):
    path = tmp_path / "table.tsv"
    path.write_text("a\tb\n1\t2\n3\n")
    with pytest.raises(ValueError, match="line 3"):
        tables.read_tsv(path)


def test_damaged_hdf5_is_named(tmp_path: Path):
    path = tmp_path / "gram.h5"
    path.write_bytes(b"not HDF5")
    with pytest.raises(TexalignError, match=r"gram\.h5.*--forcerun"), hdf5.open_h5(path):
        pass


@pytest.mark.parametrize(
    ("length", "target"), [(131328, 2048), (5640, 64), (400, 64), (2080, 2048), (3, 64), (2049, 2048)]
)
def test_chunk_edges_waste_little(length: int, target: int):
    edge = hdf5.chunk_edge(length, target)
    stored = math.ceil(length / edge) * edge
    assert stored / length < 1.02
    assert edge <= max(1.5 * target, 1)


def _write_vectors(path: Path, vectors: np.ndarray, batch: int, n_images: int | None = None) -> None:
    shape = matrices.MapShape(channels=12, height=4, width=5)
    taps = {"L1": Tap("features.0")}
    with (
        hdf5.create_h5(path, {"kind": "test"}) as file,
        matrices.VectorWriter(file, n_images or len(vectors), taps, "gram") as writer,
    ):
        for start in range(0, len(vectors), batch):
            writer.append("L1", shape, vectors[start : start + batch], {"shifts": 3})


@pytest.mark.parametrize("batch", [1, 7, 64, 200])
def test_vectors_are_stored_in_order_for_any_batch(tmp_path: Path, batch: int):
    vectors = np.random.default_rng(0).normal(size=(150, 78)).astype(np.float32)
    _write_vectors(tmp_path / "gram.h5", vectors, batch)
    with hdf5.open_h5(tmp_path / "gram.h5") as file:
        dataset = matrices.vector_dataset(file, "L1")
        np.testing.assert_array_equal(dataset[:], vectors)
        about = {"representation": "gram", "module": "features.0", "channels": 12, "height": 4, "width": 5, "shifts": 3}
        assert dict(dataset.attrs) == about
        np.testing.assert_allclose(matrices.vector_norms(file, "L1"), np.linalg.norm(vectors, axis=1), rtol=1e-6)
        with pytest.raises(ValueError, match="no layer L9; it holds L1"):
            matrices.vector_dataset(file, "L9")
        with pytest.raises(ValueError, match=r"layer L1 is features\.0, expected features\.1"):
            matrices.vector_dataset(file, "L1", "features.1")


def test_a_vector_that_is_not_finite_is_refused_and_named(tmp_path: Path):
    vectors = np.ones((100, 78), np.float32)
    vectors[70, 3] = np.nan
    with pytest.raises(ValueError, match=r"L1 \(features\.0\).*image 70"):
        _write_vectors(tmp_path / "gram.h5", vectors, 16)
    assert list(tmp_path.iterdir()) == []


def test_missing_vectors_are_noticed(tmp_path: Path):
    with pytest.raises(ValueError, match="10 gram vectors for 12 images"):
        _write_vectors(tmp_path / "gram.h5", np.ones((10, 78), np.float32), 4, n_images=12)


def test_rdm_and_clusters_round_trip(tmp_path: Path):
    condensed = np.random.default_rng(0).random(45).astype(np.float32)
    matrices.write_rdm(tmp_path / "rdm.h5", {"cosine": condensed}, {"layer": "L1"})
    np.testing.assert_array_equal(matrices.read_rdm(tmp_path / "rdm.h5", "cosine"), condensed)
    assert hdf5.read_attributes(tmp_path / "rdm.h5") == {"layer": "L1"}
    with pytest.raises(ValueError, match="no dissimilarity euclidean; it holds cosine"):
        matrices.read_rdm(tmp_path / "rdm.h5", "euclidean")
    labels = np.arange(20).reshape(2, 10) % 3
    matrices.write_clusters(tmp_path / "clusters.h5", np.zeros((9, 4)), labels, {})
    np.testing.assert_array_equal(matrices.read_cluster_labels(tmp_path / "clusters.h5"), labels)


def test_files_are_readable_while_another_reader_holds_them(tmp_path: Path):
    path = tmp_path / "rdm.h5"
    matrices.write_rdm(path, {"cosine": np.zeros(3, np.float32)}, {})
    with h5py.File(path, "r", locking=False):
        assert matrices.read_rdm(path, "cosine").shape == (3,)
