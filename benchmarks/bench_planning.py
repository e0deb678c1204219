"""Time that Snakemake takes before the first job: planning a wide study, and finding a finished one finished.

Nothing is computed. The finished study is built from small files: one for every output of every job, with the metadata
that `snakemake --touch` records. Run from the project's top folder: `python benchmarks/bench_planning.py`; with
`--profile FOLDER`, cProfile's figures of each run are left there. Writes benchmarks/results/planning.tsv.
"""

import argparse
import copy
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

import harness
from texalign.artifacts import seals

PARTS = ("Snakefile", "config.yaml", "workflow", "resources", "envs", "profiles")

WIDE = 300
RUNS = 3


@dataclass(frozen=True)
class Measured:
    """One row of the table. `jobs`: jobs that Snakemake lists as to be run; `target`: seconds that it may take."""

    what: str
    jobs: int
    seconds: float
    target: float | None


@dataclass(frozen=True)
class Checkout:
    """A copy of the project, in which Snakemake runs. `profiles`: where cProfile's figures go, None for none."""

    folder: Path
    profiles: Path | None

    @classmethod
    def make(cls, folder: Path, profiles: Path | None) -> "Checkout":
        folder.mkdir()
        for part in PARTS:
            source = harness.PROJECT / part
            if source.is_dir():
                shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, folder / part)
        return cls(folder, profiles)

    def snakemake(self, *arguments: str) -> str:
        """What Snakemake prints. Raises RuntimeError with the end of it when it fails."""
        return self._run(["-m", "snakemake", *arguments])

    def measured(self, what: str, arguments: Sequence[str], runs: int, target: float | None) -> Measured:
        """The best of some runs; the profiled one, if asked for, is another."""
        seconds = []
        for _ in range(runs):
            start = time.perf_counter()
            output = self.snakemake(*arguments)
            seconds.append(time.perf_counter() - start)
        if self.profiles is not None:
            figures = self.profiles / f"{re.sub('[^a-z0-9]+', '_', what.lower())}.prof"
            self._run(["-m", "cProfile", "-o", str(figures), "-m", "snakemake", *arguments])
        total = re.search(r"^total +(\d+)$", output, re.MULTILINE)
        if total is None and arguments != ("--version",) and "Nothing to be done" not in output:
            raise RuntimeError(f"neither jobs nor 'Nothing to be done': {output[-3000:]}")
        return Measured(what, int(total[1]) if total else 0, round(min(seconds), 2), target)

    def _run(self, arguments: list[str]) -> str:
        environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        ran = subprocess.run(
            [sys.executable, *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        if ran.returncode:
            raise RuntimeError(f"snakemake {' '.join(arguments)}: {(ran.stdout + ran.stderr)[-3000:]}")
        return ran.stdout + ran.stderr


def wide_config(paper: dict[str, Any], n_networks: int, synthesising: int) -> dict[str, Any]:
    """The paper's study with its networks over and over, each time with other weights, until they are `n_networks`.

    `synthesising`: how many of them make images of the paper's textures; each of these judges the images of all others.
    """
    models = list(paper["networks"])
    config = copy.deepcopy(paper) | {"study": "wide", "networks": {}}
    for number in range(n_networks):
        model = models[number % len(models)]
        entry = paper["networks"][model] | {"name": model, "weights": {"random": number}, "brainscore_id": None}
        config["networks"][f"{model}_{number}"] = entry
    config["synthesis"]["networks"] = list(config["networks"])[:synthesising]
    return config


def plan(folder: Path, profiles: Path | None, n_networks: int, runs: int) -> list[Measured]:
    """Time to plan a study of many networks, as the paper's beside it."""
    checkout = Checkout.make(folder, profiles)
    n_paper = len(harness.PAPER["networks"])
    rows = [
        checkout.measured("start of Snakemake", ("--version",), runs, None),
        checkout.measured("plan the paper's study", ("--dry-run", "--quiet", "rules"), runs, None),
    ]
    for synthesising, target in ((n_paper, 60.0), (n_networks, None)):
        config = wide_config(harness.PAPER, n_networks, synthesising)
        (folder / "wide.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
        what = f"plan {n_networks} networks, {synthesising} of them synthesising"
        arguments = ("--dry-run", "--quiet", "rules", "--configfile", "wide.yaml")
        rows.append(checkout.measured(what, arguments, 1, target))
    return rows


def seal(checkout: Checkout) -> None:
    """Seal the files of a study, as their programs would have, with the lineages that the target `verify` is told."""
    printed = checkout.snakemake("verify", "--dry-run", "--printshellcmds")
    (command,) = re.findall(r"python \S*verify\.py .*", printed)
    words = shlex.split(command)
    told = words[words.index("--lineages") + 1]
    lineages = json.loads(told if told.startswith("{") else (checkout.folder / told).read_text())
    for name, lineage in lineages.items():
        path = checkout.folder / name
        if path.is_file():
            seals.seal(path, path, lineage)


def find_finished(folder: Path, profiles: Path | None, runs: int) -> Measured:
    """Time to find the paper's study finished, built from small files."""
    checkout = Checkout.make(folder, profiles)
    # A table of all files that the study makes, the first of its columns being their names.
    summary = checkout.snakemake("--summary").splitlines()
    header = next(line for line in summary if line.startswith("output_file\t"))
    names = [line.split("\t")[0] for line in summary if line != header and line.count("\t") == header.count("\t")]
    for name in names:
        path = folder / name
        if name.endswith("images/dtd"):
            path.mkdir(parents=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name, encoding="utf-8")
    checkout.snakemake("--touch", "--cores", "1")
    seal(checkout)
    row = checkout.measured(f"find the paper's {len(names)} files finished", ("--cores", "1"), runs, 4.0)
    if row.jobs:
        raise RuntimeError(f"{row.jobs} jobs are left: the study is not finished, and this measures something else")
    return row


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, default=WIDE, help="networks of the wide study")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of the short ones, of which the best counts")
    parser.add_argument("--profile", type=Path, metavar="FOLDER", help="leave cProfile's figures there")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    profiles = arguments.profile.resolve() if arguments.profile else None
    if profiles:
        profiles.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        rows = [find_finished(Path(name) / "finished", profiles, arguments.runs)]
        rows += plan(Path(name) / "wide", profiles, arguments.networks, arguments.runs)
    harness.report("planning", [asdict(row) for row in rows])


if __name__ == "__main__":
    main()
