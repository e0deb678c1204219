"""A study without labels: people's judgements choose layers, meet Brain-Scores, and compare representations."""

import csv

import numpy as np
import pytest
import yaml
from PIL import Image
from scipy.stats import pearsonr, spearmanr

from support import PROJECT
from texalign.artifacts import matrices, tables
from workflow_project import TOY_NETWORK, Checkout, copy_project

N = 12
CRITERION = "said.all.spearman"
SCORED = {"first": "alexnet", "second": "densenet-121", "third": "densenet-169"}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkout, np.ndarray]:
    checkout = copy_project(tmp_path_factory.mktemp("unlabelled") / "project")
    images = checkout.folder / "pictures/all"
    images.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(N):
        grain = rng.integers(0, 256, (16, 2 + 2 * number, 3), np.uint8)
        Image.fromarray(grain).resize((64, 64), Image.Resampling.NEAREST).save(images / f"{number:02}.png")
    judged = np.abs(np.subtract.outer(np.arange(N), np.arange(N))) + rng.random((N, N)) * 4
    judged = np.triu(judged, 1) + np.triu(judged, 1).T
    names = [f"{number:02}.png" for number in range(N)]
    with (checkout.folder / "judged.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([["", *names], *([name, *row] for name, row in zip(names, judged, strict=True))])
    networks = {
        model: TOY_NETWORK | {"weights": {"random": seed}, "brainscore_id": name, "brainscore_match": "untrained"}
        for seed, (model, name) in enumerate(SCORED.items())
    }
    config = {
        "study": "unlabelled",
        "images": {"source": "folder", "folder": "pictures", "size": 64, "labels": False},
        "representations": ["gram", "mean"],
        "protocols": ["unit"],
        "networks": networks,
        "criterion": CRITERION,
        "human": {"evidence": {"said": {"kind": "rdm", "file": "judged.csv"}}},
        "inference": {"permutations": 19, "bootstraps": 40},
    }
    checkout.snakemake("--cores", "2", config=config)
    return checkout, judged


def test_layers_are_chosen_by_agreement_with_people(study: tuple[Checkout, np.ndarray]):
    checkout, judged = study
    results = checkout.folder / "results/unlabelled"
    above = np.triu_indices(N, 1)
    best = tables.read_tsv(results / "tables/best_mi.tsv")
    assert len(best) == 2 * len(SCORED)
    for row in best:
        found = [
            spearmanr(
                matrices.read_rdm(results / f"rdm/{row['representation']}/{row['model']}/{layer}.h5", "cosine"),
                judged[above],
            ).statistic
            for layer in ("L1", "L2")
        ]
        assert row["layer"] == f"L{1 + int(np.argmax(found))}"
        # Levels of dissimilarities are finer than this.
        assert float(row["value"]) == pytest.approx(max(found), abs=0.01)
        assert (row["criterion"], row["mi_nsb_bits"], row["mi_of_ceiling"]) == (CRITERION, "", "")


def test_their_agreement_is_correlated_with_brain_scores(study: tuple[Checkout, np.ndarray]):
    checkout, _ = study
    results = checkout.folder / "results/unlabelled"
    with (PROJECT / "resources/brainscore.csv").open(newline="") as stream:
        scores = {row["model"]: float(row["V1"]) for row in csv.DictReader(line for line in stream if line[0] != "#")}
    best = tables.rows_of(results / "tables/best_mi.tsv", representation="gram")
    expected = pearsonr([scores[SCORED[row["model"]]] for row in best], [float(row["value"]) for row in best])
    (row,) = tables.rows_of(results / "tables/brainscore_correlations.tsv", representation="gram", benchmark="V1")
    assert float(row["pearson_r"]) == pytest.approx(expected.statistic)
    assert (results / "figures/brainscore/gram/unit.png").is_file()


def test_representations_are_compared_by_agreement(study: tuple[Checkout, np.ndarray]):
    checkout, _ = study
    results = checkout.folder / "results/unlabelled"
    rows = tables.read_tsv(results / "tables/representations.tsv")
    assert {row["measure"] for row in rows} == {CRITERION}
    # Two representations; three networks and their mean; two layers and their mean.
    assert len(rows) == 2 * 4 * 3
    estimates = {
        (row["representation"], row["model"], row["layer"]): float(row[CRITERION])
        for row in tables.read_tsv(results / "tables/agreement_by_layer.tsv")
    }
    (row,) = (row for row in rows if (row["representation"], row["model"], row["layer"]) == ("mean", "first", "L2"))
    assert float(row["difference"]) == pytest.approx(
        estimates["mean", "first", "L2"] - estimates["gram", "first", "L2"]
    )
    assert float(row["low"]) < float(row["difference"]) < float(row["high"])
    assert (results / f"figures/representations/unit/{CRITERION}.png").is_file()
    made = {path.name for path in (results / "tables").iterdir() if path.suffix == ".tsv"}
    assert not made & {"mi.tsv", "mi_inference.tsv", "probes.tsv"}


def test_nothing_is_left_to_make_or_found_missing(study: tuple[Checkout, np.ndarray]):
    checkout, _ = study
    config = yaml.safe_load((checkout.folder / "study.yaml").read_text())
    assert "Nothing to be done" in checkout.snakemake("--dry-run", config=config)
    checkout.snakemake("verify", "--cores", "1", config=config)
