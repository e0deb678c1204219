"""Gram matrices: from decoded images to the finished file, beside the published procedure and the bare forward pass.

For every network, in images/s, start-up left out: `limit` is the truncated channels-last pass that only puts feature
maps out (batch normalisation not folded, images in memory); `ours` goes from the file of pixels to the finished Gram
file; `published` from pixels in memory to its finished file. Weights are random. Gram matrices of both must agree to
1e-4 of their norm. With `--mixed`, `ours` is in mixed precision, on processors that compute bfloat16, and the largest
difference is reported instead.
"""

import math
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
import torch
from PIL import Image

import harness
import published
from harness import Facts
from texalign.artifacts import hdf5, matrices
from texalign.artifacts.files import file_sha256
from texalign.artifacts.tap import numbered_taps
from texalign.images.pixels import decode_images, pixel_batches, write_pixels
from texalign.networks import folding, preprocessing, sources
from texalign.networks.taps import TappedNetwork
from texalign.representations import extract
from texalign.representations.gram import Gram
from texalign.representations.triangles import unpack_triangle

QUICK = ("alexnet", "resnet18", "densenet121", "inception_v3")
# So many images that a run takes seconds, by the network's cost.
SLOW = {"vgg16_bn": 24, "vgg19_bn": 24, "resnet152": 40, "resnet101": 48, "densenet201": 48, "densenet169": 56}
FAST = {"alexnet": 480, "inception_v3": 384, "resnet18": 288, "resnet34": 144}
TOLERANCE = 1e-4
MEANS = ("times_published", "share_of_limit")


def n_images(model: str) -> int:
    return (SLOW | FAST).get(model, 96)


def build(model: str) -> tuple[torch.nn.Module, list[str]]:
    torch.set_num_threads(harness.THREADS)
    return sources.Architecture("torchvision", model).build(seed=0), harness.PAPER["networks"][model]["layers"]


def batch_size(tapped: TappedNetwork) -> int:
    """As the workflow chooses it on a CPU with memory to spare."""
    return extract.images_per_batch(tapped, 224, torch.device("cpu"), math.inf)


def normalization() -> preprocessing.Normalization:
    return preprocessing.Normalization(tuple(harness.NORMALIZATION["mean"]), tuple(harness.NORMALIZATION["std"]))


def limit(model: str, folder: Path) -> Facts:
    network, modules = build(model)
    tapped = TappedNetwork(network.to(memory_format=torch.channels_last), numbered_taps(modules))
    size = batch_size(tapped)
    batches = [
        normalization().apply(torch.from_numpy(part))
        for part in np.split(np.load(folder / "pixels.npy"), range(size, n_images(model), size))
    ]
    with torch.inference_mode():
        tapped.run(batches[0], lambda _position, _map: None)
        start = time.perf_counter()
        for batch in batches:
            tapped.run(batch, lambda _position, _map: None)
        return {"seconds": time.perf_counter() - start}


def ours(model: str, folder: Path, precision: str = "float32") -> Facts:
    network, modules = build(model)
    tapped = TappedNetwork(network, numbered_taps(modules))
    size = batch_size(tapped)
    folding.fold_batch_norm(tapped.network, modules)
    with h5py.File(folder / "pixels.h5") as pixels:
        given = {"device": "cpu", "precision": precision}
        extract.extract(tapped, [pixels["pixels"][:size]], normalization(), [Gram()], lambda *_: None, **given)
        start = time.perf_counter()
        with hdf5.create_h5(folder / f"{model}.ours.h5", {}) as file:
            writer = matrices.VectorWriter(file, len(pixels["pixels"]), tapped.taps, "gram")
            extract.extract(
                tapped,
                pixel_batches(pixels["pixels"], size),
                normalization(),
                [Gram()],
                lambda _gram, layer, shape, vectors: writer.append(layer, shape, vectors),
                **given,
            )
            writer.close()
    return {"seconds": time.perf_counter() - start, "bytes": (folder / f"{model}.ours.h5").stat().st_size}


def mixed(model: str, folder: Path) -> Facts:
    return ours(model, folder, "mixed")


def computes_bfloat16() -> bool:
    """Whether the processor has instructions for bfloat16, without which mixed precision is slower, not faster."""
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def by_published_procedure(model: str, folder: Path) -> Facts:
    network, modules = build(model)
    pixels = normalization().apply(torch.from_numpy(np.load(folder / "pixels.npy"))).contiguous().numpy()
    file = folder / f"{model}.published.h5"
    with torch.no_grad():
        network(torch.from_numpy(pixels[: published.BATCH]))
    start = time.perf_counter()
    published.extract_grams(network, modules, pixels, file)
    return {"seconds": time.perf_counter() - start, "bytes": file.stat().st_size}


def compare(model: str, folder: Path, tolerance: float = TOLERANCE) -> Facts:
    """Largest difference of both procedures' Gram matrices, relative to the norm of the matrix."""
    largest = 0.0
    with hdf5.open_h5(folder / f"{model}.ours.h5") as file:
        for layer in range(1, 6):
            theirs = published.read_grams(folder / f"{model}.published.h5", layer)
            own = unpack_triangle(file[f"L{layer}"][:], theirs.shape[-1])
            differences = np.linalg.norm((own - theirs).reshape(len(own), -1), axis=1)
            largest = max(largest, float((differences / np.linalg.norm(theirs.reshape(len(own), -1), axis=1)).max()))
    if not largest < tolerance:
        raise RuntimeError(f"{model}: Gram matrices differ by {largest:.1e} of their norm, more than {tolerance}")
    return {"difference": largest}


def measure(model: str, repeats: int) -> Facts:
    n = n_images(model)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, n)
        steps = {"limit": limit, "ours": ours, "published": by_published_procedure}
        measured = harness.measure_in_turn({name: (step, model, folder) for name, step in steps.items()}, repeats)
        difference, _ = harness.in_a_process(compare, model, folder)
    return {
        "network": model,
        "n_images": n,
        **{f"{name}_per_s": n / found.median() for name, found in measured.items()},
        "times_published": harness.median_ratio(measured["published"], measured["ours"]),
        "share_of_limit": harness.median_ratio(measured["limit"], measured["ours"]),
        "ours_mb": measured["ours"].peak,
        "published_mb": measured["published"].peak,
        "ours_bytes_an_image": measured["ours"]["bytes"] / n,
        "published_bytes_an_image": measured["published"]["bytes"] / n,
        **difference,
    }


def measure_mixed(model: str, repeats: int) -> Facts:
    """Mixed precision beside the published procedure."""
    n = n_images(model)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, n)
        steps = {"ours": mixed, "published": by_published_procedure}
        measured = harness.measure_in_turn({name: (step, model, folder) for name, step in steps.items()}, repeats)
        difference, _ = harness.in_a_process(compare, model, folder, math.inf)
    return {
        "network": model,
        "n_images": n,
        **{f"{name}_per_s": n / found.median() for name, found in measured.items()},
        "times_published": harness.median_ratio(measured["published"], measured["ours"]),
        **difference,
    }


def prepare(folder: Path, n: int) -> None:
    pixels = harness.pixels(n)
    np.save(folder / "pixels.npy", pixels)
    write_pixels(folder / "pixels.h5", pixels, n, pixels.shape[1], {})


def decode(folder: Path) -> Facts:
    """Images from files, indexed, decoded, resized and written, as the study does once for all networks."""
    files = harness.real_images()
    if not files:
        for number, pixels in enumerate(harness.pixels(64)):
            Image.fromarray(pixels).save(folder / f"{number}.png")
        files = sorted(folder.glob("*.png"))
    start = time.perf_counter()
    for file in files:
        file_sha256(file)
    decoded = decode_images(files, 224, harness.THREADS)
    write_pixels(folder / "decoded.h5", decoded, len(files), 224, {})
    return {"seconds": time.perf_counter() - start, "n_images": len(files)}


def measured_before(but: list[str]) -> list[Facts]:
    """Rows of the table as it is, of other networks than those."""
    rows = [row for row in harness.read("extraction") if row["n_images"] and row["network"] not in but]
    return [row | {key: float(row[key]) for key in MEANS} for row in rows]


def with_means(rows: list[Facts], keys: Sequence[str] = MEANS) -> list[Facts]:
    """Rows in the order of the paper's networks, and their geometric means."""
    order = list(harness.PAPER["networks"])
    rows = sorted(rows, key=lambda row: order.index(row["network"]))
    means = {key: harness.geometric_mean([row[key] for row in rows]) for key in keys}
    return [*rows, {"network": "geometric mean", **means}]


def measure_decoding(repeats: int) -> Facts:
    with tempfile.TemporaryDirectory() as name:
        decoded = harness.measure_in_turn({"decode": (decode, Path(name))}, repeats)["decode"]
    n = decoded["n_images"]
    return {"n_images": n, "images_per_s": n / decoded.median(), "peak_mb": decoded.peak}


def main() -> None:
    parser = harness.parser(__doc__, "all 12 networks instead of 4")
    parser.add_argument("--networks", nargs="+", choices=list(harness.PAPER["networks"]), help="only these, once more")
    parser.add_argument("--mixed", action="store_true", help="mixed precision instead, into a table of its own")
    arguments = parser.parse_args()
    if arguments.mixed:
        if not computes_bfloat16():
            parser.error("--mixed: this processor has no instructions for bfloat16, and would tell nothing about them")
        models = arguments.networks or (list(harness.PAPER["networks"]) if arguments.full else QUICK)
        rows = [measure_mixed(model, arguments.repeats) for model in models]
        harness.report("extraction_mixed", with_means(rows, ["times_published"]))
        return
    if again := arguments.networks:
        rows = measured_before(again) + [measure(model, arguments.repeats) for model in again]
    else:
        harness.report("decoding", [measure_decoding(arguments.repeats)])
        models = list(harness.PAPER["networks"]) if arguments.full else QUICK
        rows = [measure(model, arguments.repeats) for model in models]
    harness.report("extraction", with_means(rows))


if __name__ == "__main__":
    main()
