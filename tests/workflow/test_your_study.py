"""The worked example of docs/your_study.md, file by file and command by command, on a dozen small images.

The command that makes everything is a dry run here.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from support import PROJECT
from texalign.artifacts.tables import read_tsv
from workflow_project import Checkout

pytestmark = pytest.mark.thorough

PAGE = PROJECT / "docs/your_study.md"
BLOCK = re.compile(r"(?:`(?P<file>[\w.]+)`(?::|; [^\n]*)\n\n)?```(?P<kind>\w+)\n(?P<content>.*?)```", re.DOTALL)


def blocks() -> Iterator[tuple[str, str | None, str]]:
    """Kind, name of the file, and content of each block of the page."""
    for found in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        yield found["kind"], found["file"], found["content"]


def draw_textures(folder: Path) -> None:
    rng = np.random.default_rng(0)
    for number, name in enumerate(("banded", "dotted", "woven")):
        for image in range(1, 5):
            path = folder / name / f"{image:02}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            grain = rng.integers(0, 256, (16, 16 // 2**number, 3), np.uint8)
            Image.fromarray(grain).resize((80, 70), Image.Resampling.NEAREST).save(path)


def run(commands: str, folder: Path) -> str:
    """Run commands as a reader of the page does; `texalign` is this checkout's, as `make setup` would have it."""
    program = folder / "bin/texalign"
    program.parent.mkdir(exist_ok=True)
    scripts = PROJECT / "workflow/scripts"
    program.write_text(
        f"#!{sys.executable}\nimport sys\n\nsys.path.insert(0, {str(scripts)!r})\n"
        "from texalign.command_line.main import main\n\nsys.exit(main())\n"
    )
    program.chmod(0o755)
    path = f"{program.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "-euc", commands],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path},
        check=False,
    )
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-6000:]
    return ran.stdout + ran.stderr


def test_everything_on_the_page_runs(checkout: Checkout):
    draw_textures(checkout.folder / "textures")
    commands = []
    for kind, file, content in blocks():
        if kind == "sh":
            commands.append(content)
        else:
            assert file, f"a block of {kind} is no file: {content[:60]}"
            (checkout.folder / file).write_text(content, encoding="utf-8")
    # What makes everything takes minutes: its jobs are listed, and those of the tables run.
    whole = " --report results/mine/report.html --report-after-run"
    assert sum(whole in each for each in commands) == 1
    commands = [each.replace(whole, " --dry-run") for each in commands]
    scores, layers, *_, added = (run(each, checkout.folder) for each in commands)
    assert "MI (bits)" in scores
    assert "suggested, as a config has it" in layers
    assert re.search(r"^extract_representations +2$", added, re.MULTILINE)
    results = checkout.folder / "results/mine"
    correlations = read_tsv(results / "tables/brainscore_correlations.tsv")
    assert {(row["benchmark"], row["n_models"]) for row in correlations} == {("V1", "3"), ("IT", "3")}
    agreement = read_tsv(results / "tables/agreement.tsv")
    assert {(row["evidence"], row["n_images"]) for row in agreement} == {("similarity", "12"), ("ratings", "12")}
