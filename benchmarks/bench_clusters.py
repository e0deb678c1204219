"""Clusters and mutual information for k = 1...47, beside scikit-learn's Ward refitted for every k on rows of the RDM.

`ours` starts from the condensed RDM in memory and does what the protocol rdm_rows asks for: distances of rows, one
tree, all cuts, the whole curve of mutual information. The refits, with mutual information each, are timed for a few k;
47 times their median is given for all, since the cost of a fit does not depend on k. Labels must be the same partition.
`on all cores` is what a job takes with one core while every other core does the same, as in a study.
"""

import multiprocessing
import os
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from scipy.spatial.distance import pdist, squareform
from sklearn.metrics import adjusted_rand_score

import harness
import published
from harness import N_CLASSES, N_IMAGES, Facts
from texalign.clusters import ward
from texalign.clusters.protocols import registry
from texalign.information.contingency import contingency_table
from texalign.information.mutual_information import mi_curve, mutual_information_nsb

REFITTED = (2, 24, N_CLASSES)


def classes(n: int) -> np.ndarray:
    return np.arange(n) * N_CLASSES // n


def make_rdm(folder: Path, n: int) -> Facts:
    """Distances of points in overlapping classes."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(N_CLASSES, 30))[classes(n)] + 0.9 * rng.normal(size=(n, 30))
    np.save(folder / "rdm.npy", pdist(points).astype(np.float32))
    return {}


def ours(folder: Path, n: int, protocol: str) -> Facts:
    condensed = np.load(folder / "rdm.npy")
    start = time.perf_counter()
    distances = registry.get(protocol).distances(condensed)
    have_distances = time.perf_counter()
    linkage = ward.ward_linkage(distances)
    have_tree = time.perf_counter()
    labels = ward.cut_all(linkage, N_CLASSES)
    have_cuts = time.perf_counter()
    mi_curve(classes(n), labels)
    end = time.perf_counter()
    np.save(folder / f"{protocol}.npy", labels)
    return {
        "seconds": end - start,
        "distances": have_distances - start,
        "tree": have_tree - have_distances,
        "cuts": have_cuts - have_tree,
        "curve": end - have_cuts,
    }


def ours_on_all_cores(folder: Path, n: int, protocol: str) -> Facts:
    """Mean seconds of as many such jobs at once as there are cores, each with one thread, as Snakemake runs them."""
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    with ProcessPoolExecutor(harness.THREADS, multiprocessing.get_context("spawn")) as pool:
        started = [pool.submit(ours, folder, n, protocol) for _ in range(harness.THREADS)]
        jobs = [job.result() for job in started]
    return {fact: statistics.mean(job[fact] for job in jobs) for fact in jobs[0]}


def refit(folder: Path, n: int, k: int) -> Facts:
    rows = squareform(np.load(folder / "rdm.npy"))
    start = time.perf_counter()
    labels = published.cluster(rows, k)
    mutual_information_nsb(contingency_table(classes(n), labels))
    seconds = time.perf_counter() - start
    same = adjusted_rand_score(labels, np.load(folder / "rdm_rows.npy")[k - 1])
    if same < 1:
        raise RuntimeError(f"clusters for k = {k} differ from scikit-learn's: adjusted Rand index {same}")
    return {"seconds": seconds}


def main() -> None:
    arguments = harness.arguments(__doc__, "5,640 images instead of 1,000")
    n = N_IMAGES if arguments.full else 1000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        harness.in_a_process(make_rdm, folder, n)
        steps = {protocol: (ours, folder, n, protocol) for protocol in ("rdm_rows", "raw")}
        steps |= {f"{protocol}, on all cores": (ours_on_all_cores, folder, n, protocol) for protocol in list(steps)}
        steps |= {f"refit {k}": (refit, folder, n, k) for k in REFITTED}
        measured = harness.measure_in_turn(steps, arguments.repeats)
    refits = np.median([measured[f"refit {k}"].median() for k in REFITTED]) * N_CLASSES
    rows: list[Facts] = []
    for step in ("rdm_rows", "raw", "rdm_rows, on all cores", "raw, on all cores"):
        parts = {part: measured[step].median(part) for part in ("seconds", "distances", "tree", "cuts", "curve")}
        rows.append({"what": f"ours, {step}", "n_images": n, **parts})
        if step in ("rdm_rows", "raw"):
            rows[-1] |= {"peak_mb": measured[step].peak}
        if step == "rdm_rows":
            rows[-1] |= {"times_published": refits / parts["seconds"]}
    peak = max(measured[f"refit {k}"].peak for k in REFITTED)
    rows.append({"what": f"47 refits ({len(REFITTED)} timed)", "n_images": n, "seconds": refits, "peak_mb": peak})
    harness.report("clusters", rows)


if __name__ == "__main__":
    main()
