"""The command `texalign`: what it prints, what it saves, and that asking for help costs nothing."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.cluster import AgglomerativeClustering
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from torch import nn

from support import PROJECT
from texalign.command_line import main as command
from texalign.command_line.console import print_table
from texalign.command_line.scoring import Question, score_network
from texalign.errors import TexalignError
from texalign.images.labelled import LabelledImages
from texalign.information.mutual_information import mutual_information
from texalign.information.uncertainty import Resampling
from texalign.networks.network import Network
from texalign.representations.of_images import extract

MODULE = """
import torch
from torch import nn

def build():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 6, 3), nn.ReLU())
"""
CLASSES = ("banded", "dotted", "woven")


def pixels() -> np.ndarray:
    """Thirty images in three classes that overlap: noise of other contrast and smoothness."""
    rng = np.random.default_rng(0)
    images = []
    for number in range(30):
        noise = rng.normal(128, 25 + 3 * (number // 10), (24, 24, 3))
        smooth = (noise + np.roll(noise, 1, axis=number // 10 % 2)) / 2
        images.append(np.clip(smooth, 0, 255).astype(np.uint8))
    return np.stack(images)


def labels() -> list[str]:
    return [CLASSES[number // 10] for number in range(30)]


def network() -> Network:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 6, 3), nn.ReLU())
    return Network(module, layers=["0", "2"], image_size=24)


def question(**changes: object) -> Question:
    options = {"representation": "gram", "protocol": "unit", "resampling": Resampling(0, 20, 20, 0.95), "neighbours": 1}
    return Question(**options | changes)


@pytest.mark.parametrize("protocol", ["unit", "raw"])
def test_scores_are_those_of_scikit_learns_clusters(protocol: str, tmp_path: Path):
    images = LabelledImages.of(pixels(), labels())
    rows = score_network(network(), images, question(protocol=protocol), tmp_path)
    vectors = extract(network(), pixels())
    assert [row.layer for row in rows] == list(vectors)
    for row, of_layer in zip(rows, vectors.values(), strict=True):
        values = of_layer.values.astype(float)
        if protocol == "unit":
            values /= np.linalg.norm(values, axis=1, keepdims=True)
        clusters = AgglomerativeClustering(3, linkage="ward").fit_predict(values)
        assert row.mi_nsb_bits == pytest.approx(mutual_information(labels(), clusters), abs=1e-9)
        votes = KNeighborsClassifier(1, metric="euclidean")
        left_out = cross_val_score(votes, values, labels(), cv=LeaveOneOut()).mean()
        assert row.knn_accuracy == pytest.approx(left_out)
    assert list(tmp_path.iterdir()) == []


def test_one_class_is_refused_before_anything_is_computed(tmp_path: Path):
    with pytest.raises(TexalignError, match="all 30 images are of one class"):
        score_network(network(), LabelledImages.of(pixels(), ["x"] * 30), question(), tmp_path)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with images in class folders and a user's module."""
    monkeypatch.chdir(tmp_path)
    for number, (image, name) in enumerate(zip(pixels(), labels(), strict=True)):
        (tmp_path / "images" / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(tmp_path / "images" / name / f"{number:02}.png")
    (tmp_path / "own_network.py").write_text(MODULE)
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["texalign", *arguments])
    command.main()


SCORE = ("score", "python:own_network:build", "--weights", "random", "--images", "images", "--image-size", "24")


def test_score_prints_what_it_saves(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    run(monkeypatch, *SCORE, "--layers", "0", "2", "--resamplings", "20", "--output", "out/scores.tsv")
    printed = capsys.readouterr().out
    with (folder / "out/scores.tsv").open() as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    assert [row["module"] for row in rows] == ["0", "2"]
    for row in rows:
        (line,) = (line for line in printed.splitlines() if line.startswith(row["layer"]))
        assert f"{float(row['mi_nsb_bits']):.3f}" in line
        assert f"{float(row['ci_low_bits']):.3f} … {float(row['ci_high_bits']):.3f}" in line
        assert f"{float(row['linear_accuracy']):.3f}" in line
    best = max(rows, key=lambda row: float(row["mi_nsb_bits"]))
    assert f"Most about the classes: {best['layer']} ({best['module']})" in printed
    assert "All columns: out/scores.tsv" in printed


def test_what_is_wrong_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, *SCORE, "--layers", "9")
    assert ended.value.code == 1
    assert "error: the network has no module '9'" in capsys.readouterr().err


def test_tables_are_aligned(capsys: pytest.CaptureFixture[str]):
    print_table([{"name": "a", "number": 1.5, "note": None}, {"name": "long", "number": 12, "note": "x"}])
    assert capsys.readouterr().out == "name  number  note\na        1.5\nlong      12  x\n"
    print_table([])
    assert capsys.readouterr().out == ""


def test_asking_for_help_imports_nothing_heavy():
    code = "from texalign.command_line.main import parser; parser(); import sys; print(*sys.modules)"
    environment = {"PYTHONPATH": str(PROJECT / "workflow/scripts")}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert {"numpy", "torch", "scipy", "h5py"} & {name.split(".")[0] for name in ran.stdout.split()} == set()


def test_layers_are_listed_and_five_suggested(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    run(monkeypatch, "layers", "alexnet")
    printed = capsys.readouterr().out
    starred = [line.split() for line in printed.splitlines() if line.startswith("*  ")]
    convolutions = [f"features.{position}" for position in (0, 3, 6, 8, 10)]
    assert [cells[1] for cells in starred] == convolutions
    assert starred[0][2:] == ["Conv2d", "64", "x", "55", "x", "55", "channels_first", "1", "0.20", "relu"]
    assert f"layers: [{', '.join(convolutions)}]" in printed
    assert "9 more modules cannot be tapped after_relu" in printed


def test_layers_save_their_table(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    run(monkeypatch, "layers", SCORE[1], "--image-size", "24", "--count", "1", "--all", "--output", "l.tsv")
    with (folder / "l.tsv").open() as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    assert [row["module"] for row in rows] == ["0", "1", "2", "3"]
    assert [row["tappable"] for row in rows if row["type"] == "Conv2d"] == ["True", "True"]
    assert [row["module"] for row in rows if row["suggested"] == "True"] == ["2"]
    assert "already after a nonlinearity" in capsys.readouterr().out
