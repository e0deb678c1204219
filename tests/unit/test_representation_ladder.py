"""Differences between representations, and their figure."""

import sys
from dataclasses import fields

import numpy as np
import pytest
from test_inference_figures import all_text_is_legible_and_inside

from planning.study import Study
from support import PAPER_CONFIG, PROJECT, complete
from texalign import names
from texalign.artifacts import records, tables
from texalign.figures import representation_ladder
from texalign.figures.representation_ladder import OVER_LAYERS, LadderDifference, LadderValue
from texalign.information import differences, rows, uncertainty
from texalign.information.contingency import LabelledClusters
from texalign.information.differences import MEAN, Place
from texalign.information.mutual_information import mutual_information_bits

RESAMPLING = uncertainty.Resampling(seed=3, n_permutations=1, n_bootstraps=300, confidence=0.9)
CLASSES = np.repeat(np.arange(4), 20)

COLUMNS = dict.fromkeys((field.name for field in fields(rows.Inference)), 1)


def clusters(noise: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(80) < noise, rng.integers(4, size=80), CLASSES)


def resampled(noise: float, seed: int) -> differences.Resampled:
    labels = LabelledClusters.of(CLASSES, clusters(noise, seed))
    found = uncertainty.infer_information(labels, labels.permuted_tables(1, 0), RESAMPLING)
    return differences.Resampled(found.estimate.bits, found.draws.deviations_bits)


def study(noise: float, seed: int) -> differences.ByPlace:
    places = [("a", "L1"), ("a", "L2"), ("b", "L1")]
    return {Place("unit", *place): resampled(noise, seed + number) for number, place in enumerate(places)}


def test_differences_use_the_same_drawn_images():
    gram, mean = study(0.2, 1), study(0.6, 2)
    found_rows = differences.difference_rows("mi_nsb_bits", {"gram": gram, "mean": mean}, "gram", 0.9)
    (row,) = (row for row in found_rows if (row.representation, row.model, row.layer) == ("mean", "a", "L2"))
    place = Place("unit", "a", "L2")
    # The same by drawing the images here, for both clusterings at once.
    both = [LabelledClusters.of(CLASSES, clusters(noise, seed)) for noise, seed in ((0.2, 2), (0.6, 3))]
    bits = [mutual_information_bits(labels.bootstrap_tables(300, 3)) for labels in both]
    drawn = bits[1] - bits[0]
    expected = mean[place].value - gram[place].value
    assert row.difference == pytest.approx(expected)
    low, high = expected - np.quantile(drawn - drawn.mean(), [0.95, 0.05])
    assert (row.low, row.high) == pytest.approx((low, high))
    assert low < expected < high < 0
    own = [row for row in found_rows if row.representation == "gram"]
    assert all(row.difference == row.low == row.high == 0 for row in own)


def test_means_are_over_networks_and_layers():
    gram, mean = study(0.2, 1), study(0.6, 2)
    found_rows = differences.difference_rows("mi_nsb_bits", {"gram": gram, "mean": mean}, "gram", 0.9)
    found = {(row.model, row.layer): row for row in found_rows if row.representation == "mean"}
    value = {key: row.difference for key, row in found.items()}
    assert value["a", MEAN] == pytest.approx((value["a", "L1"] + value["a", "L2"]) / 2)
    assert value[MEAN, "L1"] == pytest.approx((value["a", "L1"] + value["b", "L1"]) / 2)
    assert value[MEAN, MEAN] == pytest.approx((value["a", MEAN] + value["b", "L1"]) / 2)
    assert [found[MEAN, layer].n_networks for layer in ("L1", "L2", MEAN)] == [2, 1, 2]
    # Errors of different layers partly cancel in their mean.
    assert found["a", MEAN].high - found["a", MEAN].low < max(
        found["a", layer].high - found["a", layer].low for layer in ("L1", "L2")
    )


def test_what_cannot_be_compared_is_refused():
    gram = study(0.2, 1)
    with pytest.raises(ValueError, match="no representation mean to compare with; there are gram"):
        differences.difference_rows("mi_nsb_bits", {"gram": gram}, "mean", 0.9)
    with pytest.raises(ValueError, match="do not have the same networks"):
        differences.difference_rows("mi_nsb_bits", {"gram": gram, "mean": dict(list(gram.items())[:2])}, "gram", 0.9)
    row = {"representation": "gram", "protocol": "unit", "model": "a", "layer": "L1", "mi_nsb_bits": "1"}
    key = ("gram", "unit", "a", "mi_nsb_bits", "L1")
    with pytest.raises(ValueError, match="mi_nsb_bits of gram, unit, a, L1: draws of images: none"):
        differences.resampled_layers("mi_nsb_bits", [row], {})
    drawn = {key: np.zeros(3), (*key[:-1], "L2"): np.zeros(2)}
    with pytest.raises(ValueError, match="mi_nsb_bits of gram, unit, a, L2: draws of images: 2, expected 3"):
        differences.resampled_layers("mi_nsb_bits", [row, row | {"layer": "L2"}], drawn)


def ladder(n_networks: int = 3) -> tuple[list[LadderValue], list[LadderDifference]]:
    rungs, layers = ["mean", "gram", "sliced_wasserstein"], ["L1", "L2", "L3", "L4", "L5"]
    values = [
        LadderValue(name, f"network{model}", layer, 0.1 * i + 0.2 * j + 0.05 * model)
        for i, name in enumerate(rungs)
        for j, layer in enumerate(layers)
        for model in range(n_networks)
    ]
    compared = [LadderDifference(name, layer, 0.1, 0.05, 0.2) for name in rungs for layer in [*layers, OVER_LAYERS]]
    return values, compared


def test_the_figure_shows_every_network_and_every_interval():
    values, compared = ladder()
    figure = representation_ladder.representation_ladder(
        values,
        compared,
        {f"network{i}": "ResNet" for i in range(3)},
        measure="mi_nsb_bits",
        protocol="unit",
        reference="gram",
        n_images=400,
        confidence=0.9,
    )
    top, bottom = figure.axes[:6], figure.axes[6:12]
    assert [axes.get_title() for axes in top] == ["L1", "L2", "L3", "L4", "L5", OVER_LAYERS]
    points = sorted(line.get_xdata()[0] for line in top[1].lines if line.get_marker() in "os^")
    assert points == pytest.approx(sorted(value.value for value in values if value.layer == "L2"))
    over = sorted(line.get_xdata()[0] for line in top[5].lines if line.get_marker() == "|")
    assert over == pytest.approx([0.45, 0.55, 0.65])
    bars = [
        list(line.get_xdata()) for line in bottom[0].lines if line.get_color() == "black" and len(line.get_xdata()) == 2
    ]
    assert bars == [[0.05, 0.2]] * 3
    assert "90%" in figure._supxlabel.get_text()
    all_text_is_legible_and_inside(figure)


def test_without_differences_there_is_one_row_of_panels():
    values, _ = ladder(1)
    figure = representation_ladder.representation_ladder(
        values, [], {"network0": "VGG"}, measure="knn_accuracy", protocol="unit", reference="", n_images=9, confidence=0
    )
    assert len([axes for axes in figure.axes if axes.axison]) == 6
    all_text_is_legible_and_inside(figure)
    with pytest.raises(ValueError, match="no values"):
        representation_ladder.representation_ladder(
            [], [], {}, measure="x", protocol="unit", reference="", n_images=9, confidence=0
        )


def test_agreement_with_people_is_a_measure_like_any_other():
    evidence = {"said": {"kind": "descriptions", "file": "x.json"}, "chosen": {"kind": "triplets", "file": "y.tsv"}}
    study = Study.from_config(complete({**PAPER_CONFIG, "human": {"evidence": evidence}, "matched_dimensions": 64}))
    assert study.ladder_measures[:4] == list(names.LADDER_MEASURES)
    assert study.ladder_measures[4:] == ["said.all.spearman", "chosen.all.majority"]
    for criterion in study.ladder_measures[4:]:
        _, scope, measure = criterion.split(".")
        assert scope in names.AGREEMENT_SCOPES
        assert measure in names.AGREEMENT_MEASURES
    assert set(names.LADDER_AGREEMENT) == set(names.EVIDENCE)
    values, _ = ladder(1)
    figure = representation_ladder.representation_ladder(
        values,
        [],
        {"network0": "VGG"},
        measure="said.all.spearman",
        protocol="unit",
        reference="",
        n_images=None,
        confidence=0,
        matched_dimensions=study.matched_dimensions,
    )
    label = "Spearman's correlation with said"
    assert label in {axes.get_xlabel() for axes in figure.axes}
    assert figure._supxlabel.get_text() == "1 network. All vectors are projected to 64 numbers."
    all_text_is_legible_and_inside(figure)


def test_programs_read_what_the_study_writes(tmp_path, monkeypatch):
    import runpy

    found, files = [], []
    for name, noise in (("gram", 0.2), ("mean", 0.6)):
        drawn = {layer: resampled(noise, seed) for seed, layer in ((1, "L1"), (2, "L2"))}
        of_network = {"representation": name, "protocol": "unit", "model": "a"}
        for position, (layer, value) in enumerate(drawn.items(), start=1):
            of_layer = rows.OfLayer(*of_network.values(), layer, position, "conv")
            values = {"mi_nsb_bits": value.value, "confidence": 0.9, "n_bootstraps": 300, "n_images": 80}
            found.append(rows.joined(rows.InferenceRow, of_layer, **COLUMNS | values))
        draws = zip(*(value.deviations for value in drawn.values()), strict=True)
        table = [of_network | {"draw": i} | dict(zip(drawn, values, strict=True)) for i, values in enumerate(draws)]
        files.append(tmp_path / f"{name}.tsv")
        tables.write_tsv(files[-1], list(table[0]), table)
    inference, compared = tmp_path / "inference.tsv", tmp_path / "compared.tsv"
    records.write_records(inference, rows.InferenceRow, found)
    common = ["--reference", "gram", "--confidence", "0.9", "--output", str(compared)]
    run = ["compare_representations", "--measures", "mi_nsb_bits", "--values", str(inference)]
    run += ["--deviations", *map(str, files), *common]
    monkeypatch.setattr(sys, "argv", run)
    runpy.run_path(str(PROJECT / "workflow/scripts/compare_representations.py"), run_name="__main__")
    found = tables.read_tsv(compared)
    # Two representations; one network and the mean; two layers and the mean.
    assert len(found) == 2 * 2 * 3
    assert {(row["reference"], row["measure"]) for row in found} == {("gram", "mi_nsb_bits")}
    figure = tmp_path / "figure.png"
    run = ["plot_representations", "--values", str(inference), "--measure", "mi_nsb_bits", "--protocol", "unit"]
    run += ["--differences", str(compared), "--families", "a=VGG", "--output", str(figure)]
    monkeypatch.setattr(sys, "argv", run)
    runpy.run_path(str(PROJECT / "workflow/scripts/plot_representations.py"), run_name="__main__")
    assert figure.stat().st_size > 1000
