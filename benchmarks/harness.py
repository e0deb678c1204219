"""What all benchmarks share: steps in processes of their own, repeated in turn; tables; what machine it was."""

import argparse
import csv
import multiprocessing
import os
import platform
import resource
import statistics
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

import texalign

FOLDER = Path(__file__).resolve().parent
PROJECT = FOLDER.parent
RESULTS = FOLDER / "results"
if not Path(texalign.__file__).is_relative_to(PROJECT):
    raise SystemExit(f"{texalign.__file__} would be measured, another checkout's library; run `make setup` here first")

N_IMAGES, N_CLASSES = 5640, 47
PAPER = yaml.safe_load((PROJECT / "config.yaml").read_text())
NORMALIZATION = PAPER["preprocessing"]
THREADS = len(os.sched_getaffinity(0))

Facts = dict[str, object]
Step = Callable[..., Facts]


@dataclass(frozen=True)
class Measured:
    """What repeated runs of one step gave: each run's facts, of which `seconds` is one, and peak memory in MB."""

    runs: list[Facts]
    peak_mb: list[float]

    @property
    def seconds(self) -> list[float]:
        return [run["seconds"] for run in self.runs]

    def median(self, fact: str = "seconds") -> float:
        return statistics.median(run[fact] for run in self.runs)

    @property
    def peak(self) -> float:
        return max(self.peak_mb)

    def __getitem__(self, fact: str) -> object:
        """A fact of the last run."""
        return self.runs[-1][fact]


def measure_in_turn(steps: Mapping[str, tuple], repeats: int) -> dict[str, Measured]:
    """Run steps, given as (function, *arguments), `repeats` times each, one after the other in every round.

    Rounds, because what else goes on in a machine changes slowly: runs of one round can be compared pair by pair. Each
    run has a process of its own, so that none finds caches filled, and peak memory is its own.
    """
    measured = {name: Measured([], []) for name in steps}
    for _ in range(repeats):
        for name, (function, *arguments) in steps.items():
            facts, peak_mb = in_a_process(function, *arguments)
            measured[name].runs.append(facts)
            measured[name].peak_mb.append(peak_mb)
    return measured


def in_a_process(function: Step, *arguments: object) -> tuple[Facts, float]:
    """Facts that a function gives in a process of its own, and that process's peak memory in MB."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_with_peak, function, arguments).result()


def _with_peak(function: Step, arguments: tuple) -> tuple[Facts, float]:
    facts = function(*arguments)
    return facts, peak_mb()


def peak_mb() -> float:
    """Most memory that this process has had so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def median_ratio(slower: Measured, faster: Measured) -> float:
    """How many times slower, as the median over pairs of runs of one round."""
    return statistics.median(a / b for a, b in zip(slower.seconds, faster.seconds, strict=True))


def geometric_mean(values: Sequence[float]) -> float:
    return float(np.exp(np.mean(np.log(values))))


# -------------------------------------------------------------------------------------------------------------- tables


def report(name: str, rows: Sequence[Facts]) -> None:
    """Print a table, and write it to results/<name>.tsv with the machine it was measured on beside it."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    cells = [columns, *([_cell(row.get(column)) for column in columns] for row in rows)]
    widths = [max(len(row[position]) for row in cells) for position in range(len(columns))]
    for row in cells:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)), flush=True)
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / f"{name}.tsv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, columns, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    (RESULTS / f"{name}.machine.txt").write_text(machine() + "\n")
    print(machine(), flush=True)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


# Programs that write tables of another name.
WRITERS = {
    "decoding": "bench_extraction",
    "forecast": "forecast",
    "profile": "profile_extraction",
    **dict.fromkeys(("family_tests", "correlation_intervals", "equivalence"), "bench_correlation_statistics"),
    **dict.fromkeys(("coverage_clusters", "coverage_tree"), "bench_information_statistics"),
}


def read(name: str) -> list[dict[str, str]]:
    """Rows of a table that a benchmark wrote. Raises FileNotFoundError naming the benchmark to run."""
    path = RESULTS / f"{name}.tsv"
    if not path.exists():
        program = WRITERS.get(name, f"bench_{name}")
        raise FileNotFoundError(f"{path}: not measured yet; run `python benchmarks/{program}.py` first")
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def machine() -> str:
    """Processor, cores, memory, load and versions, in a line."""
    import scipy

    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}"
    return f"{model}, {THREADS} cores, {memory:.0f} GB; load {os.getloadavg()[0]:.1f}; {versions}"


def parser(description: str, full: str, repeats: int = 3) -> argparse.ArgumentParser:
    """Command line of a benchmark: quick by default, `--full` as `full` says."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help=full)
    parser.add_argument("--repeats", type=int, default=repeats, help=f"runs of each step, {repeats} by default")
    return parser


def arguments(description: str, full: str, repeats: int = 3) -> argparse.Namespace:
    return parser(description, full, repeats).parse_args()


# -------------------------------------------------------------------------------------------------------------- images


def real_images() -> list[Path]:
    """Images of TEXALIGN_DATA, none where it is not set."""
    data = os.environ.get("TEXALIGN_DATA")
    return sorted(Path(data).glob("dtd10/**/*.jpg")) if data else []


def pixels(n: int, size: int = 224) -> np.ndarray:
    """Images, (n, size, size, 3) uint8: real ones where TEXALIGN_DATA names them, else procedural ones."""
    from texalign.images import pixels, textures

    files = real_images()
    if files:
        return np.stack([pixels.resize_to_square(pixels.load_rgb(files[i * 37 % len(files)]), size) for i in range(n)])
    names = ("grid", "woven", "dotted", "cracked")
    return np.stack([textures.generate_texture(names[i % len(names)], i, 0, size) for i in range(n)])
