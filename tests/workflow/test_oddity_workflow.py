"""The oddity task of a study, from its syntheses to the scores of two robots in a real browser, by the workflow."""

import copy
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from browser import Session, needs_browser, opened
from texalign.artifacts.tables import read_tsv
from workflow_project import TOY_NETWORK, Checkout, copy_project

pytestmark = [needs_browser, pytest.mark.thorough]

SIZE, CROP, REPETITIONS = 64, 24, 24
CONFIG = {
    "study": "toy",
    "images": {"source": "procedural", "classes": ["grid", "dotted"], "images_per_class": 2, "seed": 0, "size": SIZE},
    "networks": {"toy": TOY_NETWORK},
    "synthesis": {
        "exemplars": {name: {"class": name, "file": f"{name}_0001.png"} for name in ("grid", "dotted")},
        "weighting": "relative",
        "evaluations": 3,
    },
    "human": {"oddity": {"crop": CROP, "repetitions": REPETITIONS}},
}
N_TRIALS = 2 * REPETITIONS


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    yield from opened(tmp_path_factory.mktemp("downloads"))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, browser: Session) -> Checkout:
    """A study with the judgements of a robot that answers at random, and of one that sees all."""
    checkout = copy_project(tmp_path_factory.mktemp("oddity") / "project")
    checkout.snakemake("--cores", "2", "oddity", config=CONFIG)
    rng = np.random.default_rng(1)
    robots = {
        "random": lambda: str(rng.integers(1, 4)),
        "all-seeing": sees_all(checkout.folder / "results/toy", browser),
    }
    for name, choose in robots.items():
        browser.begin(checkout.folder / "results/toy/oddity/oddity.html", name)
        for _ in range(N_TRIALS):
            browser.press(choose())
        browser.wait(lambda: browser.shown("end"))
        shutil.copy(browser.save(), checkout.folder / f"{name}.tsv")
    return checkout


def sees_all(results: Path, browser: Session) -> Callable[[], str]:
    """It knows every piece of every exemplar, and so which of the three intervals is of another kind."""
    originals = {
        np.asarray(Image.open(results / f"exemplars/{name}.png").convert("RGB"))[y : y + CROP, x : x + CROP].tobytes()
        for name in ("grid", "dotted")
        for y in range(SIZE - CROP + 1)
        for x in range(SIZE - CROP + 1)
    }

    def choose() -> str:
        original = [picture.tobytes() in originals for picture in browser.pictures()]
        return str(original.index(sum(original) == 1) + 1)

    return choose


def test_robots_are_scored_by_the_workflow(judged: Checkout):
    config = copy.deepcopy(CONFIG)
    config["human"]["oddity"]["judgements"] = ["random.tsv", "all-seeing.tsv"]
    judged.snakemake("--cores", "2", "results/toy/tables/oddity.tsv", config=config)
    rows = {row["observer"]: row for row in read_tsv(judged.folder / "results/toy/tables/oddity.tsv")}
    assert {int(rows[name]["n_trials"]) for name in ("random", "all-seeing")} == {N_TRIALS}
    assert float(rows["random"]["low"]) < 1 / 3 < float(rows["random"]["high"])
    assert (float(rows["all-seeing"]["proportion"]), float(rows["all-seeing"]["high"])) == (1, 1)


def test_judgements_come_back_as_triplets(judged: Checkout):
    """Of a study whose images are the crops."""
    config = {
        "study": "crops",
        "images": {"source": "folder", "folder": "results/toy/oddity/images", "size": SIZE},
        "protocols": ["unit"],
        "networks": {"toy": TOY_NETWORK},
        "human": {"evidence": {"told": {"kind": "triplets", "file": "all-seeing.tsv"}}},
        "inference": {"permutations": 9, "bootstraps": 9},
    }
    judged.snakemake("--cores", "2", "results/crops/tables/agreement.tsv", config=config)
    rows = read_tsv(judged.folder / "results/crops/tables/agreement.tsv")
    assert {row["measure"] for row in rows} == {"majority", "votes", "soft"}
    assert {int(row["n_units"]) for row in rows if row["scope"] == "all"} == {N_TRIALS}
