"""Scores from a leaderboard export: what is missing is not zero, and of two rows with one name none is guessed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from support import DATA, PAPER_CONFIG, PROJECT, needs_data
from texalign.brainscore.composition import Composition, read_composition
from texalign.brainscore.leaderboard import (
    AGGREGATES,
    Leaderboard,
    ScoreSource,
    aggregate_scores,
    choose_rows,
    chosen_leaderboard,
    coverage,
    read_leaderboard,
    scores_of,
)
from texalign.brainscore.scores import read_scores
from texalign.statistics import pearson

BENCHMARKS = PAPER_CONFIG["brainscore"]["benchmarks"]
COMPOSITION = PROJECT / "resources/leaderboard_benchmarks.csv"
IDS = {model: network["brainscore_id"] for model, network in PAPER_CONFIG["networks"].items()}

# IT has three parts, of which `group` has two; `b` has not taken all, `c` but one.
SMALL = Composition({"IT": ("a1", "a2", "group"), "group": ("g1", "g2")})
HEADER = '# Generated\n"Rank","Model","average_vision","IT","a1","a2","group","g1","g2"\n'
ROWS = [
    '"1","full",".5","0.5",".6",".5","0.4",".3",".5"',
    '"2","b",".4","0.267",".6","","0.2",".4",""',
    '"3","c",".1","0.2",".6",,"","",""',
    '"3","b",".45","0.3",".9","","","",""',
]


@pytest.fixture
def board(tmp_path: Path) -> Callable[..., Leaderboard]:
    """Reads an export of the given rows."""

    def read(rows: list[str] = ROWS, composition: Composition = SMALL, benchmarks: list[str] | None = None):
        path = tmp_path / "export.csv"
        path.write_text(HEADER + "\n".join(rows) + "\n")
        return read_leaderboard(path, composition, benchmarks or ["IT"])

    return read


def chosen(board: Leaderboard, **lines: int) -> dict:
    return choose_rows(board, {"full": "full", "b": "b", "c": "c", "untrained": None}, lines, "first")


# ---------------------------------------------------------------------------------------------------------- aggregates


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        ("leaderboard", {"full": 0.5, "b": 0.267, "c": 0.2}),
        # b: the mean of .6 and of group's .4; c: .6 alone.
        ("nanmean", {"full": 0.5, "b": 0.5, "c": 0.6}),
        # Only a1 was taken by all.
        ("common_benchmarks", {"full": 0.6, "b": 0.6, "c": 0.6}),
    ],
)
def test_missing_benchmarks_are_not_zeros(board, aggregate: str, expected: dict[str, float]):
    rows = chosen(board())
    table = aggregate_scores(board(), rows, ["IT"], aggregate)
    assert {name: scores["IT"] for name, scores in table.scores.items()} == pytest.approx(expected)


def test_each_benchmark_for_itself(board):
    table = aggregate_scores(board(), chosen(board()), ["IT"], "per_benchmark")
    assert table.benchmarks == ("a1", "a2", "g1", "g2")
    assert table.scores["b"] == {"a1": 0.6, "g1": 0.4}
    assert table.scores["c"] == {"a1": 0.6}


def test_single_benchmarks_are_selectable_and_stay_what_they_are(board):
    for aggregate in AGGREGATES:
        table = aggregate_scores(board(benchmarks=["a1", "g1"]), chosen(board()), ["a1"], aggregate)
        assert {name: scores["a1"] for name, scores in table.scores.items()} == {"full": 0.6, "b": 0.6, "c": 0.6}


def test_nothing_in_common_gives_no_score_and_the_reason(board):
    only_group = '"3","c",".1","0.1","","","0.3",".6",""'
    read = board([*ROWS[:1], '"2","b",".4","0.2",".6","","","",""', only_group])
    table = aggregate_scores(read, chosen(read), ["IT"], "common_benchmarks")
    assert table.scores == {"full": {}, "b": {}, "c": {}}
    assert table.reasons == {"IT": "no benchmark of IT was taken by all 3 networks"}


def test_an_export_that_is_composed_otherwise_is_refused(board):
    read = board(['"1","full",".5","0.7",".6",".5","0.4",".3",".5"', *ROWS[1:3]])
    assert aggregate_scores(read, chosen(read), ["IT"], "leaderboard").scores["full"] == {"IT": 0.7}
    with pytest.raises(ValueError, match=r"export\.csv, line 3: IT of 'full' is 0\.7, but the mean .* 0\.5000"):
        aggregate_scores(read, chosen(read), ["IT"], "nanmean")


def test_shares_of_zeros_are_shares_of_weight(board):
    """IT has three parts of a third each; one of them has two parts of a sixth."""
    table = aggregate_scores(board(), chosen(board()), ["IT"], "leaderboard")
    found = {name: shares["IT"] for name, shares in table.zero_filled.items()}
    assert found == pytest.approx({"full": 0, "b": 1 / 3 + 1 / 6, "c": 2 / 3})
    assert {name: taken["IT"] for name, taken in table.taken.items()} == pytest.approx(
        {"full": 0.5, "b": 0.5, "c": 0.6}
    )
    assert aggregate_scores(board(), chosen(board()), ["IT"], "nanmean").zero_filled == {}


def test_a_table_may_say_what_was_filled_with_zeros(tmp_path: Path):
    (tmp_path / "scores.csv").write_text("model,IT,V1\na,0.1,.2\n")
    (tmp_path / "zeros.csv").write_text("model,IT\na,0.25\n")
    source = ScoreSource(str(tmp_path / "scores.csv"), zero_filled=str(tmp_path / "zeros.csv"))
    table = scores_of(source, {"a": "a"}, ["IT", "V1"])
    assert (table.zero_filled, table.taken) == ({"a": {"IT": 0.25}}, {"a": {}})
    (tmp_path / "zeros.csv").write_text("model,IT,V1_taken\na,0.25,0.4\n")
    table = scores_of(source, {"a": "a"}, ["IT", "V1"])
    assert (table.zero_filled, table.taken) == ({"a": {"IT": 0.25}}, {"a": {"V1": 0.4}})
    assert scores_of(replace(source, zero_filled=None), {"a": "a"}, ["IT"]).zero_filled == {}


def test_unknown_names_are_refused(board):
    with pytest.raises(ValueError, match="unknown aggregate 'mean'; known: leaderboard"):
        aggregate_scores(board(), chosen(board()), ["IT"], "mean")
    with pytest.raises(ValueError, match="unknown rule for duplicates 'last'"):
        choose_rows(board(), {"b": "b"}, {}, "last")
    with pytest.raises(ValueError, match=r"export\.csv: has no column V9; it has Rank, Model"):
        board(benchmarks=["V9"])


def test_coverage_says_what_a_score_rests_on(board):
    read = board()
    ids = {"full": "full", "net": "b", "other": "c", "untrained": None}
    rows = choose_rows(read, ids, {"net": 4})
    full, net, other = coverage(read, ids, rows, ["IT"])
    assert (full.n_parts, full.n_parts_scored, full.n_leaves, full.n_leaves_scored) == (3, 3, 4, 4)
    assert full.missing_parts == ""
    assert (net.model, net.brainscore_id, net.line, net.benchmark) == ("net", "b", 4, "IT")
    assert (net.n_parts_scored, net.n_leaves_scored, net.missing_parts) == (2, 2, "a2")
    assert (net.exported, net.nanmean, net.common_benchmarks) == pytest.approx((0.267, 0.5, 0.6))
    assert net.zero_filled == pytest.approx((0.6 + 0.2) / 3)
    assert other.missing_parts == "a2; group"


# ---------------------------------------------------------------------------------------------------------- duplicates


def test_duplicates_are_refused_by_line_unless_pinned_or_ruled(board):
    with pytest.raises(
        ValueError, match=r"export\.csv: 'b' \(net\) is listed in lines 4, 6; pin one with brainscore_line"
    ):
        choose_rows(board(), {"net": "b"}, {})
    assert choose_rows(board(), {"net": "b"}, {"net": 6})["b"].scores["a1"] == 0.9
    assert choose_rows(board(), {"net": "b"}, {}, "first")["b"].line == 4
    assert choose_rows(board(), {"net": "b"}, {}, "highest_average")["b"].line == 6
    # A line that is pinned goes before the rule.
    assert choose_rows(board(), {"net": "b"}, {"net": 4}, "highest_average")["b"].line == 4


def test_a_line_that_holds_another_model_is_refused(board):
    with pytest.raises(ValueError, match=r"export\.csv: line 5 is not 'b' \(net\), which is in line 4, 6"):
        choose_rows(board(), {"net": "b"}, {"net": 5})


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ({"x": "full", "y": "full"}, r"the networks x, y share a Brain-Score id \(full\)"),
        ({"x": "ful"}, r"has no model 'ful', the Brain-Score id of x; the nearest: full"),
    ],
)
def test_ids_that_do_not_fit_are_refused(board, ids: dict[str, str], message: str):
    with pytest.raises(ValueError, match=message):
        choose_rows(board(), ids, {})


# --------------------------------------------------------------------------------------------------------- composition


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("benchmark,part_of\na,IT\nb,IT\na,V4\n", r"composition\.csv, line 4: a is part of IT already"),
        ("benchmark,part_of\na,b\nb,a\n", r"composition\.csv: a is part of itself"),
        ("benchmark\na\n", r"composition\.csv: has no column part_of"),
    ],
)
def test_compositions_that_do_not_fit_are_refused(tmp_path: Path, text: str, message: str):
    (tmp_path / "composition.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_composition(tmp_path / "composition.csv")


def test_shipped_composition_is_a_tree_of_the_leaderboards_levels():
    composition = read_composition(COMPOSITION)
    assert composition.parts["average_vision"] == ("neural_vision", "behavior_vision")
    assert composition.parts["neural_vision"] == ("V1", "V2", "V4", "IT")
    assert [len(composition.parts[area]) for area in ("V1", "V2", "V4", "IT", "behavior_vision")] == [3, 2, 5, 7, 8]
    leaves = composition.leaves("average_vision")
    assert len(leaves) == len(set(leaves)) == 24 + 2 + 5 + 7 + 43


def test_a_table_has_no_parts(tmp_path: Path):
    (tmp_path / "scores.csv").write_text("model,IT\na,0.1\n")
    source = ScoreSource(str(tmp_path / "scores.csv"))
    assert scores_of(source, {"a": "a"}, ["IT"]).scores == {"a": {"IT": 0.1}}
    with pytest.raises(ValueError, match="aggregate nanmean needs a leaderboard export, this is a table"):
        scores_of(source, {"a": "a"}, ["IT"], "nanmean")


# ------------------------------------------------------------------------------------------------ the real leaderboard

TEXTURE = [
    "FreemanZiemba2013.V1-pls",
    "FreemanZiemba2013.V2-pls",
    "V1-texture_modulation",
    "Geirhos2021cueconflict-error_consistency",
    "Geirhos2021stylized-error_consistency",
    "Hermann2020cueconflict-shape_bias",
]


def real_source(**changes: object) -> ScoreSource:
    path = str(DATA / "brainscore/leaderboard_2025-09-08.csv")
    return ScoreSource(path, "leaderboard", "highest_average", str(COMPOSITION), **changes)


@needs_data
def test_zero_filled_means_are_the_papers_table():
    """All twelve networks: the mean over parts, missing ones as zero, is the paper's number to its three digits."""
    board, rows = chosen_leaderboard(real_source(), IDS, BENCHMARKS)
    papers = read_scores(PROJECT / "resources/brainscore.csv", BENCHMARKS).scores
    found = {(row.brainscore_id, row.benchmark): row for row in coverage(board, IDS, rows, BENCHMARKS)}
    assert len(found) == 12 * 7
    for (name, benchmark), row in found.items():
        assert row.exported == papers[name][benchmark]
        # The parts are rounded to three digits themselves, so a mean can fall on the edge between two numbers, and the
        # average, a mean of means, a little beyond.
        edge = 0.001 if benchmark == "average_vision" else 0.0005
        assert row.zero_filled == pytest.approx(papers[name][benchmark], abs=edge + 1e-9), (name, benchmark)


@needs_data
def test_coverage_table_shows_what_resnet101s_it_rests_on():
    board, rows = chosen_leaderboard(real_source(), IDS, BENCHMARKS)
    found = {(row.model, row.benchmark): row for row in coverage(board, IDS, rows, BENCHMARKS)}
    row = found["resnet101", "IT"]
    assert (row.n_parts_scored, row.n_parts, row.exported, row.nanmean) == (1, 7, 0.066, pytest.approx(0.463))
    assert "Coggan2024_fMRI.IT-rdm" not in row.missing_parts
    assert len(row.missing_parts.split("; ")) == 6
    assert found["resnet152", "V1"].missing_parts == "FreemanZiemba2013.V1-pls; Marques2020"
    assert found["alexnet", "V1"].missing_parts == "Coggan2024_fMRI.V1-rdm"
    # The networks have no benchmark of V1, V2, V4 or IT in common: their means are not comparable at all.
    assert all(found["alexnet", area].common_benchmarks is None for area in ("V1", "V2", "V4", "IT"))
    assert found["alexnet", "behavior_vision"].common_benchmarks is not None


@needs_data
def test_shipped_shares_of_zeros_are_the_exports():
    table = scores_of(real_source(), IDS, BENCHMARKS)
    shipped = read_scores(PROJECT / "resources/brainscore_zero_filled.csv", BENCHMARKS).scores
    taken = read_scores(PROJECT / "resources/brainscore_zero_filled.csv", [f"{name}_taken" for name in BENCHMARKS])
    for name in filter(None, IDS.values()):
        assert shipped[name] == pytest.approx(table.zero_filled[name], abs=0.0005)
        assert {f"{b}_taken": mean for b, mean in table.taken[name].items()} == pytest.approx(
            taken.scores[name], abs=0.00005
        )


def test_what_zeros_do_to_the_papers_scores():
    """Correction 10 of docs/differences.md: what is said of the shipped scores, known without any export."""
    shipped = ScoreSource(
        str(PROJECT / "resources/brainscore.csv"), zero_filled=str(PROJECT / "resources/brainscore_zero_filled.csv")
    )
    table = scores_of(shipped, IDS, BENCHMARKS)

    def of(kind: Mapping[str, Mapping[str, float]], benchmark: str) -> np.ndarray:
        return np.array([kind[name][benchmark] for name in IDS.values()])

    r = {name: pearson(of(table.scores, name), of(table.taken, name)).r for name in BENCHMARKS}
    assert (round(r["average_vision"], 2), round(r["IT"], 2)) == (0.03, -0.64)
    zeros = {name: of(table.zero_filled, name).mean() for name in ("V4", "IT")}
    assert zeros == pytest.approx({"V4": 0.17, "IT": 0.35}, abs=0.006)
    squares = (of(table.scores, "V4") - of(table.scores, "V4").mean()) ** 2
    two = [list(IDS).index(model) for model in ("resnet101", "resnet152")]
    assert squares[two].sum() / squares.sum() == pytest.approx(0.83, abs=0.005)


@needs_data
def test_every_column_of_the_export_is_selectable():
    path = DATA / "brainscore/leaderboard_2025-09-08.csv"
    columns = [name.strip('"') for name in path.read_text().splitlines()[1].split(",")][3:]
    assert len(columns) == 130
    assert set(TEXTURE) < set(columns)
    table = scores_of(real_source(), IDS, columns)
    assert table.scores["alexnet"]["FreemanZiemba2013.V1-pls"] == 0.316
    assert "V1-texture_modulation" not in table.scores["resnet-18"]
    assert max(len(scores) for scores in table.scores.values()) > 100


@needs_data
def test_alexnets_ten_rows_are_told_apart():
    with pytest.raises(ValueError, match=r"'alexnet' \(alexnet\) is listed in lines 290, 291, "):
        chosen_leaderboard(ScoreSource(real_source().path, "leaderboard", "refuse", str(COMPOSITION)), IDS, ["V1"])
    _, rows = chosen_leaderboard(real_source(), IDS, ["V1"])
    # The paper's table names these cells of its spreadsheet.
    lines = {"alexnet": 290, "resnet-18": 354, "resnet-34": 357, "resnet_50_v1": 60, "resnet_101_v1": 176}
    assert {name: rows[name].line for name in lines} == lines
    _, rows = chosen_leaderboard(real_source(lines={"alexnet": 295}), IDS, ["V1"])
    assert rows["alexnet"].scores["V1"] == 0.316


@needs_data
def test_exported_aggregates_of_all_models_are_zero_filled_means():
    """The shipped composition holds for all 471 rows, but for four averages that the export has otherwise."""
    composition = read_composition(COMPOSITION)
    board = read_leaderboard(real_source().path, composition, [*composition.parts])
    assert len(board.rows) == 471
    off = [
        name
        for row in board.rows
        for name in composition.parts
        if name in row.scores and abs(row.scores[name] - composition.zero_filled(name, row.scores)) > 0.0015
    ]
    assert set(off) <= {"average_vision"}
    assert len(off) == 4
