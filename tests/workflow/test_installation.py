"""The library installed by pip into an empty environment: its command, and what that prints."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from support import DATA, PROJECT, needs_data
from texalign.artifacts.tables import read_tsv
from texalign.information.mutual_information import mutual_information
from texalign.networks.sources import Architecture

pytestmark = pytest.mark.slow

LIBRARY = "workflow/scripts/texalign"
Run = Callable[..., str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs a program of an environment that holds the library and what it requires, in the versions of the pins."""
    folder = tmp_path_factory.mktemp("empty")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)

    def run(program: str, *arguments: str | Path, cwd: Path = folder) -> str:
        # Nothing of this checkout or its environment is to be found by chance.
        environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
        command = [folder / "venv/bin" / program, *arguments]
        ran = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment, check=False)
        assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
        return ran.stdout

    # A copy, so that nothing is built in this checkout.
    source = folder / "source"
    for part in ("pyproject.toml", "README.md", "LICENSE"):
        source.mkdir(exist_ok=True)
        shutil.copy(PROJECT / part, source)
    shutil.copytree(PROJECT / LIBRARY, source / LIBRARY, ignore=shutil.ignore_patterns("__pycache__"))
    run("pip", "install", "--quiet", "--constraint", PROJECT / "envs/requirements.txt", source)
    return run


def test_nothing_of_the_checkout_is_needed(run: Run):
    place = run("python", "-c", "import texalign; print(texalign.__file__)")
    assert "site-packages" in place
    installed = json.loads(run("pip", "list", "--format=json", "--not-required"))
    assert {"texalign"} <= {entry["name"] for entry in installed}
    assert "snakemake" not in {entry["name"] for entry in json.loads(run("pip", "list", "--format=json"))}
    run("pip", "check")


def test_the_command_tells_what_it_can(run: Run):
    assert "score" in run("texalign", "--help")
    assert "--images" in run("texalign", "score", "--help")
    assert run("texalign", "--version").startswith("texalign ")


def printed(output: str) -> dict[str, list[str]]:
    """Cells of the rows that `texalign score` prints, by layer."""
    rows = (re.split(r" {2,}", line) for line in output.splitlines())
    return {cells[0]: cells for cells in rows if re.fullmatch(r"L\d", cells[0])}


def draw_images(folder: Path) -> None:
    """Three classes of eight images that no representation can confound: stripes, squares, grey, with some noise."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:96, :96]
    patterns = {"grey": 0 * rows, "squares": (rows // 12 + columns // 12) % 2, "stripes": columns // 4 % 2}
    for name, pattern in patterns.items():
        (folder / name).mkdir(parents=True)
        for number in range(8):
            values = 100 + 100 * pattern[:, :, None] + rng.integers(0, 20, (96, 96, 3))
            Image.fromarray(values.astype(np.uint8)).save(folder / name / f"{number}.png")


def test_score_of_drawn_images(run: Run, tmp_path: Path):
    draw_images(tmp_path / "images")
    torch.save(Architecture("torchvision", "alexnet").build().state_dict(), tmp_path / "alexnet.pth")
    output = run("texalign", "score", "alexnet", "--weights", "alexnet.pth", "--images", "images", cwd=tmp_path)
    perfect = mutual_information(np.arange(24) // 8, np.arange(24) // 8)
    rows = read_tsv(tmp_path / "score_alexnet.tsv")
    assert list(printed(output)) == [row["layer"] for row in rows] == ["L1", "L2", "L3", "L4", "L5"]
    for row in rows:
        assert float(row["mi_nsb_bits"]) == pytest.approx(perfect, abs=1e-9)
        assert float(row["linear_accuracy"]) == float(row["knn_accuracy"]) == 1
        assert printed(output)[row["layer"]][3] == f"{perfect:.3f}"


@needs_data
def test_score_of_alexnet_is_the_reference(run: Run, tmp_path: Path):
    weights, images = DATA / "weights/alexnet_conv.pth", DATA / "dtd10"
    output = run("texalign", "score", "alexnet", "--weights", weights, "--images", images, cwd=tmp_path)
    reference = json.loads((DATA / "reference/alexnet_dtd10.json").read_text())["layers"]
    assert list(printed(output)) == list(reference)
    for layer, cells in printed(output).items():
        assert cells[1] == reference[layer]["module"]
        assert cells[3] == f"{reference[layer]['protocols']['unit_gram']['mi_nsb_bits']:.3f}"
