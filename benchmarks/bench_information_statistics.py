"""Coverage of the intervals of mutual information, simulated over a grid of known truths, from a seed.

Of every class, a share p of the images lies in a cluster of its own, and the rest in clusters drawn from one margin. It
is even for 10 x 40 (classes x images of each), 47 x 120 and for 10 classes of unequal size, very uneven for `skew`.

`coverage_clusters`: tables of such images; the truth is the mutual information of class and cluster in the
distribution. Beside the interval of the study, that from images drawn anew alone (basic bootstrap).

`coverage_tree`: images as points about the centres of their clusters, overlapping, which Ward clusters anew in every
simulated study; the truth is the mean estimate over the studies. Beside the interval from halves, that from images
drawn anew with the tree held fixed.
"""

import argparse
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.distance import pdist

import harness
from harness import Facts
from texalign.clusters import ward
from texalign.information import fitted, halves, intervals
from texalign.information.contingency import LabelledClusters
from texalign.information.mutual_information import mutual_information_nsb
from texalign.information.uncertainty import Resampling, image_draws

SHARES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95)
CONFIDENCE = 0.95
SPLITS = 10
DIMENSIONS, SPREAD = 10, 0.6


@dataclass(frozen=True)
class Design:
    """Numbers of images by class, how uneven the clusters are, and simulated studies of tables and of trees."""

    sizes: tuple[int, ...]
    studies: int
    tree_studies: int
    simulations: int = intervals.SIMULATIONS
    margin: np.ndarray = field(init=False)
    ratio: float = 1.0

    def __post_init__(self) -> None:
        margin = self.ratio ** np.arange(len(self.sizes))
        object.__setattr__(self, "margin", margin / margin.sum())

    def shares(self, own: float) -> np.ndarray:
        """Share of each cluster in each class."""
        return own * np.eye(len(self.sizes)) + (1 - own) * self.margin

    def true_bits(self, own: float) -> float:
        return float(fitted.information_bits(self.shares(own), np.array(self.sizes)))

    def draw(self, own: float, rng: np.random.Generator) -> LabelledClusters:
        clusters = [
            rng.choice(len(self.sizes), size, p=row) for size, row in zip(self.sizes, self.shares(own), strict=True)
        ]
        return LabelledClusters.of(np.repeat(np.arange(len(self.sizes)), self.sizes), np.concatenate(clusters))


UNEQUAL = (8, 11, 15, 20, 27, 37, 50, 60, 72, 100)
QUICK = {
    "10 x 40": Design((40,) * 10, 40, 20),
    "unequal": Design(UNEQUAL, 40, 20),
    "skew": Design((40,) * 10, 40, 20, ratio=0.6),
    "47 x 120": Design((120,) * 47, 4, 0, simulations=50),
}
FULL = {
    "10 x 40": Design((40,) * 10, 200, 100),
    "unequal": Design(UNEQUAL, 100, 60),
    "skew": Design((40,) * 10, 60, 60, ratio=0.6),
    "47 x 120": Design((120,) * 47, 100, 12),
}


def fixed_tree_interval(labels: LabelledClusters, estimate: float, seed: int) -> intervals.InformationInterval:
    """Images drawn anew in the clusters as they are: the basic bootstrap about the mean of the draws."""
    draws = image_draws(labels, estimate, Resampling(seed, 1, 200, CONFIDENCE))
    tail = (1 - CONFIDENCE) / 2
    lowest, highest = np.quantile(draws.deviations_bits, [tail, 1 - tail])
    return intervals.InformationInterval(float(estimate - highest), float(estimate - lowest))


def table_study(design: Design, own: float, study: int) -> Facts:
    """One simulated table: the estimate, and whether each interval has the truth."""
    labels = design.draw(own, np.random.default_rng([study, 10]))
    table, truth = labels.table(), design.true_bits(own)
    estimate = mutual_information_nsb(table).bits
    ours = intervals.clusters_interval(table, estimate, CONFIDENCE, study, design.simulations)
    drawn = fixed_tree_interval(labels, estimate, study)
    return {"estimate": estimate, "truth": truth, "ours": ours, "drawn": drawn}


def tree_study(design: Design, own: float, study: int) -> Facts:
    """One simulated study with its tree: the estimate, and both intervals."""
    rng = np.random.default_rng([study, 11])
    labels = design.draw(own, rng)
    centres = np.random.default_rng(12).normal(size=(len(design.sizes), DIMENSIONS))
    points = (centres[labels.clusters] + SPREAD * rng.normal(size=(len(labels.clusters), DIMENSIONS))).astype(
        np.float32
    )
    k = labels.n_classes

    def tree(images: np.ndarray) -> LabelledClusters:
        clusters = ward.cut_all(ward.ward_linkage(pdist(points[images])), k)[-1]
        return LabelledClusters.of(labels.classes[images], clusters)

    found = tree(np.arange(len(points)))
    estimate = mutual_information_nsb(found.table()).bits
    splits = halves.split_in_halves(labels.classes, SPLITS, study)
    bits = [
        [mutual_information_nsb(tree(np.flatnonzero(half)).table()).bits for half in (split, ~split)]
        for split in splits
    ]
    ours, _ = intervals.tree_interval(estimate, np.array(bits), CONFIDENCE)
    return {"estimate": estimate, "ours": ours, "drawn": fixed_tree_interval(found, estimate, study)}


def summary(name: str, own: float, studies: Sequence[Facts], truth: float | None) -> Facts:
    """A row: bias and spread of the estimate over studies, coverage and mean width of the intervals."""
    estimates = np.array([study["estimate"] for study in studies])
    truth = float(estimates.mean()) if truth is None else truth

    def covered(which: str) -> float:
        return statistics.fmean(study[which].low_bits <= truth <= study[which].high_bits for study in studies)

    def width(which: str) -> float:
        return statistics.fmean(study[which].high_bits - study[which].low_bits for study in studies)

    return {
        "design": name,
        "p": own,
        "true_bits": truth,
        "bias_bits": float(estimates.mean() - truth),
        "sd_bits": float(estimates.std(ddof=1)),
        "coverage": covered("ours"),
        "width_bits": width("ours"),
        "drawn_coverage": covered("drawn"),
        "drawn_width_bits": width("drawn"),
        "n_studies": len(studies),
    }


def simulate(
    pool: ProcessPoolExecutor, designs: dict[str, Design], shares: Sequence[float], run: Callable, trees: bool
) -> list[Facts]:
    rows = []
    for name, design in designs.items():
        n_studies = design.tree_studies if trees else design.studies
        for own in shares if n_studies else ():
            studies = list(pool.map(run, [design] * n_studies, [own] * n_studies, range(n_studies)))
            rows.append(summary(name, own, studies, None if trees else design.true_bits(own)))
            print(
                " ".join(
                    f"{key} {value:.3g}" if isinstance(value, float) else str(value) for key, value in rows[-1].items()
                ),
                flush=True,
            )
    return rows


def with_others(table: str, rows: Sequence[Facts], whole: bool) -> list[Facts]:
    """Rows and, unless they are the whole table, those of an earlier run that are not simulated now, in order."""
    earlier = [] if whole or not (harness.RESULTS / f"{table}.tsv").exists() else harness.read(table)
    now = {(row["design"], float(row["p"])) for row in rows}
    kept = [row for row in earlier if (row["design"], float(row["p"])) not in now]
    return sorted([*kept, *rows], key=lambda row: (list(FULL).index(row["design"]), float(row["p"])))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="enough studies for the tables of docs/methods.md")
    parser.add_argument("--only", choices=["coverage_clusters", "coverage_tree"], help="one table")
    parser.add_argument("--designs", nargs="+", choices=list(FULL), default=list(FULL), help="rows of others stay")
    parser.add_argument("--shares", nargs="+", type=float, default=list(SHARES), help="of p; rows of others stay")
    parser.add_argument(
        "--jobs", type=int, default=harness.THREADS, help="simulated studies at once, all cores by default"
    )
    arguments = parser.parse_args()
    known = FULL if arguments.full else QUICK
    designs = {name: known[name] for name in arguments.designs}
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for table, run in {"coverage_clusters": table_study, "coverage_tree": tree_study}.items():
            if arguments.only in (None, table):
                whole = len(designs) == len(FULL) and len(arguments.shares) == len(SHARES)
                rows: list[Facts] = []
                for name, design in designs.items():
                    rows += simulate(pool, {name: design}, arguments.shares, run, run is tree_study)
                    # Of a run that is cut short, whole designs stay; `--designs` goes on with the others.
                    harness.report(table, with_others(table, rows, whole))


if __name__ == "__main__":
    main()
