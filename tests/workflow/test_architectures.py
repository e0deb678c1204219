"""All 12 networks of the paper with random weights on toy images: the whole way to the correlation table."""

import math
from pathlib import Path

import pytest

from support import PAPER_CHANNELS, PAPER_CONFIG
from texalign.artifacts import hdf5, matrices, tables
from workflow_project import copy_project

pytestmark = pytest.mark.slow

CONFIG = {
    "study": "architectures",
    "images": {"source": "procedural", "classes": ["grid", "dotted", "woven"], "images_per_class": 3, "seed": 0},
    "protocols": ["unit"],
    # What is asserted here does not depend on how often images are drawn.
    "inference": {"permutations": 19, "bootstraps": 20, "splits": 0},
    "networks": {
        model: network | {"weights": {"random": seed}, "brainscore_match": "untrained"}
        for seed, (model, network) in enumerate(PAPER_CONFIG["networks"].items())
    },
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    checkout = copy_project(tmp_path_factory.mktemp("architectures") / "project")
    checkout.snakemake("--cores", "2", "brainscore", config=CONFIG)
    return checkout.folder / "results/architectures"


@pytest.mark.parametrize("model", list(PAPER_CHANNELS))
def test_tapped_channels_are_the_designs(results: Path, model: str):
    with hdf5.open_h5(results / f"gram/{model}.h5") as file:
        layers = [matrices.vector_dataset(file, f"L{position}") for position in range(1, 6)]
        assert [layer.attrs["channels"] for layer in layers] == PAPER_CHANNELS[model]
        assert [layer.attrs["module"] for layer in layers] == PAPER_CONFIG["networks"][model]["layers"]
        assert all(layer.shape == (9, c * (c + 1) // 2) for layer, c in zip(layers, PAPER_CHANNELS[model], strict=True))
        # Products of maps after ReLU cannot be negative.
        assert all(layer[:].min() >= 0 for layer in layers)


def test_best_layers_and_scores_are_joined_by_id(results: Path):
    scores = tables.read_tsv(results / "tables/brainscore_scores.tsv")
    assert len(scores) == 12 * 7
    by_network = {(row["model"], row["benchmark"]): float(row["score"]) for row in scores}
    # The published script, which pairs by position, swaps these.
    assert by_network["resnet18", "IT"] == 0.263
    assert by_network["resnet101", "IT"] == 0.066
    assert by_network["resnet34", "V1"] == 0.077
    assert by_network["resnet152", "V1"] == 0.021


def test_correlations_are_of_twelve_networks(results: Path):
    rows = tables.read_tsv(results / "tables/brainscore_correlations.tsv")
    assert [row["benchmark"] for row in rows] == PAPER_CONFIG["brainscore"]["benchmarks"]
    assert all(row["n_models"] == "12" for row in rows)
    assert all(-1 <= float(row["pearson_r"]) <= 1 and 0 <= float(row["pearson_p"]) <= 1 for row in rows)


def test_mutual_information_is_within_its_bounds(results: Path):
    rows = tables.read_tsv(results / "tables/mi.tsv")
    assert len(rows) == 60
    assert all(row["n_clusters"] == row["n_classes"] == "3" for row in rows)
    assert all(float(row["mi_nsb_bits"]) <= math.log2(3) for row in rows)
