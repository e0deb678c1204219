"""Every combination of choices is computed once, from the data that it names, and changes are counted over pairs."""

from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest

from planning.extractions import Multiverse
from support import DATA, PAPER_CONFIG, PROJECT, needs_data
from texalign import statistics
from texalign.brainscore import leaderboard
from texalign.brainscore.multiverse import (
    AXES,
    Branch,
    Choices,
    Published,
    Result,
    changes,
    read_published,
    result_rows,
    results,
)
from texalign.brainscore.scores import BrainScoreTable, read_scores
from texalign.figures.multiverse_strip import UniverseResult, multiverse_strip

IDS = {model: network["brainscore_id"] for model, network in PAPER_CONFIG["networks"].items()}
BENCHMARKS = PAPER_CONFIG["brainscore"]["benchmarks"]
TABLE = read_scores(PROJECT / "resources/brainscore.csv", BENCHMARKS)
PROTOCOLS = ("unit", "rdm_rows")
CHOICES = Choices("after_relu", "dtd", "gram", "unit", "id", "leaderboard", "pearson")


def branch(activation: str, preprocessing: str, seed: int, models: list[str] | None = None) -> Branch:
    """Best layers with random information."""
    rng = np.random.default_rng(seed)
    rows = [
        {"representation": "gram", "protocol": protocol, "model": model, "value": repr(float(rng.normal(3, 0.3)))}
        for protocol in PROTOCOLS
        for model in models or IDS
    ]
    return Branch(activation, preprocessing, rows)


BRANCHES = [branch("after_relu", "dtd", 0), branch("before_relu", "dtd", 1)]


def bits(branch: Branch, protocol: str) -> dict[str, float]:
    return {row["model"]: float(row["value"]) for row in branch.best if row["protocol"] == protocol}


def only(found: list[Result], choices: Choices, benchmark: str) -> Result:
    (result,) = (result for result in found if (result.choices, result.benchmark) == (choices, benchmark))
    return result


@pytest.fixture(scope="module")
def found() -> list[Result]:
    return results(BRANCHES, IDS, {"leaderboard": TABLE}, ["id", "positional_published"], ["pearson", "spearman"])


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
    (result, *_) = results(BRANCHES, IDS, {"common_benchmarks": table}, ["id"], ["pearson"])
    assert (result.r, result.p, result.q, result.n) == (None, None, None, 0)
    assert result.note == "fewer than 3 pairs (0); nothing in common"


@pytest.mark.parametrize(
    ("branches", "ids", "joins", "names", "message"),
    [
        ([], IDS, ["id"], ["pearson"], "no branches"),
        (BRANCHES, IDS, ["position"], ["pearson"], "unknown join position; known: id, positional_published"),
        (BRANCHES, IDS, ["id"], ["kendall"], "unknown statistic kendall"),
        (BRANCHES, {"alexnet": "alexnet"}, ["id"], ["pearson"], "not even an empty one, is given for densenet121, "),
        (
            [BRANCHES[0], branch("before_relu", "dtd", 1, ["alexnet"])],
            IDS,
            ["id"],
            ["pearson"],
            "branch before_relu, dtd has other networks",
        ),
        ([replace(BRANCHES[0], best=[*BRANCHES[0].best] * 2)], IDS, ["id"], ["pearson"], "or one of them twice"),
        (BRANCHES, IDS | {"alexnet": "AlexNet"}, ["id"], ["pearson"], "has no model 'AlexNet'"),
        (BRANCHES, IDS | {"alexnet": "vgg_16"}, ["id"], ["pearson"], "share a Brain-Score id"),
    ],
)
def test_what_does_not_fit_together_is_refused(branches, ids, joins, names, message: str):
    with pytest.raises(ValueError, match=message):
        results(branches, ids, {"leaderboard": TABLE}, joins, names)


@needs_data
def test_aggregates_of_the_real_leaderboard_are_an_axis():
    source = leaderboard.ScoreSource(
        str(DATA / "brainscore/leaderboard_2025-09-08.csv"),
        "leaderboard",
        "highest_average",
        str(PROJECT / "resources/leaderboard_benchmarks.csv"),
    )
    scores = {name: leaderboard.scores_of(source, IDS, BENCHMARKS, name) for name in leaderboard.AGGREGATES}
    found = results(BRANCHES[:1], IDS, scores, ["id"], ["pearson"])
    # The export's own aggregates are the paper's numbers.
    plain = results(BRANCHES[:1], IDS, {"leaderboard": TABLE}, ["id"], ["pearson"])
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
        return Result(replace(CHOICES, join=join, protocol=protocol), "IT", 12, r, p, None, "")

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
    rows = result_rows(found, 0.05, CHOICES, {"IT": Published(-0.104, 0.74)})
    assert [row["benchmark"] for row in rows if row["own"] == "yes"] == BENCHMARKS
    assert all((row["published_r"] is not None) == (row["benchmark"] == "IT") for row in rows)
    assert [row[axis] for axis in AXES for row in rows[:1]] == list(astuple(found[0].choices))
    assert {row["significant"] for row in rows} <= {"yes", "no"}


# ------------------------------------------------------------------------------------------------------------ planning


def multiverse_config(**section: object) -> dict:
    base = {
        "activations": ["after_relu", "before_relu"],
        "preprocessings": {"dtd": PAPER_CONFIG["preprocessing"], "imagenet": {"mean": [0.4] * 3, "std": [0.2] * 3}},
        "joins": ["id"],
        "aggregates": ["leaderboard"],
        "statistics": ["pearson"],
    }
    return PAPER_CONFIG | {
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


def test_figure_shows_every_result_the_published_ones_and_the_studys_own(found: list[Result]):
    universes = [
        UniverseResult(r.benchmark, r.choices.protocol, r.choices.join, r.r, r.p < 0.05, r.choices == CHOICES)
        for r in found
    ]
    figure = multiverse_strip(universes, {"IT": -0.104, "V1": -0.229}, alpha=0.05, n_undefined=3)
    axes, legend_cell = figure.axes
    single = [line for line in axes.lines if len(line.get_xdata()) == 1]
    rings = [line for line in single if line.get_markersize() == 9]
    assert sorted(line.get_xdata()[0] for line in single if line not in rings) == sorted(r.r for r in found)
    assert sorted(line.get_xdata()[0] for line in rings) == sorted(r.r for r in found if r.choices == CHOICES)
    bars = [line.get_xdata()[0] for line in axes.lines if len(line.get_xdata()) == 2 and line.get_linewidth() == 1.6]
    assert bars == [-0.229, -0.104]
    said = [text.get_text() for text in legend_cell.get_legend().get_texts()]
    assert {"unit", "rdm_rows", "joined: positional_published", "published", "filled: p < 0.05"} <= set(said)
    assert "3 more have no r" in figure.get_supxlabel()


def test_markers_of_one_benchmark_lie_within_its_strip(found: list[Result]):
    universes = [UniverseResult(r.benchmark, r.choices.protocol, r.choices.join, r.r, False, False) for r in found]
    axes = multiverse_strip(universes, {}, alpha=0.05, n_undefined=0).axes[0]
    order = list(dict.fromkeys(r.benchmark for r in found))
    for line in (line for line in axes.lines if len(line.get_xdata()) == 1):
        row = round(line.get_ydata()[0])
        assert abs(line.get_ydata()[0] - row) < 0.4
        assert line.get_xdata()[0] in {r.r for r in found if r.benchmark == order[row]}


def test_results_that_are_all_undefined_are_said_to_be():
    (text,) = multiverse_strip([], {}, alpha=0.05, n_undefined=4).texts
    assert text.get_text() == "None of 4 results has an r: too few networks have scores."


def test_nothing_to_plot_is_refused():
    with pytest.raises(ValueError, match="no results"):
        multiverse_strip([], {}, alpha=0.05, n_undefined=0)
