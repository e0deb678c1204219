"""Files written here are read by an h5py with HDF5 1.14, as conda, MATLAB and R have it, in its own environment."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from texalign.artifacts import hdf5, matrices
from texalign.images import pixels

PACKAGES = ("h5py==3.13.0", "hdf5plugin==6.0.0")
UNREACHABLE = re.compile(r"Retrying|Connection|Temporary failure|Could not find a version|No matching distribution")

READER = """
import hashlib, json, sys
import h5py, hdf5plugin

found = {"version": h5py.version.version, "hdf5": h5py.version.hdf5_version}
for path in sys.argv[1:]:
    with h5py.File(path) as file:
        entry = found[path] = {"attributes": {name: file.attrs[name].decode() for name in ("architecture", "lineage")
                                             if name in file.attrs}}
        def read(name, dataset):
            if isinstance(dataset, h5py.Dataset):
                entry[name] = [dataset.dtype.str, hashlib.sha256(dataset[...].tobytes()).hexdigest()]
        file.visititems(read)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def python(request: pytest.FixtureRequest) -> Path:
    """Python of an environment with the other h5py, made once and kept."""
    folder = request.config.cache.mkdir("-".join(PACKAGES).replace("==", "-"))
    python = folder / "bin/python"
    if not (folder / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        command = [python, "-m", "pip", "install", "--quiet", "--retries", "1", *PACKAGES]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode and UNREACHABLE.search(done.stderr):
            pytest.skip(f"the package index cannot be reached, {' '.join(PACKAGES)} not installed")
        assert done.returncode == 0, done.stderr
        (folder / "installed").touch()
    return python


def fingerprint(values: np.ndarray) -> list[str]:
    return [values.dtype.str, hashlib.sha256(values.tobytes()).hexdigest()]


@pytest.mark.slow
def test_every_kind_of_file_opens_in_h5py_3_13(python: Path, tmp_path: Path):
    rng = np.random.default_rng(0)
    vectors = rng.random((130, 3000), dtype=np.float32)
    condensed = rng.random(400_000)
    linkage, labels = rng.random((9, 4)), rng.integers(0, 4, (4, 10))
    images = rng.integers(0, 256, (3, 8, 8, 3), np.uint8)
    files = [str(tmp_path / f"{name}.h5") for name in ("gram", "rdm", "clusters", "pixels")]
    with (
        hdf5.create_h5(files[0], {"architecture": "a:b", "mean": [0.5, 0.25]}, "a" * 32) as file,
        matrices.VectorWriter(file, 130, {"L1": "features.0"}, "gram") as writer,
    ):
        writer.append("L1", matrices.MapShape(3, 4, 5), vectors)
    matrices.write_rdm(files[1], {"cosine": condensed}, {"layer": "L1"})
    matrices.write_clusters(files[2], linkage, labels, {})
    pixels.write_pixels(files[3], images, 3, 8, {})

    done = subprocess.run([python, "-c", READER, *files], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["version"] == "3.13.0"
    assert found["hdf5"].startswith("1.14.")
    assert not h5py.version.hdf5_version.startswith("1.14."), "the environment of the tests has the same HDF5"
    gram, rdm, clusters, decoded = (found[file] for file in files)
    assert gram["L1"] == fingerprint(vectors)
    assert gram["norms/L1"][0] == "<f8"
    assert gram["attributes"]["architecture"] == "a:b"
    assert gram["attributes"]["lineage"] == "a" * 32
    assert rdm["cosine"] == fingerprint(condensed.astype(np.float32))
    assert (clusters["linkage"], clusters["labels"]) == (fingerprint(linkage), fingerprint(labels))
    assert decoded["pixels"] == fingerprint(images)
