"""What the config names and is not there, known before anything is computed, and said all at once."""

import copy
from pathlib import Path

import pytest

from planning.inputs import input_problems
from planning.study import Study
from support import PROJECT, complete

CONFIG = {
    "study": "s",
    "images": {"source": "procedural", "classes": ["grid", "dotted"], "images_per_class": 4, "seed": 0},
    "networks": {"one": {"source": "torchvision", "name": "alexnet", "weights": {"random": 0}, "layers": ["x"]}},
}


@pytest.fixture(autouse=True)
def own_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with two classes of images."""
    monkeypatch.chdir(tmp_path)
    for name in ("own/woven/a.png", "own/woven/b.png", "own/banded/c.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def problems(images: dict | None = None, **sections: object) -> list[str]:
    config = complete({**copy.deepcopy(CONFIG), **({"images": images} if images else {}), **sections})
    return input_problems(config, Study.from_config(config), lambda file: str(PROJECT / file))


def exemplars(**entries: dict) -> dict:
    return {"exemplars": {name: {"class": entry[0], "file": entry[1]} for name, entry in entries.items()}}


def test_what_is_there_is_no_problem(own_images: Path):
    assert problems() == []
    assert problems(synthesis=exemplars(a=("grid", "grid_0003.png"))) == []
    folder = {"source": "folder", "folder": "own"}
    assert problems(folder, synthesis=exemplars(a=("woven", "b.png"))) == []
    # Nobody knows before they are fetched.
    assert problems({"source": "dtd"}, synthesis=exemplars(a=("bandet", "x.jpg"))) == []


@pytest.mark.parametrize(
    ("images", "entry", "message"),
    [
        (None, ("gird", "grid_0000.png"), "the images have no class 'gird'; the nearest are: grid"),
        (
            None,
            ("grid", "grid_0004.png"),
            "the class 'grid' has no image 'grid_0004.png'; the nearest are: grid_0003.png",
        ),
        (
            {"source": "folder", "folder": "own"},
            ("wovn", "a.png"),
            "the images have no class 'wovn'; the nearest are: wo",
        ),
        (
            {"source": "folder", "folder": "own"},
            ("woven", "c.png"),
            "the class 'woven' has no image 'c.png'; the nearest are: b.png, a.png",
        ),
    ],
)
def test_missing_exemplars_are_named_with_what_is_near(images: dict | None, entry: tuple, message: str):
    (line,) = problems(images, synthesis=exemplars(a=entry))
    assert line.startswith("synthesis.exemplars.a.")
    assert message in line


def test_exemplars_of_fetched_images_are_known_once_these_are_there(own_images: Path):
    folder = own_images / "results/s/images/dtd/banded"
    folder.mkdir(parents=True)
    (folder / "banded_0002.jpg").touch()
    (line,) = problems({"source": "dtd"}, synthesis=exemplars(a=("banded", "banded_0020.jpg")))
    assert "the nearest are: banded_0002.jpg" in line


def test_all_that_is_wrong_is_said_at_once():
    synthesis = {
        "exemplars": {
            "a": {"class": "gird", "file": "x"},
            "b": {"class": "grid", "file": "x"},
            "c": {"file": "no.png"},
            "d": {"url": "https://example.org/x.png", "sha256": "0" * 64},
        },
        "networks": ["one", "two"],
        "layers": ["L2"],
        "start": "nowhere.png",
        "representations": ["gram", "mean"],
        "weighting": "paper",
    }
    networks = copy.deepcopy(CONFIG["networks"])
    networks["one"] |= {"brainscore_id": "vgg-16", "brainscore_match": "untrained"}
    found = problems(
        synthesis=synthesis,
        networks=networks,
        criterion="nobody.all.spearman",
        brainscore={"benchmarks": ["V1", "V9"]},
    )
    begins = [
        "synthesis.networks: two; the study has one",
        "synthesis: one has no layer L2; the config gives it L1",
        "synthesis.weighting: paper is for Gram matrices",
        "criterion nobody.all.spearman: human.evidence has no nobody",
        "synthesis.exemplars.a.class: ",
        "synthesis.exemplars.b.file: ",
        "synthesis.exemplars.c.file: no.png is not there",
        "synthesis.start: nowhere.png is not there",
    ]
    for line, begin in zip(found, begins, strict=False):
        assert line.startswith(begin)
    assert "has no column V9 (brainscore.benchmarks)" in found[8]
    assert "has no model 'vgg-16', the Brain-Score id of one; the nearest: vgg_16" in found[9]
    assert len(found) == 10
