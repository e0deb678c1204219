"""RDMs from a layer's Gram file: time, share of the machine's rate of float32 matrix products, and peak memory.

`ours` reads the packed Gram file of 5,640 images and ends with the condensed Euclidean and cosine distances in memory.
The share of sgemm counts it as what the task needs in a plain product of all vectors with all, 2 n^2 D operations for D
packed entries; half of them, one triangle, are really done, and make the computed share. `published` computes Euclidean
distances of full matrices, which are in memory already, by scikit-learn for a fraction of the images, and is scaled up
by the square of the fraction.
"""

import tempfile
import time
from pathlib import Path

import numpy as np

import harness
import published
from harness import N_CLASSES, N_IMAGES, Facts
from texalign.artifacts import hdf5, matrices
from texalign.artifacts.tap import Tap
from texalign.rdms import compute as rdm
from texalign.representations.triangles import packed_size, unpack_triangle

PUBLISHED_SHARE = 4
TOLERANCE = 1e-4


def write_gram(file: Path, n: int, channels: int) -> Facts:
    """A Gram file of true shape: random vectors in classes, with norms over two orders of magnitude."""
    rng = np.random.default_rng(0)
    shape = matrices.MapShape(channels, 14, 14)
    profile = rng.random((N_CLASSES, packed_size(channels)), dtype=np.float32)
    with hdf5.create_h5(file, {}) as h5:
        writer = matrices.VectorWriter(h5, n, {"L1": Tap("random")}, "gram")
        for first in range(0, n, 24):
            rows = np.arange(first, min(first + 24, n))
            noise = rng.random((len(rows), packed_size(channels)), dtype=np.float32)
            scale = 10 ** rng.uniform(-1, 1, (len(rows), 1)).astype(np.float32)
            writer.append("L1", shape, scale * (profile[rows * N_CLASSES // n] + 3 * noise))
        writer.close()
    return {"seconds": 0.0}


def ours(file: Path) -> Facts:
    start = time.perf_counter()
    with hdf5.open_h5(file) as h5:
        rdms = rdm.vector_rdms(h5, "L1", rdm.column_blocks(h5["L1"]))
    seconds = time.perf_counter() - start
    np.save(file.with_suffix(".npy"), rdms["euclidean"])
    return {"seconds": seconds}


def sgemm(n: int) -> Facts:
    """Rate of a plain product of float32 matrices, the larger ones of an RDM's size, in GFLOP/s."""
    left, right = (np.random.default_rng(0).random(shape, dtype=np.float32) for shape in ((n, 2800), (2800, n)))
    left[:512] @ right
    start = time.perf_counter()
    left @ right
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "gflops": 2 * n * n * 2800 / seconds / 1e9}


def by_published_procedure(file: Path, n: int, channels: int) -> Facts:
    with hdf5.open_h5(file) as h5:
        full = unpack_triangle(h5["L1"][:n], channels)
    start = time.perf_counter()
    distances = published.distances(full)
    seconds = time.perf_counter() - start
    np.save(file.with_suffix(".published.npy"), distances)
    return {"seconds": seconds}


def differences(file: Path, n: int) -> Facts:
    """Largest relative differences, over pairs of a sample of the first n images, of our distances from the exact ones
    in float64 and from the published procedure's.

    Raises RuntimeError where either is more than TOLERANCE.
    """
    condensed = np.load(file.with_suffix(".npy"), mmap_mode="r")
    theirs = np.load(file.with_suffix(".published.npy"), mmap_mode="r")
    with hdf5.open_h5(file) as h5:
        n_all = len(h5["L1"])
        sample = np.sort(np.random.default_rng(1).choice(n, 40, replace=False))
        vectors = h5["L1"][sample].astype(np.float64)
    a, b = np.triu_indices(len(sample), 1)
    i, j = sample[a], sample[b]
    own = condensed[n_all * i - i * (i + 1) // 2 + j - i - 1].astype(np.float64)
    others = {"exact": np.linalg.norm(vectors[a] - vectors[b], axis=1), "published": theirs[i, j]}
    found: Facts = {f"difference_from_{name}": float(np.abs(own / other - 1).max()) for name, other in others.items()}
    for name, largest in found.items():
        if not largest < TOLERANCE:
            raise RuntimeError(f"distances: {name} is {largest:.1e}, more than {TOLERANCE}")
    return found


def measure(channels: int, n: int, repeats: int) -> Facts:
    part = n // PUBLISHED_SHARE
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "gram.h5"
        harness.in_a_process(write_gram, file, n, channels)
        steps = {
            "sgemm": (sgemm, n),
            "ours": (ours, file),
            "published": (by_published_procedure, file, part, channels),
        }
        measured = harness.measure_in_turn(steps, repeats)
        difference = differences(file, part)
    operations = 2 * n**2 * channels * (channels + 1) / 2
    seconds = measured["ours"].median()
    share = operations / seconds / 1e9 / measured["sgemm"].median("gflops")
    return {
        "channels": channels,
        "n_images": n,
        "seconds": seconds,
        "gflops": operations / seconds / 1e9,
        "sgemm_gflops": measured["sgemm"].median("gflops"),
        "share_of_sgemm": share,
        "computed_share_of_sgemm": share * (n + 1) / (2 * n),
        "peak_mb": measured["ours"].peak,
        "published_seconds": measured["published"].median() * PUBLISHED_SHARE**2,
        "times_published": harness.median_ratio(measured["published"], measured["ours"]) * PUBLISHED_SHARE**2,
        "published_part_peak_mb": measured["published"].peak,
        **difference,
    }


def main() -> None:
    arguments = harness.arguments(__doc__, "64 to 512 channels, 5,640 images, instead of 256 and 2,000")
    sizes = [(64, N_IMAGES), (128, N_IMAGES), (256, N_IMAGES), (512, N_IMAGES)] if arguments.full else [(256, 2000)]
    harness.report("rdm", [measure(channels, n, arguments.repeats) for channels, n in sizes])


if __name__ == "__main__":
    main()
