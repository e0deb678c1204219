"""The programs of inference: what their tables hold, what they refuse, and that a refusal leaves no file."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from support import PROJECT
from texalign.artifacts import matrices, tables
from texalign.clusters import ward
from texalign.clusters.protocols import registry
from texalign.images.index import ImageIndex, ImageRecord, write_index
from texalign.information import probes, uncertainty
from texalign.information.contingency import LabelledClusters
from texalign.information.intervals import clusters_interval
from texalign.information.mutual_information import mutual_information_nsb

LAYERS = {"L1": "conv1", "L2": "conv2"}
RESAMPLING = ["--seed", "3", "--permutations", "99", "--bootstraps", "50", "--confidence", "0.9"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """RDMs and clusters of two layers and an image index: three classes of 8 images, told apart better by L2."""
    monkeypatch.chdir(tmp_path)
    records = [
        ImageRecord(f"{name}/{i}.png", name, code, f"{code}{i}", 8, 8, "RGB")
        for code, name in enumerate("abc")
        for i in range(8)
    ]
    index = ImageIndex(tuple(records))
    write_index("index.tsv", index)
    rng = np.random.default_rng(0)
    for distance, (layer, module) in enumerate(LAYERS.items(), start=1):
        vectors = rng.normal(size=(24, 5)) + distance * np.eye(5)[index.class_indices] + 3
        euclidean, cosine = pdist(vectors), pdist(vectors, "cosine")
        attributes = {
            "representation": "gram",
            "layer": layer,
            "module": module,
            "channels": 5,
            "images_sha256": index.sha256,
        }
        matrices.write_rdm(f"rdm-{layer}.h5", {"euclidean": euclidean, "cosine": cosine}, attributes)
        linkage = ward.ward_linkage(registry.get("raw").distances(euclidean))
        attributes["protocol"] = "raw"
        matrices.write_clusters(f"clusters-{layer}.h5", linkage, ward.cut_all(linkage, 3), attributes)
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, program: str, *arguments: str) -> None:
    path = str(PROJECT / f"workflow/scripts/{program}.py")
    monkeypatch.setattr(sys, "argv", [path, *arguments])
    runpy.run_path(path, run_name="__main__")


def infer(monkeypatch: pytest.MonkeyPatch, *resampling: str) -> None:
    outputs = ["--output", "mi.tsv", "--output-recovery", "classes.tsv", "--output-deviations", "deviations.tsv"]
    clusters = ["--clusters", "clusters-L1.h5", "clusters-L2.h5"]
    run(monkeypatch, "infer_information", *clusters, "--index", "index.tsv", "--model", "net", *resampling, *outputs)


def probe(monkeypatch: pytest.MonkeyPatch, protocols: list[str], neighbours: str = "3") -> None:
    outputs = ["--output", "probes.tsv", "--output-classes", "class_probes.tsv"]
    options = ["--model", "net", "--protocols", *protocols, "--neighbours", neighbours, "--seed", "5"]
    run(monkeypatch, "probe_rdm", "--rdm", "rdm-L1.h5", "rdm-L2.h5", "--index", "index.tsv", *options, *outputs)


def test_information_is_inferred_for_each_layer(folder: Path, monkeypatch: pytest.MonkeyPatch):
    infer(monkeypatch, *RESAMPLING)
    rows = tables.read_tsv("mi.tsv")
    assert [(row["protocol"], row["model"], row["layer"], row["module"]) for row in rows] == [
        ("raw", "net", "L1", "conv1"),
        ("raw", "net", "L2", "conv2"),
    ]
    classes = np.repeat([0, 1, 2], 8)
    deviations = tables.read_tsv("deviations.tsv")
    assert [row["draw"] for row in deviations] == [str(number) for number in range(1, 51)]
    recovered = tables.read_tsv("classes.tsv")
    assert [(row["layer"], row["class"]) for row in recovered] == [(layer, name) for layer in LAYERS for name in "abc"]
    for row in rows:
        labels = LabelledClusters.of(classes, matrices.read_cluster_labels(f"clusters-{row['layer']}.h5")[2])
        estimate = mutual_information_nsb(labels.table())
        assert float(row["mi_nsb_bits"]) == estimate.bits
        assert float(row["joint_entropy_bits"]) == pytest.approx(estimate.joint.nats / np.log(2))
        assert float(row["joint_entropy_sd_bits"]) == pytest.approx(estimate.joint.std_nats / np.log(2))
        null = uncertainty.permutation_null(labels, labels.permuted_tables(99, seed=3))
        assert (float(row["null_mean_bits"]), float(row["null_p"])) == (null.mean_bits, null.p)
        own = np.array([float(draw[row["layer"]]) for draw in deviations])
        expected = clusters_interval(labels.table(), estimate.bits, 0.9, seed=3)
        assert [float(row["ci_low_bits"]), float(row["ci_high_bits"])] == [expected.low_bits, expected.high_bits]
        assert float(row["bootstrap_sd_bits"]) == pytest.approx(own.std(ddof=1))
        best = [float(its["f1"]) for its in recovered if its["layer"] == row["layer"]]
        table = labels.table()
        f1 = 2 * table / (table.sum(axis=1, keepdims=True) + table.sum(axis=0))
        assert best == pytest.approx(f1.max(axis=1))


def test_probes_are_run_for_each_protocol_and_layer(folder: Path, monkeypatch: pytest.MonkeyPatch):
    probe(monkeypatch, ["raw", "unit"])
    rows = tables.read_tsv("probes.tsv")
    by_class = tables.read_tsv("class_probes.tsv")
    assert [(row["protocol"], row["layer"]) for row in rows] == [
        (protocol, layer) for protocol in ("raw", "unit") for layer in LAYERS
    ]
    assert float(rows[1]["linear_accuracy"]) > float(rows[0]["linear_accuracy"]) > 1 / 3
    for row in rows:
        protocol = registry.get(row["protocol"])
        distances = protocol.distances(matrices.read_rdm(f"rdm-{row['layer']}.h5", protocol.dissimilarity))
        expected = probes.probe_distances(distances, np.repeat([0, 1, 2], 8), 3, seed=5)
        assert float(row["class_model_spearman"]) == expected.class_model.spearman
        assert float(row["linear_ridge"]) == expected.linear.ridge
        assert [float(row[f"{probe}_chance"]) for probe in ("knn", "linear")] == [
            expected.knn_chance,
            expected.linear_chance,
        ]
        own = [its for its in by_class if (its["protocol"], its["layer"]) == (row["protocol"], row["layer"])]
        assert [its["class"] for its in own] == ["a", "b", "c"]
        for whole, part in (("knn_accuracy", "knn_recall"), ("linear_accuracy", "linear_recall")):
            # Classes are of equal size.
            assert float(row[whole]) == pytest.approx(np.mean([float(its[part]) for its in own]))
        assert float(row["silhouette"]) == pytest.approx(np.mean([float(its["silhouette"]) for its in own]))


def test_tables_hold_the_rows_of_all_networks(folder: Path, monkeypatch: pytest.MonkeyPatch):
    infer(monkeypatch, *RESAMPLING)
    probe(monkeypatch, ["raw"])
    parts = {"information": "mi", "recovery": "classes", "probes": "probes", "class-probes": "class_probes"}
    arguments = []
    for name, file in parts.items():
        arguments += [f"--{name}", f"{file}.tsv", f"{file}.tsv", f"--output-{name}", f"all/{file}.tsv"]
    run(monkeypatch, "tabulate_inference", *arguments)
    for file in parts.values():
        rows = tables.read_tsv(f"all/{file}.tsv")
        # Twice the same layers: all have the same q-value as p-value, which is that of the table of one network.
        q = [row.pop("null_q", None) for row in rows]
        assert q[0] == (rows[0]["null_p"] if file == "mi" else None)
        own = tables.read_tsv(f"{file}.tsv")
        assert {row.pop("null_q", None) for row in own} == ({""} if file == "mi" else {None})
        assert rows == 2 * own


def test_tables_of_other_columns_are_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    tables.write_tsv("a.tsv", ["x"], [{"x": 1}])
    tables.write_tsv("b.tsv", ["y"], [{"y": 1}])
    arguments = ["--information", "a.tsv", "b.tsv", "--output-information", "out.tsv"]
    for name in ("recovery", "probes", "class-probes"):
        arguments += [f"--{name}", "a.tsv", f"--output-{name}", f"{name}.tsv"]
    with pytest.raises(SystemExit):
        run(monkeypatch, "tabulate_inference", *arguments)
    assert "a.tsv: has the columns x; expected representation, " in capsys.readouterr().err
    assert not Path("out.tsv").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda path: path.write_text(path.read_text().replace("\ta\t0\t", "\tb\t1\t", 1)), "from other images"),
        (lambda path: path.write_text(path.read_text().replace("class_index", "index")), "expected path, class"),
    ],
)
def test_artifacts_of_other_images_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, change, message: str
):
    change(folder / "index.tsv")
    with pytest.raises(SystemExit):
        infer(monkeypatch, *RESAMPLING)
    with pytest.raises(SystemExit):
        probe(monkeypatch, ["raw"])
    assert capsys.readouterr().err.count(message) == 2
    assert not any((folder / name).exists() for name in ("mi.tsv", "classes.tsv", "deviations.tsv", "probes.tsv"))


def test_settings_that_make_no_sense_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    with pytest.raises(SystemExit):
        infer(monkeypatch, "--seed", "0", "--permutations", "0", "--bootstraps", "9", "--confidence", "0.9")
    assert "0 permutations and 9 bootstraps" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        probe(monkeypatch, ["raw"], neighbours="24")
    assert "24 neighbours among 24 images; give 1 to 23" in capsys.readouterr().err
