"""Time and memory against the number of images, of an RDM (128 channels) and of a Ward tree, with fitted exponents.

Every size in a process of its own; memory is what the step adds to what its process had before, the libraries. A size
that would not fit in memory is left out and listed with what it would take. Draws results/scaling.{png,svg}.
"""

import os
import tempfile
import time
from pathlib import Path

import matplotlib
import numpy as np

import harness
from bench_rdm import write_gram
from harness import N_CLASSES, Facts
from planning import needs
from texalign.artifacts import hdf5
from texalign.clusters import ward
from texalign.clusters.protocols.unit import UNIT
from texalign.rdms import compute as rdm

matplotlib.use("Agg")
import matplotlib.pyplot as plt

CHANNELS = 128
SIZES = (1000, 2000, 5640, 11280, 22560)
STEPS = {"RDM": needs.rdm_mb, "Ward": needs.ward_mb}
# Okabe and Ito's colours, which differ for all kinds of colour vision.
COLOURS = {"RDM": "#0072B2", "Ward": "#D55E00"}


def compute_rdm(folder: Path, n: int) -> Facts:
    before = harness.peak_mb()
    start = time.perf_counter()
    with hdf5.open_h5(folder / "gram.h5") as file:
        rdms = rdm.vector_rdms(file, "L1", rdm.column_blocks(file["L1"]))
    seconds = time.perf_counter() - start
    added = harness.peak_mb() - before
    np.save(folder / "cosine.npy", rdms["cosine"])
    return {"seconds": seconds, "added_mb": added}


def compute_tree(folder: Path, n: int) -> Facts:
    before = harness.peak_mb()
    cosine = np.load(folder / "cosine.npy")
    start = time.perf_counter()
    linkage = ward.ward_linkage(UNIT.distances(cosine))
    ward.cut_all(linkage, N_CLASSES)
    return {"seconds": time.perf_counter() - start, "added_mb": harness.peak_mb() - before}


def memory_mb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES") / 1e6


def exponent(rows: list[Facts], step: str, column: str, smallest: int = 2000) -> float | None:
    """Slope of the logarithm over that of the number of images, from `smallest` on, where fixed costs are past."""
    points = [(row["n_images"], row[column]) for row in rows if row["step"] == step and row[column]]
    points = [(n, value) for n, value in points if n >= smallest]
    return float(np.polyfit(*np.log(np.array(points)).T, 1)[0]) if len(points) > 1 else None


def measure(sizes: tuple[int, ...]) -> list[Facts]:
    rows: list[Facts] = []
    for n in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            fits = {step: need(n) for step, need in STEPS.items()}
            if max(fits.values()) < memory_mb():
                harness.in_a_process(write_gram, folder / "gram.h5", n, CHANNELS)
            for step, function in (("RDM", compute_rdm), ("Ward", compute_tree)):
                row: Facts = {"step": step, "n_images": n, "seconds": None, "added_mb": None, "asked_mb": fits[step]}
                if max(fits.values()) < memory_mb():
                    facts, peak = harness.in_a_process(function, folder, n)
                    row |= facts | {"peak_mb": peak}
                rows.append(row)
    return rows


def draw(rows: list[Facts]) -> None:
    figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    for axis, column, label in zip(axes, ("seconds", "added_mb"), ("time (s)", "memory (MB)"), strict=True):
        for step, colour in COLOURS.items():
            points = [(row["n_images"], row[column]) for row in rows if row["step"] == step and row[column]]
            slope = exponent(rows, step, column)
            name = step if slope is None else f"{step}: n^{slope:.2f}"
            axis.loglog(*zip(*points, strict=True), "o-", color=colour, label=name)
        axis.set_xlabel("number of images n")
        axis.set_ylabel(label)
        sizes = sorted({row["n_images"] for row in rows})
        axis.set_xticks(sizes, [f"{n:,}" for n in sizes])
        axis.minorticks_off()
        axis.grid(alpha=0.3)
        axis.legend(frameon=False)
    figure.suptitle(f"RDM of {CHANNELS} channels and Ward tree; {harness.machine().split(';')[0]}", fontsize=10)
    for suffix in ("png", "svg"):
        figure.savefig(harness.RESULTS / f"scaling.{suffix}", dpi=150)


def main() -> None:
    arguments = harness.arguments(__doc__, "up to 22,560 images instead of 5,640")
    rows = measure(SIZES if arguments.full else SIZES[:3])
    for step in STEPS:
        slopes = {column: exponent(rows, step, column) for column in ("seconds", "added_mb")}
        rows.append({"step": f"{step}, exponent", **slopes})
    harness.report("scaling", rows)
    draw([row for row in rows if "n_images" in row])


if __name__ == "__main__":
    main()
