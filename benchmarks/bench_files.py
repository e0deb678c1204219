"""Gram files: size, writing and reading, beside gzip at level 6 of the full matrices, one dataset an image.

Gram matrices of AlexNet: of real images with ImageNet weights where TEXALIGN_DATA names them, else of procedural ones
with random weights, on which compression depends; the table says which. MB are 10^6 bytes of full float32 matrices in
both cases, so that rates can be compared.
"""

import os
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

import harness
import published
from harness import Facts
from texalign.artifacts import hdf5
from texalign.artifacts.matrices import MapShape, VectorWriter
from texalign.artifacts.tap import Tap, numbered_taps
from texalign.networks import preprocessing, sources, taps, weights
from texalign.representations import extract
from texalign.representations.gram import Gram
from texalign.representations.triangles import unpack_triangle

MODEL = "alexnet"


def weights_file() -> Path | None:
    return Path(os.environ["TEXALIGN_DATA"]) / "weights/alexnet_conv.pth" if "TEXALIGN_DATA" in os.environ else None


def compute(folder: Path, n: int) -> Facts:
    """Packed Gram vectors of n images, a file of each layer's."""
    modules = harness.PAPER["networks"][MODEL]["layers"]
    network = taps.TappedNetwork(sources.Architecture("torchvision", MODEL).build(), numbered_taps(modules))
    if file := weights_file():
        weights.load_weights(network, weights.read_state_dict(file), 224)
    normalization = preprocessing.Normalization(
        tuple(harness.NORMALIZATION["mean"]), tuple(harness.NORMALIZATION["std"])
    )
    vectors: dict[str, list[np.ndarray]] = {layer: [] for layer in network.taps}
    pixels = harness.pixels(n)
    batches = (pixels[start : start + 16] for start in range(0, n, 16))
    extract.extract(
        network, batches, normalization, [Gram()], lambda _gram, layer, _shape, part: vectors[layer].append(part)
    )
    for layer, parts in vectors.items():
        np.save(folder / f"{layer}.npy", np.concatenate(parts))
    return {}


def channels_of(vectors: np.ndarray) -> int:
    return round((np.sqrt(8 * vectors.shape[1] + 1) - 1) / 2)


def ours(folder: Path) -> Facts:
    layers = {f"L{number}": np.load(folder / f"L{number}.npy") for number in range(1, 6)}
    file = folder / "ours.h5"
    start = time.perf_counter()
    with hdf5.create_h5(file, {}) as h5:
        writer = VectorWriter(h5, len(layers["L1"]), {layer: Tap(layer) for layer in layers}, "gram")
        for layer, vectors in layers.items():
            writer.append(layer, MapShape(channels_of(vectors), 1, 1), vectors)
        writer.close()
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    with hdf5.open_h5(file) as h5:
        same = all(np.array_equal(h5[layer][:], vectors) for layer, vectors in layers.items())
    if not same:
        raise RuntimeError("Gram vectors come back from the file other than they went in")
    return {"seconds": seconds, "reading": time.perf_counter() - start, "bytes": file.stat().st_size}


def gzipped(folder: Path) -> Facts:
    layers = [np.load(folder / f"L{number}.npy") for number in range(1, 6)]
    full = [unpack_triangle(vectors, channels_of(vectors)) for vectors in layers]
    file = folder / "published.h5"
    start = time.perf_counter()
    with h5py.File(file, "w") as h5:
        for layer, matrices in enumerate(full, start=1):
            published.write_grams(h5, layer, 0, matrices)
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    for layer in range(1, 6):
        published.read_grams(file, layer)
    full_bytes = sum(matrices.nbytes for matrices in full)
    return {
        "seconds": seconds,
        "reading": time.perf_counter() - start,
        "bytes": file.stat().st_size,
        "full_bytes": full_bytes,
    }


def main() -> None:
    arguments = harness.arguments(__doc__, "400 images instead of 64")
    n = 400 if arguments.full else 64
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        harness.in_a_process(compute, folder, n)
        measured = harness.measure_in_turn({"ours": (ours, folder), "gzip-6": (gzipped, folder)}, arguments.repeats)
    full = measured["gzip-6"]["full_bytes"]
    rows = [
        {
            "file": name,
            "n_images": n,
            "weights": "ImageNet" if weights_file() else "random",
            "share_of_full_matrices": found["bytes"] / full,
            "written_mb_per_s": full / 1e6 / found.median(),
            "read_mb_per_s": full / 1e6 / found.median("reading"),
            "times_gzip": harness.median_ratio(measured["gzip-6"], found),
            "peak_mb": found.peak,
        }
        for name, found in measured.items()
    ]
    harness.report("files", rows)


if __name__ == "__main__":
    main()
