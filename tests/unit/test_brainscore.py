"""Brain-Scores are the paper's, are joined by id, and a table that does not fit is refused by file, line and column."""

import random
from pathlib import Path

import pytest

from support import DATA, PAPER_CONFIG, PROJECT, needs_data
from texalign.brainscore.join import join_by_published_positions, join_scores
from texalign.brainscore.scores import BrainScoreTable, read_scores

BENCHMARKS = ("average_vision", "neural_vision", "behavior_vision", "V1", "V2", "V4", "IT")

# Supplementary Table 5, typed in again.
PAPER_SCORES = {
    "alexnet": (0.171, 0.281, 0.06, 0.338, 0.176, 0.355, 0.255),
    "densenet121": (0.311, 0.344, 0.278, 0.388, 0.275, 0.396, 0.315),
    "densenet169": (0.276, 0.305, 0.248, 0.346, 0.178, 0.384, 0.312),
    "densenet201": (0.318, 0.293, 0.343, 0.34, 0.19, 0.388, 0.253),
    "inception_v3": (0.33, 0.3, 0.358, 0.321, 0.169, 0.388, 0.324),
    "resnet18": (0.152, 0.221, 0.084, 0.091, 0.151, 0.377, 0.263),
    "resnet34": (0.147, 0.206, 0.089, 0.077, 0.143, 0.359, 0.244),
    "resnet50": (0.362, 0.326, 0.397, 0.356, 0.191, 0.395, 0.363),
    "resnet101": (0.26, 0.081, 0.44, 0.127, 0.068, 0.062, 0.066),
    "resnet152": (0.202, 0.044, 0.359, 0.021, 0.074, 0.012, 0.069),
    "vgg16_bn": (0.322, 0.288, 0.354, 0.319, 0.147, 0.385, 0.303),
    "vgg19_bn": (0.305, 0.267, 0.343, 0.285, 0.13, 0.367, 0.285),
}


# The leaderboard's names of the networks, by which the table is keyed.
IDS = {model: network["brainscore_id"] for model, network in PAPER_CONFIG["networks"].items()}


@pytest.fixture(scope="module")
def shipped() -> BrainScoreTable:
    return read_scores(
        PROJECT / PAPER_CONFIG.get("brainscore", {}).get("table", "resources/brainscore.csv"), BENCHMARKS
    )


@pytest.fixture
def table(tmp_path: Path):
    """Writes a table's text to a file and reads it."""

    def read(text: str, benchmarks: tuple[str, ...] = ("V1", "IT"), encoding: str = "utf-8") -> BrainScoreTable:
        path = tmp_path / "mine.csv"
        path.write_bytes(text.encode(encoding))
        return read_scores(path, benchmarks)

    return read


# -------------------------------------------------------------------------------------------------- the paper's table


def test_shipped_scores_are_the_papers(shipped: BrainScoreTable):
    expected = {IDS[model]: dict(zip(BENCHMARKS, scores, strict=True)) for model, scores in PAPER_SCORES.items()}
    assert shipped.scores == expected
    assert shipped.benchmarks == BENCHMARKS


@needs_data
def test_shipped_numbers_are_the_papers_to_the_letter():
    def numbers(path: Path, first: int) -> list[list[str]]:
        lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        return [line.split(",")[first:] for line in lines]

    assert numbers(PROJECT / "resources/brainscore.csv", 1) == numbers(DATA / "brainscore/paper_table5.csv", 2)


def test_papers_networks_are_all_joined(shipped: BrainScoreTable):
    joined = join_scores(IDS, shipped)
    assert len(joined) == 12 * 7
    for row in joined:
        assert (row.score, row.note) == (PAPER_SCORES[row.model][BENCHMARKS.index(row.benchmark)], "")


# -------------------------------------------------------------------------------------------------------------- joins


@pytest.mark.parametrize("seed", range(3))
def test_order_does_not_matter(table, seed: int):
    ids, lines = list(PAPER_SCORES), [f"{model},{scores[3]}" for model, scores in PAPER_SCORES.items()]
    random.Random(seed).shuffle(ids)
    random.Random(seed + 100).shuffle(lines)
    joined = join_scores({model: model for model in ids}, table("\n".join(["model,V1", *lines]), ("V1",)))
    assert {row.model: row.score for row in joined} == {model: scores[3] for model, scores in PAPER_SCORES.items()}
    assert [row.model for row in joined] == ids


SWAPPED = {"resnet18": "resnet101", "resnet101": "resnet18", "resnet34": "resnet152", "resnet152": "resnet34"}


def test_positions_do_not_pair(shipped: BrainScoreTable):
    # The order of the networks must not matter, least of all that of their names, by which the published script pairs.
    joined = join_scores({model: IDS[model] for model in sorted(IDS)}, shipped)
    scores = {row.model: row.score for row in joined if row.benchmark == "IT"}
    assert scores == {model: PAPER_SCORES[model][BENCHMARKS.index("IT")] for model in PAPER_SCORES}


@pytest.mark.parametrize("seed", range(3))
def test_published_positions_swap_four_pairs_and_no_others(shipped: BrainScoreTable, seed: int):
    models = list(IDS)
    random.Random(seed).shuffle(models)
    paired = join_by_published_positions({model: IDS[model] for model in models})
    assert list(paired) == models
    assert {model: name for model, name in paired.items() if name != IDS[model]} == {
        model: IDS[other] for model, other in SWAPPED.items()
    }
    # Scores, not only names: each network that is swapped has the other's row of the paper's table.
    for row in join_scores(paired, shipped):
        other = SWAPPED.get(row.model, row.model)
        assert row.score == PAPER_SCORES[other][BENCHMARKS.index(row.benchmark)]


def test_published_positions_leave_networks_without_an_id_alone():
    paired = join_by_published_positions({"b": "x", "untrained": None, "a": "y"})
    assert paired == {"b": "y", "untrained": None, "a": "x"}


def test_ids_may_differ_from_the_networks_names(table):
    scores = table("model,V1,IT\nresnet_50_v1,0.1,0.2\nvgg_16,0.3,0.4\n")
    joined = join_scores({"mine": "vgg_16", "resnet50": "resnet_50_v1"}, scores)
    assert [(row.model, row.brainscore_id, row.benchmark, row.score) for row in joined] == [
        ("mine", "vgg_16", "V1", 0.3),
        ("mine", "vgg_16", "IT", 0.4),
        ("resnet50", "resnet_50_v1", "V1", 0.1),
        ("resnet50", "resnet_50_v1", "IT", 0.2),
    ]


def test_networks_without_a_score_are_listed_with_the_reason(table):
    scores = table("model,V1,IT\nalexnet,,0.2\n")
    joined = join_scores({"alexnet": "alexnet", "untrained": None, "blank": ""}, scores)
    found = {(row.model, row.benchmark): (row.score, row.note) for row in joined}
    assert found["alexnet", "V1"] == (None, "no score for V1")
    assert found["alexnet", "IT"] == (0.2, "")
    for benchmark in ("V1", "IT"):
        assert found["untrained", benchmark] == (None, "no Brain-Score id in the config")
        assert found["blank", benchmark] == (None, "no Brain-Score id in the config")


def test_id_that_is_not_there_is_refused_with_the_nearest(table):
    scores = table("model,V1,IT\nresnet_50_v1,0.1,0.2\nvgg_16,0.3,0.4\n")
    with pytest.raises(
        ValueError, match=r"mine\.csv: has no model 'resnet_50', .* of mine; the nearest: resnet_50_v1\."
    ):
        join_scores({"mine": "resnet_50"}, scores)
    with pytest.raises(ValueError, match=r"none is near.*has no id"):
        join_scores({"mine": "alexnet"}, scores)


def test_one_score_does_not_count_twice(table):
    scores = table("model,V1,IT\nalexnet,0.1,0.2\n")
    with pytest.raises(ValueError, match=r"alexnet, again share a Brain-Score id \(alexnet\)"):
        join_scores({"alexnet": "alexnet", "again": "alexnet", "one": None, "two": None}, scores)


# ------------------------------------------------------------------------------------------------------ reading tables


@pytest.mark.parametrize("cell", ["", "  ", "NaN", "nan"])
def test_no_score_is_not_zero(table, cell: str):
    assert table(f"model,V1,IT\nalexnet,{cell},0\n").scores == {"alexnet": {"IT": 0.0}}


def test_comments_blank_lines_quotes_spaces_and_byte_order_marks(table):
    lines = ['\ufeff# "an export"', '"model",V1, IT ,note', "", 'alexnet,".1",0.2,"a, b"', "# c", ",,,", "b,1,2,", ""]
    assert table("\r\n".join(lines)).scores == {"alexnet": {"V1": 0.1, "IT": 0.2}, "b": {"V1": 1.0, "IT": 2.0}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model,V1\nalexnet,0.3\n", r"mine\.csv: has no column IT; it has model, V1"),
        ("Model,V1,IT\nalexnet,0.3,0.1\n", r"mine\.csv: has no column model; it has Model, V1, IT"),
        ("model,V1,IT,V1\nalexnet,1,2,3\n", r"mine\.csv: has more than one column V1"),
        ("# only a comment\n\n", r"mine\.csv: is empty, expected a header line"),
        ("# c\nmodel,V1,IT\na,1,2\n\nb,1,2\na,.3,.4\n", r"mine\.csv, line 6, column model: 'a' is listed twice"),
        ("model,V1,IT\n,1,2\n", r"mine\.csv, line 2, column model: has no id"),
        ("# c\nmodel,V1,IT\na,1,2\nb,1,X\n", r"mine\.csv, line 4, column IT: 'X' is not a finite number"),
        ("model,V1,IT\na,inf,2\n", r"mine\.csv, line 2, column V1: 'inf' is not a finite number"),
        ("model,V1,IT\na,1\n", r"mine\.csv, line 2: has 2 cells, the header line has 3"),
        ("model,V1,IT\na,1,2,3\n", r"mine\.csv, line 2: has 4 cells, the header line has 3"),
        ('model,V1,IT\na,"0,1",2\n', r"mine\.csv, line 2, column V1: '0,1' is not a finite number"),
        # Python's float() would take these three for 17, 3 and 17.
        ("model,V1,IT\na,1_7,.2\n", r"mine\.csv, line 2, column V1: '1_7' is not a finite number"),
        ("model,V1,IT\na,٣,.2\n", r"mine\.csv, line 2, column V1: '٣' is not a finite number"),
        ("model,V1,IT\na,1e999,.2\n", r"mine\.csv, line 2, column V1: '1e999' is not a finite number"),
        ("model,V1,IT\na,.1,171\n", r"mine\.csv, line 2, column IT: 171 is no Brain-Score\. .* from -1 to 2"),
        ("model,V1,IT\na,.1,-3\n", r"mine\.csv, line 2, column IT: -3 is no Brain-Score"),
        (f"model,V1,IT\na,.1,{'x' * 5000}\n", r"mine\.csv, line 2, column IT: 'x{57}\.\.\.' is not a finite number"),
    ],
)
def test_tables_that_do_not_fit_are_refused_by_place(table, text: str, message: str):
    with pytest.raises(ValueError, match=message):
        table(text)


def test_other_encodings_are_refused_by_name(table):
    with pytest.raises(ValueError, match=r"mine\.csv, line 2: is not UTF-8 text"):
        table("model,V1,IT\nréseau,1,2\n", encoding="latin-1")


def test_scores_below_zero_and_above_one_are_carried_and_said(table, caplog: pytest.LogCaptureFixture):
    with caplog.at_level("INFO"):
        scores = table("model,V1,IT,IT_error\na,-0.067,1.2,.01\n").scores
    assert scores == {"a": {"V1": -0.067, "IT": 1.2}}
    assert "2 scores are below 0 or above 1, and carried: V1 of a -0.067, IT of a 1.2" in caplog.text
    assert "columns that are not read: IT_error" in caplog.text


def test_columns_that_are_not_asked_for_may_hold_anything(table):
    assert table("Rank,model,V1\nfirst,alexnet,0.1\n", ("V1",)).scores == {"alexnet": {"V1": 0.1}}


def test_missing_file_is_named(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.csv"):
        read_scores(tmp_path / "nowhere.csv", ["V1"])


@needs_data
def test_a_row_of_the_leaderboards_own_export(table):
    lines = (DATA / "brainscore/leaderboard_2025-09-08.csv").read_text().splitlines()
    text = "\n".join([*lines[:1], lines[1].replace('"Model"', '"model"'), lines[60 - 1]])
    assert table(text, BENCHMARKS).scores == {
        "resnet_50_v1": dict(zip(BENCHMARKS, PAPER_SCORES["resnet50"], strict=True)),
    }
