"""Every combination of choices is computed once, from the data that it names, and changes are counted over pairs."""

from dataclasses import asdict, astuple, replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from planning.extractions import Multiverse
from planning.human import Human
from planning.published import correlations_fit
from planning.study import Study
from support import DATA, PAPER_CONFIG, PROJECT, complete, needs_data
from texalign import names, statistics
from texalign.brainscore import leaderboard
from texalign.brainscore.multiverse import (
    AXES,
    JOINS,
    LAYER_RULES,
    STATISTICS,
    Branch,
    Choices,
    Options,
    PublishedCorrelation,
    Result,
    changes,
    read_published,
    result_rows,
    results,
    rule_of,
)
from texalign.brainscore.scores import BrainScoreTable, read_scores
from texalign.figures.specification_curve import MOST_COLUMNS, OWN_COLOUR, UniverseResult, specification_curve
from texalign.information.rows import LAYER_KEY

IDS = {model: network["brainscore_id"] for model, network in PAPER_CONFIG["networks"].items()}
BENCHMARKS = PAPER_CONFIG["brainscore"]["benchmarks"]
TABLE = read_scores(PROJECT / "resources/brainscore.csv", BENCHMARKS)
PROTOCOLS = ("unit", "rdm_rows")
CHOICES = Choices(
    *("after_relu", "dtd", "squash", "full", "gram", "unit", "mi_nsb_bits", "n_classes"),
    *("best", "id", "leaderboard", "pearson"),
)
BOTH = Options(joins=["id", "positional_published"], statistics=["pearson", "spearman"])


def branch(activation: str, preprocessing: str, seed: int, models: list[str] | None = None) -> Branch:
    """Two layers of random information, the second of which has more."""
    rng = np.random.default_rng(seed)
    rows = [
        {
            "representation": "gram",
            "protocol": protocol,
            "model": model,
            "layer": f"L{position}",
            "position": str(position),
            "mi_nsb_bits": repr(float(rng.normal(2 + position, 0.1))),
            "ami": repr(float(rng.uniform())),
        }
        for protocol in PROTOCOLS
        for model in models or IDS
        for position in (1, 2)
    ]
    return Branch(activation, preprocessing, "squash", "full", rows)


BRANCHES = [branch("after_relu", "dtd", 0), branch("before_relu", "dtd", 1)]


def bits(branch: Branch, protocol: str) -> dict[str, float]:
    rows = [row for row in branch.layers if row["protocol"] == protocol and row["layer"] == "L2"]
    return {row["model"]: float(row["mi_nsb_bits"]) for row in rows}


def only(found: list[Result], choices: Choices, benchmark: str) -> Result:
    (result,) = (result for result in found if (result.choices, result.benchmark) == (choices, benchmark))
    return result


@pytest.fixture(scope="module")
def found() -> list[Result]:
    return results(BRANCHES, IDS, {"leaderboard": TABLE}, BOTH)


# ------------------------------------------------------------------------------------------------------------- results


def test_every_combination_is_computed_once(found: list[Result]):
    keys = {(result.choices, result.benchmark) for result in found}
    assert len(found) == len(keys) == 2 * 2 * 2 * 1 * 2 * 7
    assert all(result.n == 12 for result in found)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("number", [0, 1])
def test_a_result_is_the_correlation_of_what_its_choices_name(found: list[Result], protocol: str, number: int):
    information = bits(BRANCHES[number], protocol)
    scores = [TABLE.scores[IDS[model]]["V2"] for model in IDS]
    choices = replace(CHOICES, activation=BRANCHES[number].activation, protocol=protocol)
    for name, statistic in (("pearson", statistics.pearson), ("spearman", statistics.spearman)):
        expected = statistic(scores, [information[model] for model in IDS])
        result = only(found, replace(choices, statistic=name), "V2")
        assert (result.r, result.p) == pytest.approx((expected.r, expected.p))


def test_published_positions_give_four_networks_each_others_scores(found: list[Result]):
    swapped = {"resnet18": "resnet101", "resnet101": "resnet18", "resnet34": "resnet152", "resnet152": "resnet34"}
    information = bits(BRANCHES[0], "unit")
    scores = [TABLE.scores[IDS[swapped.get(model, model)]]["IT"] for model in IDS]
    expected = statistics.pearson(scores, [information[model] for model in IDS])
    result = only(found, replace(CHOICES, join="positional_published"), "IT")
    assert result.r == pytest.approx(expected.r)
    assert result.r != pytest.approx(only(found, CHOICES, "IT").r, abs=0.01)


def test_q_values_are_over_the_benchmarks_of_one_combination(found: list[Result]):
    own = [result for result in found if result.choices == CHOICES]
    assert [result.q for result in own] == pytest.approx(statistics.benjamini_hochberg([result.p for result in own]))


def test_results_without_a_correlation_say_why():
    table = BrainScoreTable("x", ("IT",), {name: {} for name in IDS.values()}, {"IT": "nothing in common"})
    (result, *_) = results(BRANCHES, IDS, {"common_benchmarks": table}, Options())
    assert (result.r, result.p, result.q, result.n) == (None, None, None, 0)
    assert result.note == "fewer than 3 pairs (0); nothing in common"


@pytest.mark.parametrize(
    ("branches", "ids", "options", "message"),
    [
        ([], IDS, {}, "no branches"),
        (BRANCHES, IDS, {"joins": ["position"]}, "unknown join position; known: id, positional_published"),
        (BRANCHES, IDS, {"statistics": ["kendall"]}, "unknown statistic kendall"),
        (BRANCHES, IDS, {"layer_rules": ["first"]}, "unknown layer rule first; known: best, last, mean"),
        (BRANCHES, IDS, {"criteria": ["mi_nsb_bits", "mood"]}, "no table of the study has a column mood"),
        (BRANCHES, {"alexnet": "alexnet"}, {}, "not even an empty one, is given for densenet121, "),
        (
            [BRANCHES[0], branch("before_relu", "dtd", 1, ["alexnet"])],
            IDS,
            {},
            "branch before_relu, dtd, squash, full has other networks",
        ),
        ([replace(BRANCHES[0], layers=[*BRANCHES[0].layers] * 2)], IDS, {}, "or one of them twice"),
        (BRANCHES, IDS | {"alexnet": "AlexNet"}, {}, "has no model 'AlexNet'"),
        (BRANCHES, IDS | {"alexnet": "vgg_16"}, {}, "share a Brain-Score id"),
    ],
)
def test_what_does_not_fit_together_is_refused(branches, ids, options, message: str):
    with pytest.raises(ValueError, match=message):
        results(branches, ids, {"leaderboard": TABLE}, Options(**options))


def test_names_of_choices_are_those_of_the_registries():
    assert list(LAYER_RULES) == list(names.LAYER_RULES)
    assert list(JOINS) == list(names.JOINS)
    assert list(STATISTICS) == list(names.STATISTICS)


@pytest.mark.parametrize("rule", ["best", "last", "mean"])
@pytest.mark.parametrize("criterion", ["mi_nsb_bits", "ami"])
def test_measure_and_rule_for_the_layer_are_choices(rule: str, criterion: str):
    """Correction 9 of docs/differences.md."""
    found = results(BRANCHES, IDS, {"leaderboard": TABLE}, Options(["mi_nsb_bits", "ami"], layer_rules=[*LAYER_RULES]))
    assert len(found) == 2 * 2 * 2 * 3 * 7
    values = {}
    for model in IDS:
        first, second = (
            float(row[criterion]) for row in BRANCHES[1].layers if (row["protocol"], row["model"]) == ("unit", model)
        )
        values[model] = {"best": max(first, second), "last": second, "mean": (first + second) / 2}[rule]
    choices = replace(CHOICES, activation="before_relu", criterion=criterion, layer_rule=rule)
    expected = statistics.pearson([TABLE.scores[IDS[model]]["IT"] for model in IDS], [values[model] for model in IDS])
    assert only(found, choices, "IT").r == pytest.approx(expected.r)


def test_number_of_clusters_is_a_choice_of_what_the_curves_know():
    """Correction 9 of docs/differences.md."""
    curves = [
        {**{name: row[name] for name in LAYER_KEY}, "n_clusters": k, "mi_nsb_bits": str(float(row["ami"]) * int(k))}
        for row in BRANCHES[0].layers
        for k in ("5", "9")
    ]
    options = Options(["mi_nsb_bits", "ami"], ["n_classes", "5"])
    found = results([replace(BRANCHES[0], curves=curves)], IDS, {"leaderboard": TABLE}, options)
    # Curves do not know ami.
    kinds = {(result.choices.criterion, result.choices.n_clusters) for result in found}
    assert kinds == {("mi_nsb_bits", "n_classes"), ("ami", "n_classes"), ("mi_nsb_bits", "5")}
    ami = only(found, replace(CHOICES, criterion="ami"), "IT")
    assert only(found, replace(CHOICES, n_clusters="5"), "IT").r == pytest.approx(ami.r)
    with pytest.raises(ValueError, match="the tree of gram, unit, alexnet, L1 was not cut into 7 clusters"):
        results([replace(BRANCHES[0], curves=curves)], IDS, {"leaderboard": TABLE}, Options(n_clusters=["7"]))


def test_criteria_of_other_tables_are_taken_where_a_branch_has_them():
    probes = [{name: row[name] for name in LAYER_KEY} | {"knn_accuracy": row["ami"]} for row in BRANCHES[0].layers]
    branches = [replace(BRANCHES[0], others={"probes": probes}), BRANCHES[1]]
    found = results(branches, IDS, {"leaderboard": TABLE}, Options(["mi_nsb_bits", "knn_accuracy"]))
    assert {r.choices.activation for r in found if r.choices.criterion == "knn_accuracy"} == {"after_relu"}
    with pytest.raises(ValueError, match="no table of the study has a column knn_accuracy"):
        results(BRANCHES, IDS, {"leaderboard": TABLE}, Options(["mi_nsb_bits", "knn_accuracy"]))


def test_agreement_with_people_is_an_axis_of_every_branch():
    """As a table of its own in each, which knows no clusters.

    Correction 9 of docs/differences.md.
    """
    name = "words.all.spearman"
    branches = [
        replace(
            each,
            others={"people": [{key: row[key] for key in LAYER_KEY} | {name: row["ami"]} for row in each.layers]},
        )
        for each in BRANCHES
    ]
    options = Options(["mi_nsb_bits", "ami", name])
    found = results(branches, IDS, {"leaderboard": TABLE}, options)
    for activation in ("after_relu", "before_relu"):
        own = replace(CHOICES, activation=activation)
        # The same numbers as of ami, so the same correlations.
        same = only(found, replace(own, criterion="ami"), "IT")
        assert only(found, replace(own, criterion=name), "IT").r == same.r
        assert same.r != only(found, own, "IT").r


def test_three_networks_have_no_verdict():
    ids = {model: name if model in ("alexnet", "resnet18", "vgg16_bn") else None for model, name in IDS.items()}
    for result in results(BRANCHES, ids, {"leaderboard": TABLE}, BOTH):
        assert result.n == 3
        assert result.r is not None
        assert (result.p, result.q, result.note) == (None, None, "no verdict of 3 networks")


def test_the_same_computation_counts_once():
    """A single benchmark is the same by every aggregate; of an aggregate, means differ.

    Correction 9 of docs/differences.md.
    """
    means = BrainScoreTable(
        "x", ("V1", "leaf"), {n: {"V1": 2 * s["V1"], "leaf": s["V1"]} for n, s in TABLE.scores.items()}
    )
    exported = BrainScoreTable(
        "x", ("V1", "leaf"), {n: {"V1": s["V2"], "leaf": s["V1"]} for n, s in TABLE.scores.items()}
    )
    found = results(BRANCHES[:1], IDS, {"leaderboard": exported, "nanmean": means}, Options())
    rows = result_rows(found, 0.05, CHOICES, {})
    repeated = {(row.benchmark, row.aggregate, row.protocol) for row in rows if row.repeats == "yes"}
    assert repeated == {("leaf", "nanmean", protocol) for protocol in PROTOCOLS}
    assert {(row.axis, row.benchmark) for row in changes(found, 0.05)} == {
        ("aggregate", "V1"),
        ("protocol", "V1"),
        ("protocol", "leaf"),
    }
    # Two aggregates that are the same computation make one pair of protocols.
    counted = {row.benchmark: row.n_pairs for row in changes(found, 0.05) if row.axis == "protocol"}
    assert counted == {"V1": 2, "leaf": 1}


@needs_data
def test_aggregates_of_the_real_leaderboard_are_an_axis():
    source = leaderboard.ScoreSource(
        str(DATA / "brainscore/leaderboard_2025-09-08.csv"),
        "leaderboard",
        "highest_average",
        str(PROJECT / "resources/leaderboard_benchmarks.csv"),
    )
    scores = {name: leaderboard.scores_of(source, IDS, BENCHMARKS, name) for name in leaderboard.AGGREGATES}
    found = results(BRANCHES[:1], IDS, scores, Options())
    # The export's own aggregates are the paper's numbers.
    plain = results(BRANCHES[:1], IDS, {"leaderboard": TABLE}, Options())
    for result in plain:
        assert only(found, result.choices, result.benchmark).r == pytest.approx(result.r, abs=1e-12)
    means = only(found, replace(CHOICES, aggregate="nanmean"), "IT")
    assert means.n == 12
    assert means.r != pytest.approx(only(found, CHOICES, "IT").r, abs=0.01)
    common = only(found, replace(CHOICES, aggregate="common_benchmarks"), "IT")
    assert common.note.endswith("no benchmark of IT was taken by all 12 networks")
    assert only(found, replace(CHOICES, aggregate="per_benchmark"), "FreemanZiemba2013.V1-pls").n == 10


# ------------------------------------------------------------------------------------------------------------- changes


def test_changes_are_counted_over_pairs_that_differ_in_one_choice():
    def result(join: str, protocol: str, r: float | None, p: float | None) -> Result:
        choices = replace(CHOICES, join=join, protocol=protocol)
        return Result(choices, "IT", 12 if join == "id" else 10, r, p, None, "", hash(choices))

    some = [
        result("id", "unit", 0.3, 0.3),
        result("id", "raw", -0.6, 0.04),
        result("id", "rdm_rows", 0.1, 0.8),
        result("other", "unit", -0.2, 0.5),
        result("other", "raw", -0.1, 0.7),
        result("other", "rdm_rows", None, None),
    ]
    found = {(row.axis, row.before, row.after): row for row in changes(some, alpha=0.05)}
    row = found["join", "id", "other"]
    assert (row.n_pairs, row.n_sign_changes, row.n_gain_significance, row.n_lose_significance) == (2, 1, 0, 1)
    # From .3 to -.2 and from -.6 to -.1: of changes of one size, the first.
    assert (row.mean_change, row.largest_change) == pytest.approx((0.0, -0.5))
    assert "protocol=unit" in row.largest_change_at
    assert "join=" not in row.largest_change_at
    assert row.n_networks == "12 → 10"
    row = found["protocol", "unit", "raw"]
    assert (row.n_pairs, row.n_sign_changes, row.n_gain_significance, row.n_lose_significance) == (2, 1, 1, 0)
    assert found["protocol", "unit", "rdm_rows"].n_pairs == 1
    assert len(found) == 1 + 3


def test_most_consequential_changes_come_first(found: list[Result]):
    rows = changes(found, alpha=0.05)
    consequences = [row.n_sign_changes + row.n_gain_significance + row.n_lose_significance for row in rows]
    assert consequences == sorted(consequences, reverse=True)
    assert {row.axis for row in rows} == {"activation", "protocol", "join", "statistic"}
    assert all(row.n_pairs == 8 for row in rows)


# ---------------------------------------------------------------------------------------------------- published values


def test_shipped_published_correlations_are_table_2():
    published = read_published(PROJECT / "resources/published_correlations.csv")
    assert {name: (value.r, value.p) for name, value in published.items()} == {
        "average_vision": (-0.130, 0.68),
        "neural_vision": (-0.165, 0.60),
        "behavior_vision": (-0.029, 0.92),
        "V1": (-0.229, 0.47),
        "V2": (-0.262, 0.41),
        "V4": (-0.063, 0.84),
        "IT": (-0.104, 0.74),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("benchmark,r,p\nIT,0.1,0.2\nIT,0.1,0.2\n", r"published\.csv, line 3: 'IT' is listed twice"),
        ("benchmark,r,p\nIT,x,0.2\n", r"published\.csv, line 2: r or p is not a number"),
        ("benchmark,r\nIT,0.1\n", r"published\.csv: has no column p"),
    ],
)
def test_published_files_that_do_not_fit_are_refused(tmp_path: Path, text: str, message: str):
    (tmp_path / "published.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_published(tmp_path / "published.csv")


def test_rows_mark_the_studys_own_choices_and_carry_what_was_published(found: list[Result]):
    rows = result_rows(found, 0.05, CHOICES, {"IT": PublishedCorrelation(-0.104, 0.74)})
    assert [row.benchmark for row in rows if row.own == "yes"] == BENCHMARKS
    assert all((row.published_r is not None) == (row.benchmark == "IT") for row in rows)
    assert [getattr(row, axis) for axis in AXES for row in rows[:1]] == list(astuple(found[0].choices))
    assert {row.significant for row in rows} <= {"yes", "no"}
    assert {row.repeats for row in rows} == {"no"}


# ------------------------------------------------------------------------------------------------------------ planning


def multiverse_config(**section: object) -> dict:
    base = {
        "activations": ["after_relu", "before_relu"],
        "preprocessings": {"dtd": PAPER_CONFIG["preprocessing"], "imagenet": {"mean": [0.4] * 3, "std": [0.2] * 3}},
        "clusters": ["n_classes", 12],
        "layer_rules": ["best", "mean"],
        "joins": ["id"],
        "aggregates": ["leaderboard"],
        "statistics": ["pearson"],
    }
    return PAPER_CONFIG | {
        "images": {"source": "dtd", "size": 224, "fit": "squash"},
        "brainscore": PAPER_CONFIG["brainscore"] | {"aggregate": "leaderboard"},
        "multiverse": base | section,
    }


def test_the_studys_own_branch_is_the_study():
    multiverse = Multiverse.from_config(multiverse_config(), "results/paper")
    assert [branch.folder for branch in multiverse.branches] == [
        "results/paper",
        "results/paper/multiverse/after_relu-imagenet",
        "results/paper/multiverse/before_relu-dtd",
        "results/paper/multiverse/before_relu-imagenet",
    ]
    assert multiverse.own == astuple(CHOICES)
    assert multiverse.has_curves
    assert "--clusters n_classes 12" in multiverse.correlation_flags
    assert multiverse.other_fits == []


def test_other_fits_have_pixels_and_folders_of_their_own():
    """Correction 9 of docs/differences.md."""
    multiverse = Multiverse.from_config(multiverse_config(fits=["squash", "crop"]), "results/paper")
    found = {branch.folder: branch.pixels for branch in multiverse.branches if branch.activation == "after_relu"}
    assert found == {
        "results/paper": "results/paper/images/pixels.h5",
        "results/paper/multiverse/after_relu-dtd-crop": "results/paper/multiverse/images/crop.h5",
        "results/paper/multiverse/after_relu-imagenet": "results/paper/images/pixels.h5",
        "results/paper/multiverse/after_relu-imagenet-crop": "results/paper/multiverse/images/crop.h5",
    }
    assert multiverse.other_fits == ["crop"]


def test_other_dimensions_have_folders_of_their_own_and_are_told_to_the_extraction():
    section = {"matched_dimensions": ["full", 64], "activations": ["after_relu"]}
    multiverse = Multiverse.from_config(multiverse_config(**section), "results/paper")
    found = {branch.folder: branch.matched_dimensions for branch in multiverse.branches}
    assert found == {
        "results/paper": None,
        "results/paper/multiverse/after_relu-dtd-d64": 64,
        "results/paper/multiverse/after_relu-imagenet": None,
        "results/paper/multiverse/after_relu-imagenet-d64": 64,
    }
    told = {branch.folder: "--matched-dimensions 64" in branch.extraction_flags for branch in multiverse.branches}
    assert told == {folder: dimensions == 64 for folder, dimensions in found.items()}
    assert "--branch after_relu dtd squash 64 " in multiverse.correlation_flags
    # Of a study whose vectors are matched, the branch of full ones is the other.
    matched = multiverse_config(**section) | {"matched_dimensions": 64}
    branches = Multiverse.from_config(matched, "results/paper").branches
    assert [(branch.folder, branch.matched_dimensions) for branch in branches][:2] == [
        ("results/paper/multiverse/after_relu-dtd-dfull", None),
        ("results/paper", 64),
    ]


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"criteria": ["ami"]}, "multiverse.criteria: lacks the study's own, mi_nsb_bits"),
        ({"clusters": [12]}, "multiverse.clusters: lacks the study's own, n_classes"),
        ({"layer_rules": ["last"]}, "multiverse.layer_rules: lacks the study's own, best"),
        ({"fits": ["crop"]}, "there must be one"),
        ({"matched_dimensions": [64]}, "0 of its preprocessings, activations, fits and matched_dimensions are"),
    ],
)
def test_options_without_the_studys_own_are_refused(section: dict, message: str):
    with pytest.raises(ValueError, match=message):
        Multiverse.from_config(multiverse_config(**section), "results/paper")


def test_criteria_of_probes_need_the_studys_table_of_them():
    multiverse = Multiverse.from_config(multiverse_config(criteria=["mi_nsb_bits", "knn_accuracy"]), "results/paper")
    assert multiverse.criterion_tables == ["results/paper/tables/probes.tsv"]


def test_agreement_with_people_is_taken_of_every_branch():
    criteria = ["mi_nsb_bits", "words.all.spearman", "words.all.tau_a"]
    multiverse = Multiverse.from_config(multiverse_config(criteria=criteria), "results/paper")
    assert multiverse.evidence == ["words"]
    folders = [branch.folder for branch in multiverse.branches]
    assert multiverse.agreement_tables == [f"{folder}/tables/agreement_by_layer.tsv" for folder in folders]
    assert multiverse.criterion_tables == []
    assert Multiverse.from_config(multiverse_config(), "results/paper").agreement_tables == []


def test_criteria_of_people_need_their_evidence():
    config = complete(multiverse_config(criteria=["mi_nsb_bits", "words.all.spearman"]))
    with pytest.raises(ValueError, match=r"criterion words\.all\.spearman: human\.evidence has no words"):
        Human.from_config(config, Study.from_config(config))


@pytest.mark.parametrize(
    "section",
    [
        {"activations": ["before_relu"]},
        {"preprocessings": {"imagenet": {"mean": [0.4] * 3, "std": [0.2] * 3}}},
        {"preprocessings": {"dtd": PAPER_CONFIG["preprocessing"], "again": PAPER_CONFIG["preprocessing"]}},
    ],
)
def test_a_multiverse_without_exactly_one_own_branch_is_refused(section: dict):
    with pytest.raises(ValueError, match="there must be one"):
        Multiverse.from_config(multiverse_config(**section), "results/paper")


# -------------------------------------------------------------------------------------------------------------- figure


def universes_of(found: list[Result]) -> list[UniverseResult]:
    return [UniverseResult(r.benchmark, asdict(r.choices), r.r, r.p < 0.05, r.choices == CHOICES, r.n) for r in found]


def panels(figure: Figure) -> dict[str, tuple[Axes, Axes]]:
    """Curve and grid of every benchmark."""
    axes = figure.axes
    return {
        curve.get_title().rpartition("\n")[0].replace("\n", " "): (curve, grid)
        for curve, grid in zip(axes[::2], axes[1::2], strict=True)
    }


def test_curve_shows_every_result_sorted_the_published_ones_and_the_studys_own(found: list[Result]):
    figure = specification_curve(
        universes_of(found), {"IT": -0.104, "V1": -0.229}, alpha=0.05, n_undefined=3, n_repeated=5
    )
    for benchmark in BENCHMARKS:
        curve, _ = panels(figure)[benchmark.replace("_", " ")]
        points = [line for line in curve.lines if line.get_marker() == "o"]
        assert [line.get_ydata()[0] for line in points] == sorted(r.r for r in found if r.benchmark == benchmark)
        filled = [line.get_ydata()[0] for line in points if line.get_markerfacecolor() == "black"]
        assert filled == sorted(r.r for r in found if r.benchmark == benchmark and r.p < 0.05)
        (own,) = (line for line in curve.lines if line.get_marker() == "D")
        assert own.get_ydata() == [r.r for r in found if (r.benchmark, r.choices) == (benchmark, CHOICES)]
        dashed = [line.get_ydata()[0] for line in curve.lines if line.get_linestyle() == "--"]
        assert dashed == {"IT": [-0.104], "V1": [-0.229]}.get(benchmark, [])
    (legend,) = figure.legends
    said = [text.get_text() for text in legend.get_texts()]
    assert said == ["a result", "p < 0.05", "the study's own choices", "published"]
    note = figure.texts[1].get_text().replace("\n", " ")
    assert "3 more have no r" in note
    assert "5 more are the same computation as one shown, and count once" in note
    assert "The same in all: preprocessing dtd, fit squash," in note
    assert panels(figure)["average vision"][0].get_title() == "average\nvision\nn = 12"


def test_grid_has_a_row_an_option_and_a_mark_below_each_result(found: list[Result]):
    figure = specification_curve(universes_of(found), {}, alpha=0.05, n_undefined=0)
    curve, grid = panels(figure)["V1"]
    of_benchmark = sorted((r for r in found if r.benchmark == "V1"), key=lambda r: r.r)
    first = panels(figure)["average vision"][1]
    rows = [label.get_text() for label in first.get_yticklabels()]
    assert rows == [
        "p < 0.05",
        *("after relu", "before relu", "unit", "rdm rows", "id", "positional published", "pearson", "spearman"),
    ]
    assert [text.get_text() for text in first.texts] == ["activation", "protocol", "join", "statistic"]
    (image,) = grid.images
    shown = np.asarray(image.get_array())
    assert shown[0].tolist() == [r.p < 0.05 for r in of_benchmark]
    assert shown[3].tolist() == [r.choices.protocol == "unit" for r in of_benchmark]
    assert shown[6].tolist() == [r.choices.join == "positional_published" for r in of_benchmark]
    # The middle of every row lies where its label is, and the study's own is marked below its place in the curve.
    assert image.get_extent() == [0, len(of_benchmark), len(rows) - 0.5, -0.5]
    (own,) = (line for line in grid.lines if line.get_color() == OWN_COLOUR)
    (place,) = (line.get_xdata()[0] for line in curve.lines if line.get_marker() == "D")
    assert own.get_xdata()[0] == place == 0.5 + [r.choices for r in of_benchmark].index(CHOICES)


def test_of_many_results_neighbours_share_a_column_and_nothing_is_lost():
    options = [str(number) for number in range(3)]
    universes = [
        UniverseResult(
            "V1", {"a": options[i % 3], "b": options[i // 400]}, i / 1000 - 0.5, i > 900, i == 500, 9 + i % 4
        )
        for i in range(1000)
    ]
    figure = specification_curve(universes, {}, alpha=0.05, n_undefined=0)
    curve, grid = panels(figure)["V1"]
    line = next(line for line in curve.lines if len(line.get_xdata()) == 1000)
    assert line.get_ydata().tolist() == [universe.r for universe in universes]
    shares = np.asarray(grid.images[0].get_array())
    widths = [len(part) for part in np.array_split(np.arange(1000), MOST_COLUMNS)]
    assert shares.shape == (1 + 3 + 3, MOST_COLUMNS)
    np.testing.assert_allclose(shares @ widths, [99, 334, 333, 333, 400, 400, 200])
    assert "neighbours share a column" in figure.texts[1].get_text().replace("\n", " ")
    assert curve.get_title() == "V1\nn = 9 to 12"


def test_results_of_other_choices_are_refused():
    universes = [UniverseResult("V1", {name: "x"}, 0.1, False, False, 12) for name in "ab"]
    with pytest.raises(ValueError, match="the same choices"):
        specification_curve(universes, {}, alpha=0.05, n_undefined=0)


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({}, True),
        ({"images": PAPER_CONFIG["images"] | {"source": "folder"}}, False),
        ({"networks": {name: each for name, each in PAPER_CONFIG["networks"].items() if name != "vgg19_bn"}}, False),
        ({"networks": PAPER_CONFIG["networks"] | {"mine": {"brainscore_id": "mine"}}}, False),
        # A control without a score enters no correlation.
        ({"networks": PAPER_CONFIG["networks"] | {"mine": {"brainscore_id": None}}}, True),
    ],
)
def test_published_correlations_are_of_the_published_images_and_networks(changes: dict, fits: bool):
    assert correlations_fit(PAPER_CONFIG | changes, PROJECT / "resources/published_correlations.csv") == fits


def test_published_correlations_that_do_not_say_of_what_they_are_fit(tmp_path: Path):
    file = tmp_path / "mine.csv"
    file.write_text("# mine\nbenchmark,r,p\nIT,0.1,0.5\n")
    assert correlations_fit(PAPER_CONFIG | {"images": {"source": "folder"}}, file)


def test_results_that_are_all_undefined_are_said_to_be():
    (text,) = specification_curve([], {}, alpha=0.05, n_undefined=4).texts
    assert text.get_text() == "None of 4 results has an r: too few networks have scores."


def test_nothing_to_plot_is_refused():
    with pytest.raises(ValueError, match="no results"):
        specification_curve([], {}, alpha=0.05, n_undefined=0)


def test_the_best_of_what_should_be_low_is_the_lowest(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(names, "LOWER_IS_BETTER", frozenset({"low"}))
    values = [2.0, 1.0, 3.0]
    assert [rule_of("best", criterion)(values) for criterion in ("low", "mi_nsb_bits")] == [1.0, 3.0]
    assert rule_of("last", "low")(values) == 3.0
