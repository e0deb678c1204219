"""All representations in one pass, beside Gram matrices alone: time, disk and memory, and each against its forecast.

From the file of pixels to the finished files, start-up left out, for AlexNet and ResNet-50 at 224 pixels with random
weights. Runs alternate, and the ratio is the median over pairs of runs of one round, so that what else goes on in the
machine touches both alike; on a busy machine it is a rough figure all the same, and the ratio of processor time, `cpu`,
tells more. `--full` also measures Gram matrices with each other representation in turn.
"""

import contextlib
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

import bench_extraction
import harness
from harness import Facts
from texalign import names
from texalign.artifacts import hdf5, matrices
from texalign.artifacts.tap import numbered_taps
from texalign.images.pixels import pixel_batches
from texalign.networks import folding
from texalign.networks.taps import TappedNetwork
from texalign.representations import registry
from texalign.representations.base import Representation
from texalign.representations.extract import extract

MODELS = {"alexnet": 192, "resnet50": 48}
ALL = tuple(names.REPRESENTATIONS)


def passed(model: str, folder: Path, chosen: Sequence[str]) -> Facts:
    """One pass with these representations, written to a file each."""
    network, modules = bench_extraction.build(model)
    tapped = TappedNetwork(network, numbered_taps(modules))
    size = bench_extraction.batch_size(tapped)
    folding.fold_batch_norm(tapped.network, modules)
    representations = [registry.get(name) for name in chosen]
    files = {name: folder / f"{model}.{name}.h5" for name in chosen}
    channels: dict[str, int] = {}
    with h5py.File(folder / "pixels.h5") as pixels:
        warm_up = [pixels["pixels"][:size]]
        extract(tapped, warm_up, bench_extraction.normalization(), representations, lambda *_: None)
        start, start_cpu = time.perf_counter(), time.process_time()
        with contextlib.ExitStack() as stack:
            writers = {
                name: stack.enter_context(
                    matrices.VectorWriter(
                        stack.enter_context(hdf5.create_h5(file, {})), len(pixels["pixels"]), tapped.taps, name
                    )
                )
                for name, file in files.items()
            }

            def write(entry: Representation, layer: str, shape: matrices.MapShape, vectors: np.ndarray) -> None:
                channels[layer] = shape.channels
                writers[entry.name].append(layer, shape, vectors)

            batches = pixel_batches(pixels["pixels"], size)
            extract(tapped, batches, bench_extraction.normalization(), representations, write)
    return {
        "seconds": time.perf_counter() - start,
        "cpu_seconds": time.process_time() - start_cpu,
        "bytes": sum(file.stat().st_size for file in files.values()),
        "numbers": sum(entry.size(count) for entry in representations for count in channels.values()),
    }


def measure(model: str, repeats: int, full: bool) -> list[Facts]:
    n = MODELS[model]
    sets = {"gram": ("gram",), "all": ALL}
    if full:
        sets |= {f"gram, {name}": ("gram", name) for name in ALL if name != "gram"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench_extraction.prepare(folder, n)
        steps = {what: (passed, model, folder, chosen) for what, chosen in sets.items()}
        measured = harness.measure_in_turn(steps, repeats)
    return [
        {
            "network": model,
            "representations": what,
            "n_images": n,
            "ms_an_image": 1e3 * found.median() / n,
            "cpu_ms_an_image": 1e3 * found.median("cpu_seconds") / n,
            "times_gram_alone": harness.median_ratio(found, measured["gram"]),
            "times_gram_cpu": found.median("cpu_seconds") / measured["gram"].median("cpu_seconds"),
            "mb_an_image": found["bytes"] / n / 1e6,
            "share_of_raw": found["bytes"] / n / 4 / found["numbers"],
            "peak_mb": found.peak,
        }
        for what, found in measured.items()
    ]


def main() -> None:
    arguments = harness.arguments(__doc__, "also Gram matrices with each other representation", repeats=5)
    rows = [row for model in MODELS for row in measure(model, arguments.repeats, arguments.full)]
    harness.report("representations", rows)


if __name__ == "__main__":
    main()
