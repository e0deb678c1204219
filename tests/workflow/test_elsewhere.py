"""The workflow where its folder is not the working directory: from another folder, and as a module of a workflow."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from workflow_project import TOY_NETWORK, copy_project

STUDY = {
    "study": "toy",
    "images": {"source": "procedural", "classes": ["grid", "dotted"], "images_per_class": 2, "seed": 0, "size": 32},
    "networks": {"toy": TOY_NETWORK},
    "inference": {"permutations": 5, "bootstraps": 5},
}
MODULE = """
configfile: "config.yaml"

module texalign:
    snakefile: "{snakefile}"
    config: config

use rule * from texalign
"""


@pytest.mark.parametrize("way", ["directory", "snakefile", "module"])
def test_a_study_runs_from_any_folder(tmp_path: Path, way: str):
    project = copy_project(tmp_path / "project").folder
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "config.yaml").write_text(yaml.safe_dump(STUDY))
    (elsewhere / "toy_networks.py").write_text((project / "toy_networks.py").read_text())
    snakefile = project / "workflow/Snakefile"
    if way == "module":
        (elsewhere / "Snakefile").write_text(MODULE.format(snakefile=snakefile))
    arguments = {
        "directory": (project, ["--directory", str(elsewhere)]),
        "snakefile": (elsewhere, ["--snakefile", str(snakefile), "--configfile", "config.yaml"]),
        "module": (elsewhere, []),
    }
    folder, given = arguments[way]
    # As a module to its end; how the two others differ from it is told by what they plan.
    plan = [] if way == "module" else ["--dry-run"]
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *plan, "results/toy/gram/toy.h5", *given]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    ran = subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-4000:]
    assert "extract_representations" in ran.stdout + ran.stderr
    if way == "module":
        assert (elsewhere / "results/toy/gram/toy.h5").stat().st_size > 1000
    assert not (project / "results").exists()
