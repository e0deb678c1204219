"""All benchmarks in order, then what was aimed at beside what was measured: results/summary.tsv.

`make bench` runs them small, in minutes; `make bench-full` at the size of the paper's study, in an hour or so. The
synthesis of a real exemplar needs TEXALIGN_DATA and is left out without it, which the summary says. `--summary` only
makes the summary anew, from whatever tables there are.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import harness
from harness import FOLDER, RESULTS

Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Aim:
    """One line of the summary: what is aimed at, in which table it was measured, how to read it, and the bound."""

    what: str
    table: str
    value: Callable[[Rows], float]
    bound: float
    at_least: bool = True

    def row(self, since: float = 0.0) -> harness.Facts:
        """The line, with no figure where the table was last written before `since`, in seconds of the epoch."""
        sign = ">=" if self.at_least else "<="
        row: harness.Facts = {"what": self.what, "aim": f"{sign} {self.bound:g}"}
        table = RESULTS / f"{self.table}.tsv"
        if not table.exists() or table.stat().st_mtime < since:
            return row | {"measured": None, "reached": "not measured"}
        value = self.value(harness.read(self.table))
        reached = value >= self.bound if self.at_least else value <= self.bound
        return row | {"measured": value, "reached": "yes" if reached else "no"}


def cell(column: str, **where: str) -> Callable[[Rows], float]:
    """The number in a column of the only row whose other columns are `where`; of the last row without."""

    def value(rows: Rows) -> float:
        found = [row for row in rows if all(row[key] == wanted for key, wanted in where.items())]
        return float(found[-1][column])

    return value


def smallest_share(rows: Rows) -> float:
    return min(float(row["share_of_limit"]) for row in rows if row["n_images"])


def times_smaller(rows: Rows) -> float:
    return cell("saved_loss", run="published")(rows) / float(rows[1]["saved_loss"])


def within_target(target: float) -> Callable[[Rows], float]:
    """Seconds of the only row that has this target."""

    def value(rows: Rows) -> float:
        (found,) = (row for row in rows if row["target"] and float(row["target"]) == target)
        return float(found["seconds"])

    return value


AIMS = [
    Aim(
        "clusters and MI for k = 1...47: times faster", "clusters", cell("times_published", what="ours, rdm_rows"), 300
    ),
    Aim("extraction: times the published rate, geometric mean", "extraction", cell("times_published"), 4),
    Aim("extraction: share of the bare pass, geometric mean", "extraction", cell("share_of_limit"), 0.85),
    Aim("extraction: share of the bare pass, least of all networks", "extraction", smallest_share, 0.85),
    Aim("RDM: share of the sgemm rate", "rdm", cell("share_of_sgemm"), 0.6),
    Aim("RDM: peak memory, MB", "rdm", cell("peak_mb"), 1500, at_least=False),
    Aim(
        "Gram file: size beside gzip-6 of full matrices",
        "files",
        lambda rows: float(rows[0]["share_of_full_matrices"]) / float(rows[1]["share_of_full_matrices"]),
        1,
        at_least=False,
    ),
    *(
        Aim(
            f"all representations in one pass: times Gram matrices alone, {model}",
            "representations",
            cell("times_gram_alone", network=model, representations="all"),
            1.5,
            False,
        )
        for model in ("alexnet", "resnet50")
    ),
    Aim("Gram file: times faster written", "files", cell("times_gzip", file="ours"), 10),
    Aim(
        "start-up: slowest --help, s",
        "startup",
        lambda rows: max(float(row["help_seconds"]) for row in rows),
        0.3,
        False,
    ),
    Aim("finished paper study: nothing to do, s", "planning", within_target(5), 5, False),
    Aim("a study of 300 networks planned, s", "planning", within_target(60), 60, False),
    Aim("synthesis: times sooner at the published loss", "synthesis", lambda rows: float(rows[1]["speedup"]), 20),
    Aim("synthesis: times lower the loss saved", "synthesis", times_smaller, 10),
    Aim("forecast of a whole network: measured by forecast, above 0.8", "whole_network", cell("ratio"), 0.8),
    Aim("forecast of a whole network: measured by forecast, below 1.2", "whole_network", cell("ratio"), 1.2, False),
]


def programs(full: bool) -> Mapping[str, list[str]]:
    """Programs in order, and their arguments."""
    size = ["--full"] if full else []
    synthesis = ["--output", str(RESULTS / "synthesis.tsv"), "--evaluations", "800" if full else "100"]
    found = {
        "bench_startup": [],
        "bench_representations": size,
        "bench_files": size,
        "bench_extraction": size,
        "bench_rdm": size,
        "bench_clusters": size,
        "bench_scaling": size,
        "bench_planning": [],
    }
    if "TEXALIGN_DATA" in os.environ:
        found["bench_synthesis"] = synthesis
    return found | ({"profile_extraction": [], "forecast": [], "bench_whole_network": []} if full else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--full", action="store_true", help="at the size of the paper's study")
    size.add_argument("--summary", action="store_true", help="measure nothing, read the tables that are there")
    arguments = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    since = 0.0 if arguments.summary else time.time()
    for program, flags in {} if arguments.summary else programs(arguments.full).items():
        print(f"\n== {program} {' '.join(flags)}", flush=True)
        subprocess.run([sys.executable, FOLDER / f"{program}.py", *flags], check=True, cwd=harness.PROJECT)
    print("\n== summary", flush=True)
    harness.report("summary", [aim.row(since) for aim in AIMS])
    if not (arguments.full or arguments.summary):
        print("Measured small; the aims are for the paper's size, which `make bench-full` measures.")
    print("Tables:", *(path.name for path in sorted(RESULTS.glob("*.tsv")) if path.stat().st_mtime >= since))
    print(f"in {RESULTS}")


if __name__ == "__main__":
    main()
