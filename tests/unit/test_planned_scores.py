"""What a file of scores lacks is known before any job runs, all of it at once, and without NumPy."""

import subprocess
import sys
from pathlib import Path

import pytest

from made_up_leaderboard import MadeUp
from planning.scores import score_problems
from support import PAPER_CONFIG, PROJECT

TABLE = str(PROJECT / "resources/brainscore.csv")


def section(**changes: object) -> dict:
    return PAPER_CONFIG["brainscore"] | {"format": "table"} | changes


def test_the_papers_scores_fit_the_paper():
    assert score_problems(TABLE, section(), PAPER_CONFIG["networks"]) == []


def test_all_that_is_wrong_is_said_at_once():
    networks = {
        "a": {"brainscore_id": "vgg-16"},
        "b": {"brainscore_id": "resnet18"},
        "c": {"brainscore_id": "alexnet"},
        "d": {"brainscore_id": "alexnet"},
        "untrained": {"brainscore_id": None},
        "unnamed": {},
    }
    found = score_problems(TABLE, section(benchmarks=["V1", "V3", "V9"]), networks)
    assert [problem.partition(TABLE + ": ")[2] or problem for problem in found] == [
        "has no column V3, V9 (brainscore.benchmarks)",
        "the networks c, d share a Brain-Score id (alexnet)",
        "has no model 'vgg-16', the Brain-Score id of a; the nearest: vgg_16, vgg_19. "
        "A network that was not scored has no id (null)",
        "has no model 'resnet18', the Brain-Score id of b; the nearest: resnet-18, resnet-34, resnet_50_v1. "
        "A network that was not scored has no id (null)",
    ]


@pytest.mark.parametrize("name", ["net-1", "1001"])
def test_exports_are_known_by_model_id_and_name(tmp_path: Path, name: str):
    export = str(MadeUp.of(["net-0", "net-1"]).write_2026(tmp_path / "export.zip"))
    networks = {"a": {"brainscore_id": name}}
    leaderboard = section(format="leaderboard", benchmarks=["V1"])
    assert score_problems(export, leaderboard, networks) == []
    (problem,) = score_problems(export, leaderboard, {"a": {"brainscore_id": "1004"}})
    assert "has no model '1004', the Brain-Score id of a; the nearest: " in problem


@pytest.mark.parametrize(
    ("text", "message"),
    [("name,V1\nx,1\n", "has no column model; it has name, V1"), ("", "is empty")],
)
def test_files_that_cannot_be_read_are_named(tmp_path: Path, text: str, message: str):
    (tmp_path / "mine.csv").write_text(text)
    (problem,) = score_problems(str(tmp_path / "mine.csv"), section(), {})
    assert "mine.csv" in problem
    assert message in problem


def test_a_missing_file_is_left_to_snakemake(tmp_path: Path):
    assert score_problems(str(tmp_path / "mine.csv"), section(), {}) == []


def test_planning_needs_no_numpy():
    code = "import sys; import planning.scores; print({'numpy', 'scipy', 'torch'} & set(sys.modules))"
    path = f"{PROJECT / 'workflow'}:{PROJECT / 'workflow/scripts'}"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": path}, check=True
    )
    assert ran.stdout.strip() == "set()"
