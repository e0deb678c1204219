"""What benchmarks compare gives the same results at toy size, and what is computed from their figures is right."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.spatial.distance import squareform
from sklearn.metrics import adjusted_rand_score

import bench_extraction
import bench_information_statistics
import bench_rdm
import bench_scaling
import bench_startup
import bench_weighting
import bench_whole_network
import forecast
import harness
import published
import run
import tables
from support import PROJECT
from texalign.artifacts import hdf5, matrices
from texalign.artifacts.tap import numbered_taps
from texalign.clusters import ward
from texalign.clusters.protocols.rdm_rows import RDM_ROWS
from texalign.networks import preprocessing, sources
from texalign.networks.taps import TappedNetwork
from texalign.rdms import compute as rdm
from texalign.representations import extract
from texalign.representations.gram import Gram
from texalign.representations.triangles import unpack_triangle
from texalign.synthesis.loss import ImageMaps
from texalign.synthesis.pixels import to_tensor
from texalign.synthesis.synthesize import SynthesisSettings, synthesize

MODULES = ["features.0", "features.3"]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gram files of both procedures, for 20 images of noise in AlexNet's first layers."""
    folder = tmp_path_factory.mktemp("grams")
    pixels = np.random.default_rng(0).integers(0, 256, (20, 64, 64, 3), np.uint8)
    normalization = preprocessing.Normalization((0.5, 0.4, 0.4), (0.25, 0.2, 0.2))
    network = sources.Architecture("torchvision", "alexnet").build()
    images = normalization.apply(torch.from_numpy(pixels)).contiguous().numpy()
    published.extract_grams(network, MODULES, images, folder / "published.h5")
    taps = numbered_taps(MODULES)
    with hdf5.create_h5(folder / "ours.h5", {}) as file:
        writer = matrices.VectorWriter(file, len(pixels), taps, "gram")
        extract.extract(
            TappedNetwork(network, taps),
            [pixels[:12], pixels[12:]],
            normalization,
            [Gram()],
            lambda _gram, layer, shape, vectors: writer.append(layer, shape, vectors),
        )
        writer.close()
    return folder


@pytest.mark.parametrize("layer", [1, 2])
def test_gram_matrices_are_the_published_procedures(files: Path, layer: int):
    theirs = published.read_grams(files / "published.h5", layer)
    with hdf5.open_h5(files / "ours.h5") as file:
        ours = unpack_triangle(file[f"L{layer}"][:], theirs.shape[-1])
    norms = np.linalg.norm(theirs, axis=(1, 2), keepdims=True)
    assert np.abs(ours - theirs).max() / norms.min() < 1e-5


def test_distances_and_clusters_are_the_published_procedures(files: Path):
    theirs = published.distances(published.read_grams(files / "published.h5", 2))
    with hdf5.open_h5(files / "ours.h5") as file:
        rdms = rdm.vector_rdms(file, "L2", rdm.column_blocks(file["L2"]))
    np.testing.assert_allclose(squareform(rdms["euclidean"]), theirs, rtol=1e-3, atol=1e-3 * theirs.max())
    rows = RDM_ROWS.distances(rdms["euclidean"])
    labels = ward.cut_all(ward.ward_linkage(rows), 5)
    for k in (2, 3, 5):
        assert adjusted_rand_score(published.cluster(squareform(rdms["euclidean"]), k), labels[k - 1]) == 1


def test_bench_of_rdms_fails_where_distances_differ(tmp_path: Path):
    file = tmp_path / "gram.h5"
    bench_rdm.write_gram(file, 60, 4)
    bench_rdm.ours(file)
    bench_rdm.by_published_procedure(file, 60, 4)
    assert max(bench_rdm.differences(file, 60).values()) < 1e-5
    for suffix, name in ((".npy", "exact"), (".published.npy", "published")):
        distances = np.load(file.with_suffix(suffix))
        np.save(file.with_suffix(suffix), distances * 1.001)
        with pytest.raises(RuntimeError, match=f"difference_from_{name} is 1"):
            bench_rdm.differences(file, 60)
        np.save(file.with_suffix(suffix), distances)


def rates() -> forecast.Rates:
    """Round figures, as the benchmarks' tables hold them."""
    extraction = {
        model: {
            "ours_per_s": "56.4",
            "published_per_s": "5.64",
            "ours_bytes_an_image": "500000",
            "published_bytes_an_image": "1000000",
        }
        for model in harness.PAPER["networks"]
    }
    rdms = [
        {"channels": str(channels), "n_images": "5640", "seconds": str(seconds), "published_seconds": "1000"}
        for channels, seconds in ((64, 2), (512, 60))
    ]
    clusters = {
        "ours, rdm_rows, on all cores": {"n_images": "5640", "distances": "5", "tree": "1", "curve": "0.5"},
        "ours, gram, on all cores": {"n_images": "5640", "distances": "1", "tree": "1", "curve": "0.5"},
        "47 refits (3 timed)": {"n_images": "2820", "seconds": "900"},
    }
    programs = ("fetch_weights", "extract_representations", "compute_rdm", "cluster_images", "compute_information")
    return forecast.Rates(extraction, rdms, clusters, dict.fromkeys(programs, 2.0), decoded_per_s=564.0)


def test_forecast_adds_up_what_was_measured():
    seconds = forecast.network_seconds(rates(), "resnet18")
    assert seconds["fetch_weights"] == 2
    assert seconds["extract_gram"] == pytest.approx(100 + 2)
    # Layers of 64, 64, 128, 256 and 512 channels; between those measured by a line in the packed length.
    packed = {channels: channels * (channels + 1) // 2 for channels in (64, 128, 256, 512)}
    line = [2 + 58 * (packed[c] - packed[64]) / (packed[512] - packed[64]) for c in (64, 64, 128, 256, 512)]
    assert seconds["compute_rdm"] == pytest.approx(sum(line) + 5 * 2)
    assert seconds["cluster_images"] == pytest.approx(5 * (5 + 3 * 1) + 15 * 2)
    assert seconds["compute_information"] == pytest.approx(15 * (0.5 + 2))
    # Refits were timed for half the images.
    assert forecast.published_seconds(rates(), "resnet18")["cluster_images"] == pytest.approx(5 * 4 * 900)
    steps = {step.step: step for step in forecast.forecast(rates())}
    assert steps["decode_images"].ours_hours == pytest.approx(10 / 3600)
    assert steps["extract_gram"].ours_gb == pytest.approx(12 * 5640 * 5e5 / 1e9)
    parts = [step.ours_hours for name, step in steps.items() if name != "all"]
    assert steps["all"].ours_hours == pytest.approx(sum(parts))


def test_what_was_not_measured_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(harness, "RESULTS", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"run `python benchmarks/bench_extraction\.py` first"):
        forecast.Rates.measured()
    for name, program in harness.WRITERS.items():
        assert (PROJECT / "benchmarks" / f"{program}.py").exists()
        with pytest.raises(FileNotFoundError, match=f"run `python benchmarks/{program}.py` first"):
            harness.read(name)
    with pytest.raises(KeyError, match="alexnet was not measured"):
        forecast.Rates({}, [], {}, {}, 1.0).extraction_seconds("alexnet", "ours")


def test_exponents_are_slopes_of_logarithms():
    rows = [{"step": "Ward", "n_images": n, "seconds": 3e-6 * n**2} for n in (1000, 2000, 4000, 8000)]
    assert bench_scaling.exponent(rows, "Ward", "seconds") == pytest.approx(2)
    assert bench_scaling.exponent(rows, "RDM", "seconds") is None


def test_imports_within_conditions_are_left_out():
    source = "import argparse\ndef main():\n    from texalign import rdm\n    if gpus:\n        import torch\n"
    assert bench_startup.import_statements(source) == ["import argparse", "from texalign import rdm"]


def test_summary_says_what_was_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(harness, "RESULTS", tmp_path)
    monkeypatch.setattr(run, "RESULTS", tmp_path)
    (tmp_path / "rdm.tsv").write_text("share_of_sgemm\tpeak_mb\n0.7\t1600\n")
    share, memory, missing = (
        run.Aim("share", "rdm", run.cell("share_of_sgemm"), 0.6).row(),
        run.Aim("memory", "rdm", run.cell("peak_mb"), 1500, at_least=False).row(),
        run.Aim("files", "files", run.cell("times_gzip"), 10).row(),
    )
    assert (share["measured"], share["reached"]) == (0.7, "yes")
    assert (memory["measured"], memory["reached"]) == (1600.0, "no")
    assert missing["reached"] == "not measured"


def test_summary_leaves_out_what_an_earlier_run_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(harness, "RESULTS", tmp_path)
    monkeypatch.setattr(run, "RESULTS", tmp_path)
    (tmp_path / "rdm.tsv").write_text("share_of_sgemm\n0.7\n")
    os.utime(tmp_path / "rdm.tsv", (1000, 1000))
    aim = run.Aim("share", "rdm", run.cell("share_of_sgemm"), 0.6)
    assert aim.row(since=999)["reached"] == "yes"
    assert aim.row(since=1001)["reached"] == "not measured"


def test_tables_of_the_document_are_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(harness, "RESULTS", tmp_path)
    (tmp_path / "rdm.tsv").write_text(
        "channels\tseconds\tshare_of_sgemm\tpeak_mb\tpublished_seconds\ttimes_published\n512\t28.41\t1.527\t900.7\t1990\t7\n"
    )
    (tmp_path / "scaling.tsv").write_text(
        "step\tn_images\tseconds\tadded_mb\nRDM\t2000\t0.5\t132\nWard\t2000\t\t\n"
        "RDM, exponent\t\t1.8\t1.6\nWard, exponent\t\t\t\n"
    )
    text = "before\n<!-- table: rdm -->\nold\n<!-- end -->\nbetween\n<!-- table: scaling -->\n<!-- end -->\nafter\n"
    lines = tables.fill(text, tables.TABLES).splitlines()
    assert (lines[0], lines[-1]) == ("before", "after")
    assert "between" in lines
    assert "old" not in lines
    assert "| 512 | 28.4 | 1.53 | 901 | 1,990 | 7.00 |" in lines
    assert "| 2,000 | 0.50 | 132 | left out | left out |" in lines
    with pytest.raises(KeyError, match="unknown"):
        tables.fill("<!-- table: unknown -->\n<!-- end -->", tables.TABLES)
    documents = "".join(document.read_text() for document in tables.DOCUMENTS.values())
    marks = [name for name in tables.TABLES if f"<!-- table: {name} -->" in documents]
    assert marks == list(tables.TABLES)


def test_networks_measured_again_join_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(harness, "RESULTS", tmp_path)
    (tmp_path / "extraction.tsv").write_text(
        "network\tn_images\ttimes_published\tshare_of_limit\nalexnet\t8\t4\t0.5\n"
        "resnet18\t8\t9\t0.7\ngeometric mean\t\t6\t0.6\n"
    )
    again: harness.Facts = {"network": "resnet18", "n_images": 8, "times_published": 1.0, "share_of_limit": 2.0}
    rows = bench_extraction.with_means([again, *bench_extraction.measured_before(["resnet18"])])
    assert [row["network"] for row in rows] == ["alexnet", "resnet18", "geometric mean"]
    assert rows[-1]["times_published"] == pytest.approx(2)
    assert rows[-1]["share_of_limit"] == pytest.approx(1)


@pytest.mark.parametrize("real", [True, False])
def test_images_of_a_whole_study_are_all_different(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real: bool):
    if real:
        photograph = np.random.default_rng(0).integers(0, 256, (80, 90, 3), np.uint8)
        (tmp_path / "data/dtd10/a").mkdir(parents=True)
        Image.fromarray(photograph).save(tmp_path / "data/dtd10/a/1.jpg")
        monkeypatch.setenv("TEXALIGN_DATA", str(tmp_path / "data"))
    else:
        monkeypatch.delenv("TEXALIGN_DATA", raising=False)
    for class_index in (0, 12):  # the same procedural texture, of which there are 12
        bench_whole_network.make_images(tmp_path / "images", class_index, 3)
    files = list((tmp_path / "images").rglob("*.jpg"))
    assert len({file.read_bytes() for file in files}) == len(files) == 6
    assert {file.parent.name for file in files} == {"class_00", "class_12"}


def test_simulated_coverage_is_from_seeds_and_goes_on_where_it_was_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    bench = bench_information_statistics
    designs = {name: bench.Design((12,) * 4, 4, 3, simulations=20) for name in ("10 x 40", "unequal")}
    monkeypatch.setattr(bench, "FULL", designs)
    monkeypatch.setattr(bench, "QUICK", designs)
    monkeypatch.setattr(bench, "SHARES", (0.0, 0.9))
    monkeypatch.setattr(bench, "ProcessPoolExecutor", ThreadPoolExecutor)
    monkeypatch.setattr(harness, "RESULTS", tmp_path)

    def simulated(*designs: str) -> dict[str, list[dict[str, str]]]:
        chosen = ("--designs", *designs) if designs else ()
        arguments = ["bench", "--jobs", "1", "--shares", "0", "0.9", *chosen]
        monkeypatch.setattr(sys, "argv", arguments)
        bench.main()
        return {table: harness.read(table) for table in ("coverage_clusters", "coverage_tree")}

    whole = simulated()
    for table, n in (("coverage_clusters", "4"), ("coverage_tree", "3")):
        assert [(row["design"], row["p"], row["n_studies"]) for row in whole[table]] == [
            (name, p, n) for name in designs for p in ("0.0", "0.9")
        ]
        # As left by a run that was cut short after its first design.
        harness.report(table, whole[table][:2])
    truths = [float(row["true_bits"]) for row in whole["coverage_clusters"]]
    np.testing.assert_allclose(truths, [0, float(designs["unequal"].true_bits(0.9))] * 2, atol=1e-12)
    assert simulated("unequal") == whole


def test_tables_of_weightings_are_of_the_rows_that_were_measured(monkeypatch: pytest.MonkeyPatch):
    """Correction 3 of docs/differences.md."""
    cases = [(network, texture) for network in bench_weighting.NETWORKS for texture in ("a", "b")]
    others = {"paper": 0.1, "gatys": 0.4, "relative": 0.2}
    rows = [
        {
            "network": n,
            "texture": t,
            "weighting": w,
            "evaluations": evaluations,
            # After the longer run, `relative` is the best for one of the textures.
            "others": str((0.05 if (w, t, evaluations) == ("relative", "a", "20") else value) * (4 if t == "b" else 1)),
            "last_layer": str(value / int(evaluations)),
            "ratio": str(10 * value),
            "L1": str(value),
            "L2": str(value / 2 if t == "a" else value),
        }
        for n, t in cases
        for w, value in others.items()
        for evaluations in ("5", "20")
    ]
    monkeypatch.setattr(bench_weighting.harness, "read", lambda _name: rows)
    quality, balance, layers = (
        bench_weighting.TABLES[name]().splitlines() for name in ("weighting", "weighting_balance", "weighting_layers")
    )
    assert quality[0] == "| images of | evaluations | `paper` | `gatys` | `relative` |"
    assert quality[2] == "| alexnet | 5 | 0.200 | 0.800 | 0.400 |"
    assert quality[6:9] == [
        "| all | 5 | 0.200 | 0.800 | 0.400 |",
        "| best of 8 | 5 | 8 | 0 | 0 |",
        "| better than `paper`, of 8 | 5 |  | 0 | 0 |",
    ]
    assert quality[-3:] == [
        "| all | 20 | 0.200 | 0.800 | 0.200 |",
        "| best of 8 | 20 | 4 | 0 | 4 |",
        "| better than `paper`, of 8 | 20 |  | 0 | 4 |",
    ]
    assert balance[2] == "| alexnet | 1.00 to 1.00 | 4.00 to 4.00 | 2.00 to 2.00 |"
    assert layers[2] == "| alexnet | 15.0% to 20.0% | 0.5% to 0.5% | 2.0% to 2.0% | 1.0% to 1.0% |"


def test_images_whose_weightings_are_compared_are_those_of_synthesize():
    """Correction 3 of docs/differences.md: one run judged on its way gives what runs of each length would."""
    torch.manual_seed(0)
    network = TappedNetwork(sources.Architecture("torchvision", "alexnet").build(), numbered_taps(MODULES))
    maps = ImageMaps(network, bench_weighting.NORMALIZATION)
    exemplar = to_tensor(np.random.default_rng(0).integers(0, 256, (48, 48, 3), np.uint8))
    images = bench_weighting.images_after(maps, exemplar, "relative", (5, 60))
    for evaluations, image in images.items():
        settings = SynthesisSettings(weighting="relative", evaluations=evaluations)
        np.testing.assert_array_equal(image, synthesize(maps, bench_weighting.GRAM, exemplar, settings).image)
    assert (images[5] != images[60]).any()
