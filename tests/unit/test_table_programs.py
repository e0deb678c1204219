"""The programs that make the tables: what they write, what they refuse, and that a refusal leaves no file."""

import math
import re
import runpy
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from support import PAPER_CONFIG, PROJECT
from texalign import names, statistics
from texalign.artifacts import records, tables
from texalign.brainscore.correlation import CorrelationRow, CorrelationSettings, correlation_rows
from texalign.brainscore.families import effective_number, family_permutation_p
from texalign.brainscore.join import ScoredLayer
from texalign.information import layers
from texalign.information.rows import MI_COLUMNS, BestLayer, Inference, InferenceRow, OfLayer, joined

SCRIPTS = PROJECT / "workflow" / "scripts"
BEST_COLUMNS = tuple(column.name for column in records.columns(BestLayer))
ENTROPIES = ("class_entropy_bits", "cluster_entropy_bits", "mi_ceiling_bits")


@dataclass(frozen=True)
class Run:
    """A program's exit status, what it said, and the table it wrote (None where there is no file)."""

    status: int
    said: str
    rows: list[dict[str, str]] | None


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, caplog: pytest.LogCaptureFixture
):
    """Runs a program, as from the command line, in a folder of its own, where it writes out/table.tsv."""
    monkeypatch.chdir(tmp_path)

    def program(name: str, *arguments: str | Path) -> Run:
        output = tmp_path / "out" / "table.tsv"
        output.unlink(missing_ok=True)
        path = str(SCRIPTS / f"{name}.py")
        monkeypatch.setattr(sys, "argv", [path, *map(str, arguments), "--output", str(output)])
        status = 0
        # In this process, since starting one for each run would take longer than all the programs.
        try:
            runpy.run_path(path, run_name="__main__")
        except SystemExit as ending:
            status = ending.code
        left = list(output.parent.iterdir()) if output.parent.exists() else []
        assert left == ([output] if status == 0 else []), "something half-made was left"
        return Run(status, capsys.readouterr().err + caplog.text, tables.read_tsv(output) if left else None)

    return program


def refused(run: Run, *messages: str) -> None:
    """The program ended with exit status 1 and one line of error, and wrote nothing."""
    assert run.status == 1, run.said
    assert run.rows is None
    (line,) = (line for line in run.said.splitlines() if ": error: " in line)
    for message in messages:
        assert message in line


def mi_row(protocol: str, model: str, layer: str, bits: float | str = 1.0) -> dict[str, object]:
    numbers = {"channels": 64, "n_images": 9, "n_classes": 3, "n_clusters": 3}
    row = {"representation": "gram", "protocol": protocol, "model": model, "layer": layer}
    row |= {"position": int(layer[1:]), "module": f"conv.{layer}"}
    return row | numbers | dict.fromkeys((*ENTROPIES, *names.MEASURES), 0.1 + 0.2) | {"mi_nsb_bits": bits}


def write_mi(path: Path, rows: Sequence[dict[str, object]]) -> Path:
    tables.write_tsv(path, MI_COLUMNS, rows)
    return path


# --------------------------------------------------------------------------------------------------------- tabulate_mi


def test_tables_are_concatenated_in_the_order_given(run, tmp_path: Path):
    keys = [("unit", "b", "L2"), ("unit", "b", "L1"), ("raw", "a", "L1"), ("unit", "a", "L1")]
    expected = [mi_row(*key) for key in keys]
    files = [write_mi(tmp_path / f"{'-'.join(key)}.tsv", [row]) for key, row in zip(keys, expected, strict=True)]
    result = run("tabulate_mi", "--information", *files)
    assert tuple(result.rows[0]) == MI_COLUMNS
    assert result.rows == [{column: str(value) for column, value in row.items()} for row in expected]


def test_columns_are_the_designs():
    first = [
        "representation",
        "protocol",
        "model",
        "layer",
        "position",
        "module",
        "channels",
        "n_images",
        "n_classes",
        "n_clusters",
    ]
    assert list(MI_COLUMNS) == [*first, *ENTROPIES, *names.MEASURES]


def test_a_file_of_other_columns_is_named(run, tmp_path: Path):
    good = write_mi(tmp_path / "good.tsv", [mi_row("raw", "a", "L1")])
    bad = tmp_path / "bad.tsv"
    bad.write_text("protocol\tmodel\ngram\ta\n")
    refused(
        run("tabulate_mi", "--information", good, bad),
        "bad.tsv: has the columns protocol, model; expected representation, ",
    )


def test_a_layer_that_comes_twice_is_named(run, tmp_path: Path):
    files = [write_mi(tmp_path / f"{name}.tsv", [mi_row("raw", "a", "L1")]) for name in ("first", "second")]
    result = run("tabulate_mi", "--information", *files)
    refused(result, "second.tsv: repeats gram, raw, a, L1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "bad.tsv: is empty"),
        ("\t".join(MI_COLUMNS) + "\n", "bad.tsv: has no rows"),
        ("\t".join(MI_COLUMNS) + "\n1\n", "bad.tsv, line 2"),
    ],
)
def test_a_cut_off_file_is_named(run, tmp_path: Path, text: str, message: str):
    (tmp_path / "bad.tsv").write_text(text)
    refused(run("tabulate_mi", "--information", "bad.tsv"), message)


def test_a_missing_file_is_named(run):
    refused(run("tabulate_mi", "--information", "nowhere.tsv"), "nowhere.tsv")


# ------------------------------------------------------------------------------------------------------ select_best_mi


def test_best_layers_by_protocol_and_network(run, tmp_path: Path):
    bits = {
        ("unit", "b"): (0.5, 1.25, 0.75),
        ("unit", "a"): (0.1 + 0.2, 0.3, -0.1),
        ("raw", "b"): (0.0, -1.0, -0.5),
        ("raw", "a"): (9.5, 10.0, 9.0),
    }
    rows = [mi_row(*key, f"L{i}", value) for key, values in bits.items() for i, value in enumerate(values, start=1)]
    result = run("select_best_mi", "--mi", write_mi(tmp_path / "mi.tsv", rows))
    assert tuple(result.rows[0]) == BEST_COLUMNS
    assert all(row["value"] == row["mi_nsb_bits"] for row in result.rows)
    assert [(row["protocol"], row["model"], row["layer"], float(row["mi_nsb_bits"])) for row in result.rows] == [
        ("unit", "b", "L2", 1.25),
        ("unit", "a", "L1", 0.1 + 0.2),
        ("raw", "b", "L1", 0.0),
        ("raw", "a", "L2", 10.0),
    ]
    assert result.rows[0]["module"] == "conv.L2"
    assert float(result.rows[0]["mi_of_ceiling"]) == 0.1 + 0.2


@pytest.mark.parametrize("order", [("L10", "L9", "L2", "L1"), ("L2", "L9", "L10", "L1")])
def test_of_equal_layers_the_earliest_is_best(run, tmp_path: Path, order: tuple[str, ...]):
    rows = [mi_row("raw", "a", layer, 0.5 if layer == "L1" else 1.5) for layer in order]
    assert run("select_best_mi", "--mi", write_mi(tmp_path / "mi.tsv", rows)).rows[0]["layer"] == "L2"


@pytest.mark.parametrize("cell", ["", "inf", "much"])
def test_information_that_is_not_a_number_is_named(run, tmp_path: Path, cell: str):
    mi = write_mi(tmp_path / "mi.tsv", [mi_row("raw", "a", "L1"), mi_row("raw", "a", "L2", cell)])
    refused(run("select_best_mi", "--mi", mi), f"mi.tsv, line 3, column mi_nsb_bits: {cell!r} is not a finite number")


def test_a_missing_column_is_named(run, tmp_path: Path):
    (tmp_path / "mi.tsv").write_text("protocol\tmodel\ngram\ta\n")
    refused(
        run("select_best_mi", "--mi", "mi.tsv"), "mi.tsv: has no column representation, layer", "it has protocol, model"
    )


def test_of_a_criterion_of_which_less_is_better_the_lowest_is_best(monkeypatch: pytest.MonkeyPatch):
    rows = [mi_row("raw", "a", f"L{i}", bits) for i, bits in enumerate((2.0, 1.0, 3.0), start=1)]
    rows = layers.with_criterion(rows, {}, "mi_plugin_bits")
    assert [row["layer"] for row in layers.best_layers(rows, "mi_nsb_bits")] == ["L3"]
    monkeypatch.setattr(names, "LOWER_IS_BETTER", frozenset({"mi_nsb_bits"}))
    assert [row["layer"] for row in layers.best_layers(rows)] == ["L2"]
    named = [row | {"criterion": "mi_nsb_bits", "value": row["mi_nsb_bits"]} for row in rows]
    assert [row["layer"] for row in layers.best_layers(named, "value")] == ["L2"]


def test_p_values_of_many_layers_are_corrected_by_protocol():
    p = {("unit", "a"): (0.001, 0.04), ("unit", "b"): (0.03, 0.5), ("raw", "a"): (0.04, 0.04)}
    columns = dict.fromkeys((field.name for field in fields(Inference)), 1)
    found = [
        joined(
            InferenceRow,
            OfLayer("gram", protocol, model, f"L{position}", position, "conv"),
            **columns | {"null_p": value, "null_q": None},
        )
        for (protocol, model), values in p.items()
        for position, value in enumerate(values, start=1)
    ]
    corrected = layers.with_q_values(found)
    assert [replace(row, null_q=None) for row in corrected] == found
    expected = [*stats.false_discovery_control([0.001, 0.04, 0.03, 0.5], method="bh").tolist(), 0.04, 0.04]
    assert [row.null_q for row in corrected] == pytest.approx(expected)
    assert expected[1] > 0.05 > 0.04


# ----------------------------------------------------------------------------------------------------- join_brainscore


def best_row(protocol: str, model: str, layer: str, bits: float) -> dict[str, object]:
    of_layer = {"representation": "gram", "protocol": protocol, "model": model, "layer": layer, "module": "conv"}
    return of_layer | {"criterion": "mi_nsb_bits", "value": bits, "mi_nsb_bits": bits, "mi_of_ceiling": 0.5}


@pytest.fixture
def best(tmp_path: Path) -> Path:
    path = tmp_path / "best_mi.tsv"
    rows = [
        best_row(protocol, model, "L2", bits)
        for protocol in ("unit", "raw")
        for model, bits in (("net_b", 0.1 + 0.2), ("untrained", 0.1), ("net_a", 1.5))
    ]
    tables.write_tsv(path, BEST_COLUMNS, rows)
    (tmp_path / "scores.csv").write_text("# mine\nmodel,V1,IT\nid-a,0.25,\nid=b,0.5,0\n")
    return path


IDS = ("net_a=id-a", "net_b=id=b", "untrained=")


def test_scores_are_joined_by_id_and_gaps_are_explained(run, best: Path):
    result = run(
        *(
            "join_brainscore",
            "--best-mi",
            best,
            "--brainscore",
            "scores.csv",
            "--benchmarks",
            "IT",
            "V1",
            "--ids",
            *IDS,
        ),
        *("--families", "net_a=A", "net_b=B=2", "--matches", "net_b=relative", "untrained=relative"),
    )
    columns = ["model", "brainscore_id", "benchmark", "value", "score", "note", "family", "match"]
    expected = [
        ["net_b", "id=b", "IT", "0.30000000000000004", "0.0", "", "B=2", "relative"],
        ["net_b", "id=b", "V1", "0.30000000000000004", "0.5", "", "B=2", "relative"],
        ["untrained", "", "IT", "0.1", "", "no Brain-Score id in the config", "untrained", ""],
        ["untrained", "", "V1", "0.1", "", "no Brain-Score id in the config", "untrained", ""],
        ["net_a", "id-a", "IT", "1.5", "", "no score for IT", "A", "unstated"],
        ["net_a", "id-a", "V1", "1.5", "0.25", "", "A", "unstated"],
    ]
    assert tuple(result.rows[0]) == columns_of(ScoredLayer)
    assert [row["protocol"] for row in result.rows] == ["unit"] * 6 + ["raw"] * 6
    for rows in (result.rows[:6], result.rows[6:]):
        assert [[row[column] for column in columns] for row in rows] == expected
        assert {row["layer"] for row in rows} == {"L2"}
    for warning in ("untrained is left out: no Brain-Score id", "net_a is left out: no score for IT"):
        assert warning in result.said


@pytest.mark.parametrize(
    ("benchmarks", "ids", "messages"),
    [
        (["V1", "V9"], IDS, ["scores.csv: has no column V9", "it has model, V1, IT"]),
        (
            ["V1"],
            ["net_a=id-a", "net_b=id-a", "untrained="],
            ["net_a, net_b share a Brain-Score id (id-a)"],
        ),
        (["V1"], ["net_a=id-a", "net_b=id=b"], ["id", "untrained"]),
        (["V1"], ["net_a=id-a", "net_b=id-b", "untrained="], ["scores.csv: has no model 'id-b'", "nearest: id=b"]),
    ],
)
def test_joins_that_are_refused(run, best: Path, benchmarks: list[str], ids: Sequence[str], messages: list[str]):
    arguments = ["--best-mi", best, "--brainscore", "scores.csv", "--benchmarks", *benchmarks, "--ids", *ids]
    refused(run("join_brainscore", *arguments), *messages)


def test_a_score_that_is_not_a_number_is_named(run, best: Path, tmp_path: Path):
    (tmp_path / "scores.csv").write_text("model,V1\nid-a,0.25\nid-b,high\n")
    arguments = ["--best-mi", best, "--brainscore", "scores.csv", "--benchmarks", "V1", "--ids", *IDS]
    refused(run("join_brainscore", *arguments), "scores.csv, line 3, column V1: 'high' is not a finite number")


def test_an_id_without_its_network_is_a_wrong_command_line(run, best: Path):
    arguments = ["--best-mi", best, "--brainscore", "scores.csv", "--benchmarks", "V1", "--ids", "net_a"]
    result = run("join_brainscore", *arguments)
    assert result.status == 2
    assert "'net_a' is not MODEL=ID" in result.said


# -------------------------------------------------------------------------------------------- leaderboard and coverage

LEADERBOARD = [
    "# Generated",
    '"Rank","Model","average_vision","IT","a1","a2"',
    '"1","id-a",".5","0.4",".3",".5"',
    '"2","id=b",".4","0.3",".6",""',
    '"3","id=b",".1","0.1",".2",""',
]


@pytest.fixture
def leaderboard_flags(tmp_path: Path) -> list[str]:
    """Flags of a leaderboard export in which net_b is listed twice and has taken one of two benchmarks."""
    (tmp_path / "export.csv").write_text("\n".join(LEADERBOARD) + "\n")
    (tmp_path / "composition.csv").write_text("benchmark,part_of\na1,IT\na2,IT\n")
    flags = ["--brainscore", "export.csv", "--format", "leaderboard", "--composition", "composition.csv"]
    return [*flags, "--benchmarks", "IT", "--ids", *IDS]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (["--duplicates", "first"], {"net_a": "0.4", "net_b": "0.3"}),
        (["--lines", "net_b=5", "--aggregate", "leaderboard"], {"net_a": "0.4", "net_b": "0.1"}),
        (["--duplicates", "first", "--aggregate", "nanmean"], {"net_a": "0.4", "net_b": "0.6"}),
        (["--duplicates", "first", "--aggregate", "common_benchmarks"], {"net_a": "0.3", "net_b": "0.6"}),
    ],
)
def test_scores_are_joined_from_a_leaderboard(run, best: Path, leaderboard_flags, choice: list[str], expected: dict):
    rows = run("join_brainscore", "--best-mi", best, *leaderboard_flags, *choice).rows
    assert {row["model"]: row["score"] for row in rows if row["score"]} == expected


def test_duplicates_of_a_leaderboard_are_refused(run, best: Path, leaderboard_flags):
    result = run("join_brainscore", "--best-mi", best, *leaderboard_flags)
    refused(result, "export.csv: 'id=b' (net_b) is listed in lines 4, 5")


def test_coverage_is_tabulated(run, leaderboard_flags):
    full, part = run("tabulate_brainscore_coverage", *leaderboard_flags, "--lines", "net_b=4").rows
    columns = ["model", "line", "n_parts", "n_parts_scored", "missing_parts"]
    assert [full[column] for column in columns] == ["net_a", "3", "2", "2", ""]
    assert [part[column] for column in columns] == ["net_b", "4", "2", "1", "a2"]
    means = ["exported", "zero_filled", "nanmean", "common_benchmarks"]
    assert [float(part[column]) for column in means] == [0.3, 0.3, 0.6, 0.6]


# ------------------------------------------------------------------------------------------------ correlate_brainscore


def write_scores(path: Path, benchmarks: dict[str, list[float | None]], bits: Sequence[float]) -> Path:
    """Scores of networks n0, n1, ..., the same ones under two protocols, of which the second has mi negated."""
    rows = [
        ScoredLayer(
            representation="gram",
            protocol=protocol,
            model=f"n{i}",
            brainscore_id=f"n{i}",
            benchmark=benchmark,
            layer="L1",
            criterion="mi_nsb_bits",
            value=sign * bits[i],
            score=score,
            note="" if score is not None else "no score",
            family="even" if i % 2 == 0 else "odd",
            match="relative" if i == 0 else "same_weights",
            zero_filled=0.1 * i,
            taken=None if score is None else 2 * score + 0.1 * (i == 1),
        )
        for protocol, sign in (("unit", 1), ("raw", -1))
        for i in range(len(bits))
        for benchmark, score in ((name, scores[i]) for name, scores in benchmarks.items())
    ]
    records.write_records(path, ScoredLayer, rows)
    return path


def columns_of(record: type) -> tuple[str, ...]:
    return tuple(column.name for column in records.columns(record))


def test_correlations_by_protocol_and_benchmark(run, tmp_path: Path):
    bits = [0.5, 0.9, 1.0, 1.6, 1.9]
    benchmarks = {
        "V1": [0.1, 0.2, 0.25, 0.4, 0.5],
        "IT": [0.4, 0.1, None, 0.3, 0.2],
        "V4": [None, 0.2, None, 0.3, None],
        "V2": [0.3, 0.3, 0.3, None, 0.3],
    }
    scores = write_scores(tmp_path / "scores.tsv", benchmarks, bits)
    rows = run("correlate_brainscore", "--scores", scores, "--alpha", "0.05").rows
    assert tuple(rows[0]) == columns_of(CorrelationRow)
    assert [(row["protocol"], row["benchmark"], row["n_models"]) for row in rows] == [
        (protocol, benchmark, n)
        for protocol in ("unit", "raw")
        for benchmark, n in (("V1", "5"), ("IT", "4"), ("V4", "2"), ("V2", "4"))
    ]
    for row, sign in ((rows[0], 1), (rows[4], -1)):
        expected = stats.pearsonr(benchmarks["V1"], bits)
        assert float(row["pearson_r"]) == pytest.approx(sign * expected.statistic)
        assert float(row["pearson_p"]) == pytest.approx(expected.pvalue)
        assert (row["significant"], row["note"]) == ("yes", "")
    # Without the network that has no score, not with a score of zero.
    expected = stats.pearsonr([0.4, 0.1, 0.3, 0.2], [0.5, 0.9, 1.6, 1.9])
    assert float(rows[1]["pearson_r"]) == pytest.approx(expected.statistic)
    assert float(rows[1]["pearson_p"]) == pytest.approx(expected.pvalue)
    assert rows[1]["significant"] == "no"
    for row, reason in ((rows[2], "fewer than 3 pairs"), (rows[3], "equal")):
        assert (row["pearson_r"], row["pearson_p"], row["significant"]) == ("", "", "")
        assert reason in row["note"]
        assert (row["pearson_q"], row["conclusion"], row["pearson_low"], row["without_network_low"]) == ("", "", "", "")


def test_what_is_inferred_of_a_correlation_is_what_its_functions_say(run, tmp_path: Path):
    bits, v1, it = [0.5, 0.9, 1.0, 1.6, 1.9, 1.7], [0.1, 0.2, 0.25, 0.4, 0.5, 0.1], [0.4, 0.1, 0.35, 0.3, 0.2, 0.3]
    path = write_scores(tmp_path / "scores.tsv", {"V1": v1, "IT": it}, bits)
    row, other = run("correlate_brainscore", "--scores", path, "--alpha", "0.1", "--equivalence-bound", "0.6").rows[:2]
    r, p = stats.pearsonr(v1, bits)
    found = {name: float(cell) for name, cell in row.items() if cell and re.fullmatch(r"-?[\d.e-]+", cell)}
    assert (found["pearson_low"], found["pearson_high"]) == pytest.approx(
        tuple(stats.pearsonr(v1, bits).confidence_interval(0.9))
    )
    assert found["spearman_r"] == pytest.approx(stats.spearmanr(v1, bits).statistic)
    assert found["permutation_p"] == statistics.permutation_p(v1, bits)
    q = stats.false_discovery_control([p, stats.pearsonr(it, bits).pvalue])
    assert [float(row["pearson_q"]), float(other["pearson_q"])] == pytest.approx(list(q))
    families = ["even", "odd"] * 3
    for name, groups in (("network", list("abcdef")), ("family", families)):
        expected = statistics.left_out_range(v1, bits, groups)
        assert (found[f"without_{name}_low"], found[f"without_{name}_high"]) == (expected.low, expected.high)
    assert found["detectable_r"] == statistics.detectable_r(6, 0.1)
    assert found["equivalence_bound"] == 0.6
    assert found["equivalence_p"] == pytest.approx(statistics.equivalence_p(r, 6, 0.6))
    assert found["smallest_bound"] == pytest.approx(statistics.smallest_bound(r, 6, 0.1))
    assert found["family_p"] == family_permutation_p(v1, bits, families)
    assert found["effective_networks"] == effective_number(v1, bits, families)
    assert found["n_families"] == 2
    assert found["equivalence_chance"] == statistics.equivalence_chance(6, 0.6, 0.1)
    q = stats.false_discovery_control([found["family_p"], float(other["family_p"])])
    assert [float(row["family_q"]), float(other["family_q"])] == pytest.approx(list(q))
    assert found["zero_filled_share"] == pytest.approx(0.25)
    taken = [2 * score + 0.1 * (i == 1) for i, score in enumerate(v1)]
    assert found["r_with_taken"] == pytest.approx(stats.pearsonr(v1, taken).statistic)
    squares = sorted((np.array(v1) - np.mean(v1)) ** 2)
    assert found["largest_two_share"] == pytest.approx(sum(squares[-2:]) / sum(squares))
    assert row["largest_two"] == "n4, n0"
    assert found["n_relatives"] == 1
    assert found["r_without_relatives"] == pytest.approx(stats.pearsonr(v1[1:], bits[1:]).statistic)
    # No errors were given, so nothing is said of them.
    assert (row["pearson_low_with_mi_error"], row["pearson_high_with_mi_error"]) == ("", "")


def score_rows(r_is_near: float, n: int, n_families: int | None = None, seed: int = 0) -> list[ScoredLayer]:
    """`n` networks whose scores and MI correlate by about `r_is_near`: each by itself, or only those of families."""
    rng = np.random.default_rng(seed)
    families = np.arange(n) if n_families is None else np.arange(n) * n_families // n
    x, y = rng.standard_normal((2, n))
    y = r_is_near * x + math.sqrt(1 - r_is_near**2) * y
    if n_families is not None:
        # What members of a family differ by is little, and has nothing to do with the scores.
        x, y = (values[families] + 0.05 * rng.standard_normal(n) for values in (x, y))
    of_study = ("gram", "raw")
    return [
        ScoredLayer(
            *of_study, f"n{i}", f"n{i}", "V1", "L1", "mi_nsb_bits", b, a, "", f"f{family}", "same_weights", None, None
        )
        for i, (a, b, family) in enumerate(zip(x, y, families, strict=True))
    ]


@pytest.mark.parametrize(
    ("r", "n", "conclusion"),
    [
        (0.95, 12, "correlated"),
        (0.0, 12, "undecided"),
        (0.0, 200, "|r| < 0.5"),
        (0.3, 400, "correlated, |r| < 0.5"),
    ],
)
def test_a_null_result_is_stated_as_what_it_is(r: float, n: int, conclusion: str):
    """Correction 8 of docs/differences.md."""
    (row,) = correlation_rows(score_rows(r, n), CorrelationSettings(alpha=0.05, equivalence_bound=0.5))
    assert row.conclusion == conclusion


def test_what_is_small_is_named_by_its_bound():
    (row,) = correlation_rows(score_rows(0.0, 200), CorrelationSettings(equivalence_bound=0.3))
    assert row.conclusion == "|r| < 0.3"


def test_families_that_make_a_correlation_make_no_conclusion():
    """Four families of six, which correlate by chance: Student's p takes them for 24 networks."""
    (row,) = correlation_rows(score_rows(0.0, 24, n_families=4, seed=8), CorrelationSettings())
    assert row.pearson_p < 0.001 < 0.05 < row.family_p
    assert row.significant == "yes"
    assert row.conclusion == "undecided"
    assert row.n_families == 4
    assert row.effective_networks < 5


def test_three_networks_have_no_verdict():
    """Three pairs on a line are significant by Student's p.

    Correction 10 of docs/differences.md.
    """
    rows = [replace(row, value=row.score) for row in score_rows(0.9, 3)]
    (row,) = correlation_rows(rows, CorrelationSettings())
    assert row.pearson_r == 1
    assert (row.pearson_p, row.pearson_q, row.significant, row.conclusion, row.family_p) == (None,) * 5
    assert row.note == "no verdict of 3 networks"


def deviations(n: int) -> dict[tuple[str, ...], np.ndarray]:
    draws = np.random.default_rng(1).normal(scale=0.4, size=(n, 300))
    return {("gram", "raw", f"n{i}", "L1"): draws[i] for i in range(n)}


def test_errors_of_mi_are_carried_once_and_must_be_known_of_every_layer():
    """Their scatter is in the interval of r already; what is left is that they pull r towards zero."""
    rows, known = score_rows(0.6, 12), deviations(12)
    (row,) = correlation_rows(rows, CorrelationSettings(mi_deviations=known))
    share = row.mi_reliability
    assert 0 < share < 1
    assert row.pearson_low_with_mi_error == pytest.approx(row.pearson_low / math.sqrt(share))
    assert row.pearson_high_with_mi_error == pytest.approx(min(1, row.pearson_high / math.sqrt(share)))
    del known["gram", "raw", "n3", "L1"]
    with pytest.raises(ValueError, match=r"no error .* gram, raw, n3, L1"):
        correlation_rows(rows, CorrelationSettings(mi_deviations=known))


def write_deviations(path: Path, protocol: str, model: str, values: dict[str, Sequence[float]]) -> Path:
    of_network = {"representation": "gram", "protocol": protocol, "model": model}
    rows = [
        of_network | {"draw": i} | dict(zip(values, row, strict=True))
        for i, row in enumerate(zip(*values.values(), strict=True))
    ]
    tables.write_tsv(path, [*of_network, "draw", *values], rows)
    return path


def test_errors_of_mi_are_read_by_protocol_network_and_layer(run, tmp_path: Path):
    bits, scores = [0.5, 0.9, 1.0, 1.6, 1.9], [0.2, 0.1, 0.4, 0.3, 0.5]
    path = write_scores(tmp_path / "scores.tsv", {"V1": scores}, bits)
    draws = np.random.default_rng(0).normal(scale=0.3, size=(5, 50))
    arguments: list[str | Path] = ["--mi-deviations"]
    for protocol in ("unit", "raw"):
        for i in range(5):
            # Of two layers, the best one's errors count.
            values = {"L2": np.zeros(50), "L1": draws[i] if protocol == "raw" else np.zeros(50)}
            file = write_deviations(tmp_path / f"{protocol}.n{i}.tsv", protocol, f"n{i}", values)
            arguments.append(file)
    sure, unsure = run("correlate_brainscore", "--scores", path, *arguments).rows
    assert float(sure["pearson_low_with_mi_error"]) == pytest.approx(float(sure["pearson_low"]))
    share = statistics.reliability(bits, draws.T)
    assert float(unsure["mi_reliability"]) == pytest.approx(share)
    expected = statistics.disattenuated(statistics.fisher_interval(float(unsure["pearson_r"]), 5), share)
    found = float(unsure["pearson_low_with_mi_error"]), float(unsure["pearson_high_with_mi_error"])
    assert found == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"L1": [0.1, 0.2]}, "second.tsv: has 2 draws, not the 3 of the others"),
        ({"L1": [0.1, "x", 0.2]}, "second.tsv, column L1: "),
    ],
)
def test_errors_of_mi_that_do_not_fit_are_refused(run, tmp_path: Path, values: dict, message: str):
    path = write_scores(tmp_path / "scores.tsv", {"V1": [0.1, 0.3, 0.2]}, [1.0, 2.0, 3.0])
    first = write_deviations(tmp_path / "first.tsv", "raw", "n0", {"L1": [0.0, 0.1, 0.2]})
    second = write_deviations(tmp_path / "second.tsv", "raw", "n1", values)
    files = ["--mi-deviations", first, second]
    refused(run("correlate_brainscore", "--scores", path, *files), message)


# --------------------------------------------------------------------------------------------------- the paper's table


def test_published_correlations_are_not_those_of_a_swap(run, tmp_path: Path):
    """From best MI equal to a benchmark's scores in the paper's table, r is 1 only where rows are joined by id."""
    lines = (PROJECT / "resources/brainscore.csv").read_text().splitlines()
    it = {line.split(",")[0]: float(line.split(",")[-1]) for line in lines[2:]}
    it = {model: it[network["brainscore_id"]] for model, network in PAPER_CONFIG["networks"].items()}
    best = [best_row("raw", model, "L5", it[model]) for model in sorted(PAPER_CONFIG["networks"])]
    tables.write_tsv(tmp_path / "best.tsv", BEST_COLUMNS, best)
    ids = [f"{model}={network['brainscore_id']}" for model, network in PAPER_CONFIG["networks"].items()]
    table = PROJECT / "resources/brainscore.csv"
    run("join_brainscore", "--best-mi", "best.tsv", "--brainscore", table, "--benchmarks", "IT", "V1", "--ids", *ids)
    (tmp_path / "out/table.tsv").rename(tmp_path / "scores.tsv")
    rows = run("correlate_brainscore", "--scores", "scores.tsv").rows
    assert [(row["benchmark"], row["n_models"]) for row in rows] == [("IT", "12"), ("V1", "12")]
    assert float(rows[0]["pearson_r"]) == pytest.approx(1)
    assert float(rows[1]["pearson_r"]) < 1


@pytest.mark.parametrize(
    "name",
    [
        *("tabulate_mi", "select_best_mi", "join_brainscore", "correlate_brainscore"),
        *("tabulate_brainscore_coverage", "correlate_multiverse"),
    ],
)
def test_help_does_not_wait_for_numerical_libraries(name: str):
    command = [sys.executable, "-X", "importtime", SCRIPTS / f"{name}.py", "--help"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "--output" in ran.stdout
    assert "numpy" not in ran.stderr


def test_bad_input_ends_a_program_with_one_line_of_error(tmp_path: Path):
    command = [sys.executable, SCRIPTS / "select_best_mi.py", "--mi", "nowhere.tsv", "--output", "best.tsv"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    # The command comes first, then the error.
    assert [line.partition(": error: ")[0] for line in ran.stderr.splitlines() if ": error: " in line] == [
        "select_best_mi.py"
    ]
    assert "Traceback" not in ran.stderr
    assert list(tmp_path.iterdir()) == []
