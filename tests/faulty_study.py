"""The toy study that faults are provoked in."""

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
TABLES = ("mi", "best_mi")
# Starts programs, and kills the one whose name is in the file `victim`, as the kernel does when memory runs out.
WRAPPER = """#!/bin/sh
if [ -e victim ] && [ "$(basename "$1" .py)" = "$(cat victim)" ]; then kill -9 $$; fi
exec {python} "$@"
"""


def tables(folder: Path) -> dict[str, bytes]:
    """The final tables, byte by byte."""
    return {name: (folder / f"results/toy/tables/{name}.tsv").read_bytes() for name in TABLES}
