"""The real workflow on real images, against results computed independently of this project."""

import json

import numpy as np
import pytest

from support import DATA, PAPER_CONFIG, needs_data
from texalign.artifacts import hdf5, matrices, tables
from texalign.representations import triangles

pytestmark = needs_data

BOUNDS = {"unit": 0.02, "raw": 0.05, "rdm_rows": 0.05}
# What the reference calls the protocols.
OLD_NAMES = {"unit": "unit_gram", "raw": "gram", "rdm_rows": "rdm_rows"}


@pytest.fixture(scope="module")
def reference() -> dict:
    return json.loads((DATA / "reference/alexnet_dtd10.json").read_text())


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory):
    """The study of AlexNet on 400 images of DTD, run by Snakemake up to the tables."""
    from workflow_project import copy_project

    config = {
        "study": "dtd10",
        "images": {"source": "folder", "folder": str(DATA / "dtd10")},
        "networks": {
            "alexnet": PAPER_CONFIG["networks"]["alexnet"]
            | {"weights": {"file": str(DATA / "weights/alexnet_conv.pth")}}
        },
    }
    checkout = copy_project(tmp_path_factory.mktemp("reference") / "project")
    checkout.snakemake("--cores", "2", "best_mi", "inference", config=config)
    return checkout.folder / "results/dtd10"


def test_images_come_in_the_references_order(results, reference):
    rows = tables.read_tsv(results / "images/index.tsv")
    assert len(rows) == reference["n_images"] == 400
    assert rows[0]["path"] == reference["layers"]["L1"]["first_image"]
    assert sum(row["mode"] == "L" for row in rows) == 6


@pytest.mark.parametrize("layer", ["L1", "L2", "L3", "L4", "L5"])
def test_gram_fingerprints_and_distances(results, reference, layer: str):
    expected = reference["layers"][layer]
    with hdf5.open_h5(results / "gram/alexnet.h5") as file:
        vectors = matrices.vector_dataset(file, layer, expected["module"])
        assert vectors.attrs["channels"] == expected["channels"]
        first = triangles.unpack_triangle(vectors[0], expected["channels"])
    euclidean, cosine = (
        matrices.read_rdm(results / f"rdm/gram/alexnet/{layer}.h5", name) for name in ("euclidean", "cosine")
    )
    found = {
        "gram_00_first_image": first[0, 0],
        "gram_01_first_image": first[0, 1],
        "gram_frobenius_first_image": np.linalg.norm(first.astype(np.float64)),
        "euclidean_first_two_images": euclidean[0],
        "cosine_distance_first_two_images": cosine[0],
    }
    for name, value in found.items():
        assert value == pytest.approx(expected[name], rel=1e-4), name


@pytest.mark.parametrize("protocol", list(BOUNDS))
@pytest.mark.parametrize("layer", ["L1", "L2", "L3", "L4", "L5"])
def test_mutual_information(results, reference, protocol: str, layer: str):
    (row,) = (
        row
        for row in tables.read_tsv(results / "tables/mi.tsv")
        if (row["protocol"], row["model"], row["layer"]) == (protocol, "alexnet", layer)
    )
    expected = reference["layers"][layer]["protocols"][OLD_NAMES[protocol]]
    assert float(row["mi_nsb_bits"]) == pytest.approx(expected["mi_nsb_bits"], abs=BOUNDS[protocol])
    assert float(row["class_entropy_bits"]) == pytest.approx(np.log2(10), abs=0.01)
    sizes = np.array(expected["cluster_sizes_sorted"]) / 400
    assert float(row["cluster_entropy_bits"]) == pytest.approx(-sizes @ np.log2(sizes), abs=0.1)
    ceiling = min(float(row["class_entropy_bits"]), float(row["cluster_entropy_bits"]))
    assert float(row["mi_of_ceiling"]) == pytest.approx(float(row["mi_nsb_bits"]) / ceiling)
    # Agreement without NSB, so that a difference can be told from one of the clusters.
    for measure in ("ami", "nmi", "ari"):
        assert float(row[measure]) == pytest.approx(expected[measure], abs=0.02)


def rows_of(results, table: str, protocol: str) -> dict[str, dict[str, str]]:
    return {
        row["layer"]: row for row in tables.read_tsv(results / f"tables/{table}.tsv") if row["protocol"] == protocol
    }


@pytest.mark.parametrize("layer", ["L1", "L2", "L3", "L4", "L5"])
def test_information_is_above_the_permutation_null(results, reference, layer: str):
    row = rows_of(results, "mi_inference", "unit")[layer]
    assert abs(float(row["null_mean_bits"])) < 0.05
    assert float(row["null_p"]) < 0.01
    low, bits, high = (float(row[column]) for column in ("ci_low_bits", "mi_nsb_bits", "ci_high_bits"))
    assert float(row["null_mean_bits"]) + 4 * float(row["null_sd_bits"]) < low < bits < high
    expected = reference["layers"][layer]["protocols"]["unit_gram"]["mi_nsb_bits"]
    assert low < expected < high


def test_neighbours_and_a_linear_classifier_tell_the_classes(results):
    layers = rows_of(results, "probes", "unit")
    assert float(layers["L5"]["knn_accuracy"]) > 0.6
    assert float(layers["L5"]["linear_accuracy"]) > 0.6
    # What is near is of one class the more often the deeper the layer.
    assert [float(layers[f"L{i}"]["class_model_auc"]) for i in range(1, 6)] == sorted(
        float(row["class_model_auc"]) for row in layers.values()
    )


def test_classes_recovered_are_those_that_look_alike(results):
    recovered = {
        row["class"]: row
        for row in tables.read_tsv(results / "tables/class_recovery.tsv")
        if (row["protocol"], row["layer"]) == ("unit", "L5")
    }
    assert len(recovered) == 10
    assert float(recovered["chequered"]["f1"]) > 0.7
    assert float(recovered["chequered"]["f1_p"]) < 0.01
    assert float(recovered["chequered"]["f1"]) > float(recovered["blotchy"]["f1"])
