"""The toy study that faults are provoked in."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from workflow_project import TOY_NETWORK

CONFIG = {
    "study": "toy",
    "images": {
        "source": "procedural",
        "classes": ["grid", "dotted", "woven"],
        "images_per_class": 6,
        "seed": 0,
        "size": 64,
    },
    "protocols": ["unit"],
    "networks": {"toy": TOY_NETWORK, "other": {**TOY_NETWORK, "weights": {"random": 1}}},
}
RUN = ("--cores", "2", "best_mi")
TABLES = ("mi", "best_mi")
# Starts programs, and kills the one whose name is in the file `victim`, as the kernel does when memory runs out; fills
# the disk before the one whose name is in the file `filler`.
WRAPPER = """#!/bin/sh
name="$(basename "$1" .py)"
if [ -e victim ] && [ "$name" = "$(cat victim)" ]; then kill -9 $$; fi
if [ -e filler ] && [ "$name" = "$(cat filler)" ]; then cat /dev/zero > results/toy/filling 2> /dev/null; fi
exec {python} "$@"
"""


def tables(folder: Path) -> dict[str, bytes]:
    """The final tables, byte by byte."""
    return {name: (folder / f"results/toy/tables/{name}.tsv").read_bytes() for name in TABLES}


@dataclass(frozen=True)
class Job:
    """A program as a rule runs it: `words` of its command line, the program's file first."""

    words: tuple[str, ...]

    @property
    def program(self) -> str:
        return Path(self.words[0]).stem

    @property
    def lineages(self) -> dict[str, str]:
        """Lineages of what it reads and writes, by path."""
        return json.loads(self.words[self.words.index("--lineages") + 1])

    @property
    def outputs(self) -> set[str]:
        """Files that it writes."""
        places = [place for place, word in enumerate(self.words) if word.startswith("--output")]
        return {word.partition("=")[2] or word for place in places for word in [self.words[place + 1]]}

    @property
    def inputs(self) -> list[str]:
        """Files of the study that it reads."""
        return sorted(set(self.lineages) - self.outputs - {f"{file}.sha256" for file in self.outputs})

    def run(self, folder: Path) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, *self.words], cwd=folder, capture_output=True, text=True, check=False)
