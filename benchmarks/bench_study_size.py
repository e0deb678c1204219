"""Time and memory of the analysis at the size of the paper's study, on arrays of its true shape.

One layer of 512 channels and 5,640 images in 47 classes, each step in a process of its own. Run from the project's top
folder: `python benchmarks/bench_study_size.py`. Writes benchmarks/results/study_size.tsv; needs 5 GB of disk meanwhile.
"""

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "workflow" / "scripts"))

import numpy as np

from texalign import clustering, information, rdm, store

N_IMAGES, N_CLASSES, CHANNELS = 5640, 47, 512
CLASSES = np.repeat(np.arange(N_CLASSES), N_IMAGES // N_CLASSES)
SHAPE = store.GramShape(CHANNELS, 14, 14)


def write_gram(folder: Path) -> str:
    rng = np.random.default_rng(0)
    profile = rng.random((N_CLASSES, SHAPE.packed_size), dtype=np.float32)
    with store.create_h5(folder / "gram.h5", {}) as file:
        writer = store.GramWriter(file, N_IMAGES, [store.LayerTap("L5", "random")])
        for start in range(0, N_IMAGES, 24):
            noise = rng.random((24, SHAPE.packed_size), dtype=np.float32)
            writer.append("L5", SHAPE, profile[CLASSES[start : start + 24]] + 3 * noise)
        writer.close()
    stored = (folder / "gram.h5").stat().st_size
    return f"{stored / 1e9:.2f} GB stored of {4e-9 * N_IMAGES * SHAPE.packed_size:.2f} GB"


def compute_rdm(folder: Path) -> str:
    start = time.perf_counter()
    with store.open_h5(folder / "gram.h5") as file:
        rdms = rdm.gram_rdms(file, "L5", rdm.column_blocks(file["L5"]))
    rate = 2 * N_IMAGES**2 * SHAPE.packed_size / (time.perf_counter() - start) / 1e9
    store.write_rdm(folder / "rdm.h5", rdms, {})
    return f"{rate:.0f} GFLOP/s, counted as a full matrix product"


def multiply_matrices(folder: Path) -> str:
    left, right = (
        np.random.default_rng(0).random(shape, dtype=np.float32) for shape in ((N_IMAGES, 2800), (2800, N_IMAGES))
    )
    left @ right
    start = time.perf_counter()
    left @ right
    return f"{2 * N_IMAGES**2 * 2800 / (time.perf_counter() - start) / 1e9:.0f} GFLOP/s: the machine's sgemm"


def cluster(folder: Path, protocol: str) -> str:
    distances = clustering.protocol_distances(
        protocol, *(store.read_rdm(folder / "rdm.h5", name) for name in ("euclidean", "cosine"))
    )
    linkage = clustering.ward_linkage(distances)
    start = time.perf_counter()
    labels = clustering.cut_all(linkage, N_CLASSES)
    seconds = time.perf_counter() - start
    np.save(folder / "labels.npy", labels)
    return f"{N_CLASSES} cuts in {1000 * seconds:.0f} ms of it"


def measure_information(folder: Path) -> str:
    labels = np.load(folder / "labels.npy")
    table = information.contingency_table(CLASSES, labels[-1])
    start = time.perf_counter()
    for _ in range(20):
        information.mutual_information_nsb(table)
    one = (time.perf_counter() - start) / 20
    start = time.perf_counter()
    information.mi_curve(CLASSES, labels)
    return f"NSB MI at 47 x 47: {1000 * one:.1f} ms; curve over k = 1...47: {time.perf_counter() - start:.2f} s"


def measured(step: Callable[..., str], *arguments: object) -> tuple[float, float, str]:
    """Seconds, peak memory in MB, and what the step says, of a step in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_run, (step, arguments))


def _run(step: Callable[..., str], arguments: tuple) -> tuple[float, float, str]:
    start = time.perf_counter()
    words = step(*arguments)
    seconds = time.perf_counter() - start
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000, words


def main() -> None:
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        steps: list[tuple[str, Callable[..., str], tuple]] = [
            ("write Gram matrices", write_gram, (folder,)),
            ("sgemm", multiply_matrices, (folder,)),
            ("RDM", compute_rdm, (folder,)),
            *((f"Ward, {protocol}", cluster, (folder, protocol)) for protocol in clustering.PROTOCOLS),
            ("information", measure_information, (folder,)),
        ]
        for step, function, arguments in steps:
            seconds, peak_mb, words = measured(function, *arguments)
            rows.append({"step": step, "seconds": round(seconds, 2), "peak_mb": round(peak_mb), "result": words})
            print(f"{step:24} {seconds:8.2f} s {peak_mb:8.0f} MB   {words}", flush=True)
    store.write_tsv(
        Path(__file__).parent / "results" / "study_size.tsv", ["step", "seconds", "peak_mb", "result"], rows
    )


if __name__ == "__main__":
    main()
