"""Agreement of one layer with people, all of it: 5,369 images (as many as DTD2 describes), 1,000 resamples and as many
permutations, all scopes and measures, from condensed dissimilarities in memory to the rows of the table.

Dissimilarities are random, of the true number, in 47 classes, of which people and the layer see a part in common. `cpu`
is what the process used, which other work on the machine does not change; `seconds` is what the clock said.
"""

import tempfile
import time
from pathlib import Path

import numpy as np

import harness
from harness import N_CLASSES, Facts

N_IMAGES = 5369


def distances(points: np.ndarray) -> np.ndarray:
    """Condensed distances, float32, row by row so that a square matrix is never in memory."""
    n = len(points)
    return np.concatenate(
        [np.linalg.norm(points[i + 1 :] - points[i], axis=1).astype(np.float32) for i in range(n - 1)]
    )


def make(folder: Path, n: int) -> Facts:
    """What a layer and people see: points in classes, a part of them in common."""
    rng = np.random.default_rng(0)
    classes = np.arange(n) * N_CLASSES // n
    shared = rng.normal(size=(N_CLASSES, 6))[classes] + rng.normal(size=(n, 6))
    for name in ("layer", "people"):
        np.save(folder / f"{name}.npy", distances(np.column_stack([shared, 1.5 * rng.normal(size=(n, 6))])))
    return {}


def agreement(folder: Path, n: int, n_resamples: int) -> Facts:
    from texalign.information.uncertainty import Resampling
    from texalign.perception.agreement import rdm_agreement
    from texalign.perception.evidence import HumanRdms
    from texalign.perception.matching import Coverage

    layer, people = (np.load(folder / f"{name}.npy") for name in ("layer", "people"))
    human = HumanRdms(np.arange(n), ("everyone",), people[None], Coverage((), (), ()))
    classes = np.arange(n) * N_CLASSES // n
    start, cpu = time.perf_counter(), time.process_time()
    rows = rdm_agreement(layer, human, {}, classes, Resampling(0, n_resamples, n_resamples, 0.95))
    return {
        "seconds": time.perf_counter() - start,
        "cpu": time.process_time() - cpu,
        "rows": len(rows),
        "spearman": rows[0].estimate,
        "sd": rows[0].sd,
    }


def measure(n: int, n_resamples: int, repeats: int) -> Facts:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        harness.in_a_process(make, folder, n)
        measured = harness.measure_in_turn({"agreement": (agreement, folder, n, n_resamples)}, repeats)["agreement"]
    return {
        "n_images": n,
        "resamples": n_resamples,
        "seconds": measured.median(),
        "cpu": measured.median("cpu"),
        "peak_mb": measured.peak,
        **{name: measured[name] for name in ("rows", "spearman", "sd")},
    }


def main() -> None:
    arguments = harness.arguments(__doc__, "5,369 images and 1,000 resamples, instead of 1,000 and 200", repeats=1)
    n, n_resamples = (N_IMAGES, 1000) if arguments.full else (1000, 200)
    harness.report("perception", [measure(n, n_resamples, arguments.repeats)])


if __name__ == "__main__":
    main()
