"""People's judgements of real images against real networks, by the workflow, beside figures measured without it."""

import csv

import numpy as np
import pytest
from scipy.spatial.distance import squareform

from support import DATA, PAPER_CONFIG, needs_data
from texalign.artifacts import matrices, tables

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


# ------------------------------------------------------------------------------------------ choices, without labels

# Layers of each network, and of the last the share of untied trials that MobileNetV2's features were measured to decide
# as the majority did, without the workflow (README of the data).
NETWORKS = {
    "alexnet": ("alexnet_conv.pth", ["features.0", "features.3", "features.6", "features.8", "features.10"]),
    "squeezenet1_1": ("squeezenet1_1.pth", ["features.0", "features.3", "features.5", "features.8", "features.12"]),
    "mobilenet_v2": ("mobilenet_v2_features.pth", ["features.3", "features.6", "features.13", "features.17"]),
}
MEASURED = 0.80


@pytest.fixture(scope="module")
def materials(tmp_path_factory: pytest.TempPathFactory):
    from workflow_project import copy_project

    networks = {
        name: {"source": "torchvision", "name": name, "weights": {"file": str(DATA / "weights" / file)}, "layers": taps}
        for name, (file, taps) in NETWORKS.items()
    }
    networks["mobilenet_v2"]["activation"] = "before_relu"
    config = {
        "study": "materials",
        "images": {"source": "folder", "folder": str(DATA / "human/materials"), "labels": False},
        "protocols": ["unit"],
        "networks": networks,
        "human": {
            "evidence": {"judged": {"kind": "triplets", "file": str(DATA / "human/materials/triplets.tsv")}},
        },
        "inference": {"permutations": 99, "bootstraps": 99},
    }
    checkout = copy_project(tmp_path_factory.mktemp("materials") / "project")
    checkout.snakemake("--cores", "2", config=config)
    return checkout.folder / "results/materials"


@pytest.mark.thorough
def test_a_study_of_judged_materials_needs_no_labels(materials):
    """All that the study has is made, by the plain command; and no mutual information."""
    made = {path.name for path in (materials / "tables").iterdir()}
    assert {"agreement.tsv", "agreement_by_layer.tsv"} <= made
    assert not [name for name in made if name.startswith(("mi", "best_mi", "brainscore"))]
    states = [row["state"] for row in tables.read_tsv(materials / "human/judged.coverage.tsv")]
    assert (len(states), set(states)) == (100, {"matched"})


@pytest.mark.thorough
def test_accuracy_on_triplets_is_that_of_a_plain_count(materials):
    """Of every layer of every network, from its RDM and the table of judgements as it is."""
    with (DATA / "human/materials/triplets.tsv").open(newline="") as stream:
        trials = list(csv.DictReader(stream, delimiter="\t"))
    images = [row["path"].split("/")[-1] for row in tables.read_tsv(materials / "images/index.tsv")]
    place = {name: number for number, name in enumerate(images)}
    rows = [row for row in tables.read_tsv(materials / "tables/agreement.tsv") if row["measure"] == "majority"]
    assert len(rows) == sum(len(taps) for _, taps in NETWORKS.values())
    for row in rows:
        square = matrices.read_rdm(materials / f"rdm/gram/{row['model']}/{row['layer']}.h5", "cosine")
        square = squareform(square)
        right = []
        for trial in trials:
            reference, closer, other = (place[trial[name]] for name in ("reference", "closer", "other"))
            votes = int(trial["votes_closer"]) - int(trial["votes_other"])
            if votes:
                right.append((square[reference, closer] < square[reference, other]) == (votes > 0))
        assert float(row["estimate"]) == pytest.approx(np.mean(right), abs=1e-4)
        assert int(row["n_units"]) == len(right) == 21406
        assert float(row["estimate"]) < float(row["ceiling_low"]) < float(row["ceiling_high"]) < 1
    best = max(float(row["estimate"]) for row in rows if row["model"] == "mobilenet_v2")
    assert best == pytest.approx(MEASURED, abs=0.01)
