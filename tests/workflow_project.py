"""A copy of the project in a folder of its own, in which Snakemake runs as a user would run it."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from support import PROJECT

PARTS = ["Snakefile", "config.yaml", "config", "workflow", "resources", "envs", "profiles"]

# A network that is quick to come: importing torchvision takes longer than all else that a toy study does with one.
TOY_NETWORK = {
    "source": "python",
    "callable": "toy_networks:circular",
    "weights": {"random": 0},
    "layers": ["0", "2"],
}

# No second attempt. `--retries` does not say so to rules that state themselves how often they try again.
ONCE = ("--preemptible-rules", "--preemptible-retries", "0")

# Snakemake that prints jobs by rule and wildcards.
LISTING = PROJECT / "tests/list_jobs.py"

# Rules without a program: names for parts of the study.
TARGETS = {
    "all",
    "images",
    "grams",
    "representations",
    "multiverse",
    "rdms",
    "mi",
    "best_mi",
    "brainscore",
    "figures",
    "synthesis",
    "inference",
    "rdm_exports",
    "human",
    "oddity",
    "pages",
    "weights",
    "ladder",
    "explorer",
}


@dataclass(frozen=True)
class Checkout:
    """A working copy of the project's files, without results. `first_on_path`: a folder of programs to find first."""

    folder: Path
    first_on_path: str = ""

    def compute_on_cpu(self) -> None:
        """Have jobs that are granted a GPU compute without: where tests run is none, which they would refuse."""
        with (self.folder / "workflow/scripts/texalign/networks/devices.py").open("a") as devices:
            devices.write('\n\ndef choose_device(gpus: int) -> torch.device:\n    return torch.device("cpu")\n')

    def snakemake(self, *arguments: str, config: dict | None = None, fails: bool = False, listing: bool = False) -> str:
        """Run `snakemake` with the default profile; return what it prints. With a config, that is the study.

        With `listing`, jobs are printed by rule and wildcards instead of by their messages.
        """
        command = [sys.executable, *(("-m", "snakemake") if not listing else (str(LISTING),)), *arguments]
        if config is not None:
            (self.folder / "study.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
            command += ["--configfile", "study.yaml"]
        path = ":".join(filter(None, [self.first_on_path, str(Path(sys.executable).parent), os.environ["PATH"]]))
        environment = {**os.environ, "PATH": path}
        ran = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, env=environment, check=False)
        output = ran.stdout + ran.stderr
        assert (ran.returncode != 0) == fails, output[-6000:]
        return output

    def jobs(self, *arguments: str, config: dict) -> list[tuple[str, str]]:
        """Jobs that a dry run lists, rule and wildcards, sorted: Snakemake lists jobs of one rank in any order."""
        output = self.snakemake("--dry-run", *arguments, config=config, listing=True)
        found: list[tuple[str, str]] = []
        for line in output.splitlines():
            # Jobs of a group are indented.
            if line.strip().startswith(("rule ", "localrule ")):
                found.append((line.split()[1].rstrip(":"), ""))
            elif line.strip().startswith("wildcards: "):
                found[-1] = (found[-1][0], line.strip().removeprefix("wildcards: "))
        return sorted(job for job in found if job[0] not in TARGETS)


def copy_project(folder: Path) -> Checkout:
    """Copy the project's files into `folder`, and beside them the module of the toy network."""
    folder.mkdir(parents=True)
    for part in PARTS:
        source = PROJECT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / part)
    shutil.copy2(PROJECT / "tests/toy_networks.py", folder)
    return Checkout(folder)
