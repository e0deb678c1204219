"""People's free descriptions of real images against AlexNet, by the workflow, beside figures measured without it."""

import pytest

from support import DATA, PAPER_CONFIG, needs_data
from texalign.artifacts import tables

pytestmark = needs_data

# Spearman's rho, L1 to L5, computed independently (README of the data).
ALL = (0.121, 0.118, 0.122, 0.154, 0.188)
WITHIN = (0.151, 0.192, 0.180, 0.232, 0.299)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory):
    from workflow_project import copy_project

    config = {
        "study": "people",
        "images": {"source": "folder", "folder": str(DATA / "dtd10")},
        "protocols": ["unit"],
        "networks": {
            "alexnet": PAPER_CONFIG["networks"]["alexnet"]
            | {"weights": {"file": str(DATA / "weights/alexnet_conv.pth")}}
        },
        "human": {
            "evidence": {
                "classes": {"kind": "labels"},
                "descriptions": {"kind": "descriptions", "file": str(DATA / "human/dtd2_descriptions.json")},
            }
        },
        "inference": {"permutations": 99, "bootstraps": 50},
    }
    checkout = copy_project(tmp_path_factory.mktemp("people") / "project")
    checkout.snakemake("human", "--cores", "2", config=config)
    return checkout.folder / "results/people"


@pytest.mark.parametrize(("scope", "expected"), [("all", ALL), ("within_classes", WITHIN)])
def test_agreement_with_descriptions(results, scope: str, expected: tuple[float, ...]):
    rows = [
        row
        for row in tables.read_tsv(results / "tables/agreement.tsv")
        if (row["evidence"], row["scope"], row["measure"]) == ("descriptions", scope, "spearman")
    ]
    assert [float(row["estimate"]) for row in rows] == pytest.approx(expected, abs=0.01)
    halves = {"all": 0.265, "within_classes": 0.150}[scope]
    assert all(float(row["split_half"]) == pytest.approx(halves, abs=0.01) for row in rows)
    assert all(float(row["estimate"]) < float(row["ceiling_high"]) for row in rows)
    assert {row["n_images"] for row in rows} == {"396"}


def test_the_class_model_on_the_map(results):
    (row,) = (
        row
        for row in tables.read_tsv(results / "tables/rdm_map/gram.tsv")
        if (row["measure"], row["first"], row["second"]) == ("spearman", "classes", "people/descriptions")
    )
    assert float(row["value"]) == pytest.approx(0.439, abs=0.01)


def test_images_without_descriptions_are_listed(results):
    states = [row["state"] for row in tables.read_tsv(results / "human/descriptions.coverage.tsv")]
    assert (states.count("matched"), states.count("no judgement"), states.count("no image")) == (396, 4, 0)
