"""Two exports side by side: what came, what went, how scores moved, and what that does to the study's correlations."""

import runpy
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from made_up_leaderboard import COMPOSITION, NEW_V1, MadeUp, rounded
from support import DATA, PAPER_CONFIG, PROJECT, needs_data
from texalign.artifacts import records
from texalign.brainscore.drift import (
    CorrelationDrift,
    Difference,
    Move,
    Side,
    correlation_drift,
    differences,
    moves,
    read_sides,
)
from texalign.brainscore.leaderboard import ScoreSource
from texalign.information.rows import BestLayer

MODELS = [f"net-{number}" for number in range(150)]
IDS = {"a": "net-3", "b": "net-50", "c": "net-80", "d": "net-140", "gone": "net-7", "untrained": None}
BENCHMARKS = ["average_vision", "V1", "IT"]
BITS = {"a": 2.0, "b": 2.5, "c": 1.5, "d": 3.0, "gone": 2.2, "untrained": 0.5}
BEST = [
    BestLayer("gram", protocol, model, "L5", "conv", "mi_nsb_bits", sign * bits, mi_nsb_bits=bits, mi_of_ceiling=0.5)
    for protocol, sign in (("unit", 1), ("raw", -1))
    for model, bits in BITS.items()
]


@pytest.fixture(scope="module")
def made_up() -> tuple[MadeUp, MadeUp]:
    """Of the second, three benchmarks of V1 are new, one network is gone and two have come."""
    before = MadeUp.of(MODELS)
    after = before.with_new_v1()
    scores = {name: own for name, own in after.scores.items() if name != "net-7"}
    scores |= {"new-1": scores["net-1"], "new-2": scores["net-2"]}
    return before, replace(after, scores=scores, ids={name: str(1000 + i) for i, name in enumerate(scores)})


def source(path: Path) -> ScoreSource:
    return ScoreSource(str(path), "leaderboard", "refuse", str(COMPOSITION))


@pytest.fixture(scope="module")
def files(made_up: tuple[MadeUp, MadeUp], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("exports")
    return made_up[0].write_2025(folder / "before.csv"), made_up[1].write_2026(folder / "after.zip")


@pytest.fixture(scope="module")
def sides(files: tuple[Path, Path]) -> tuple[Side, Side]:
    return read_sides(*map(source, files), IDS, BENCHMARKS)


def test_what_came_and_went_is_listed(sides: tuple[Side, Side]):
    found = {(row.kind, row.change, row.name, row.of) for row in differences(*sides)}
    assert found == {
        ("network", "gained", "new-1", ""),
        ("network", "gained", "new-2", ""),
        ("network", "lost", "net-7", "gone"),
        *(("benchmark", "gained", name, "") for name in NEW_V1),
        *(("part", "gained", name, "V1") for name in NEW_V1),
    }


def test_a_file_against_itself_shows_nothing(sides: tuple[Side, Side]):
    before, _ = sides
    assert differences(before, before) == []
    assert all(move.mean_change == 0 and move.rank_correlation == pytest.approx(1) for move in moves(before, before))
    for row in correlation_drift(BEST, before, before, BENCHMARKS):
        assert (row.r_before, row.n_before) == (row.r_after, row.n_after)


def test_how_every_aggregate_moved(made_up: tuple[MadeUp, MadeUp], sides: tuple[Side, Side]):
    found = {move.benchmark: move for move in moves(*sides)}
    assert set(found) == set(made_up[0].columns())
    common = [name for name in MODELS if name != "net-7"]
    pairs = [tuple(made.score(name, "V1") for made in made_up) for name in common]
    one, other = np.array([[float(rounded(score)) for score in pair] for pair in pairs if None not in pair]).T
    move = found["V1"]
    assert move.n_networks == len(one)
    assert (move.mean_before, move.mean_after) == pytest.approx((one.mean(), other.mean()))
    assert move.mean_change == pytest.approx(np.mean(other - one))
    assert abs(move.largest_change) == pytest.approx(np.abs(other - one).max())
    assert move.rank_correlation == pytest.approx(stats.spearmanr(one, other).statistic)
    # Nothing came to IT.
    assert (found["IT"].mean_change, found["IT"].largest_change) == (0, 0)


def test_what_it_does_to_the_correlations_of_the_study(made_up: tuple[MadeUp, MadeUp], sides: tuple[Side, Side]):
    found = {(row.protocol, row.benchmark, row.aggregate): row for row in correlation_drift(BEST, *sides, BENCHMARKS)}
    assert len(found) == 2 * 3 * 3
    row = found["unit", "V1", "leaderboard"]
    before, after = (
        {model: float(rounded(made.score(IDS[model], "V1"))) for model in models}
        for made, models in zip(made_up, (["a", "b", "c", "d", "gone"], ["a", "b", "c", "d"]), strict=True)
    )

    def r(scores: dict[str, float], models: str = "") -> float:
        return stats.pearsonr(*np.array([[scores[m], BITS[m]] for m in models or scores]).T).statistic

    assert (row.n_before, row.n_after, row.n_same) == (5, 4, 4)
    assert (row.r_before, row.r_after) == pytest.approx((r(before), r(after)))
    assert (row.r_before_same, row.r_after_same) == pytest.approx((r(before, "abcd"), r(after)))
    assert found["raw", "V1", "leaderboard"].r_after == pytest.approx(-row.r_after)
    assert found["unit", "IT", "nanmean"].r_before_same == pytest.approx(found["unit", "IT", "nanmean"].r_after_same)


def test_networks_named_by_model_id_are_found_in_the_file_without_ids(
    made_up: tuple[MadeUp, MadeUp], sides: tuple[Side, Side], files: tuple[Path, Path]
):
    ids = {model: made_up[1].ids.get(name, name) if name else None for model, name in IDS.items()}
    by_id = read_sides(*map(source, files), ids, BENCHMARKS)
    assert by_id[1].ids["a"] == made_up[1].ids["net-3"]
    assert correlation_drift(BEST, *by_id, BENCHMARKS) == correlation_drift(BEST, *sides, BENCHMARKS)


def test_a_table_can_be_compared_as_exported_only(files: tuple[Path, Path], tmp_path: Path):
    (tmp_path / "table.csv").write_text("model,V1,mine\nnet-3,.1,.2\nnet-50,.2,.2\nnet-80,.15,.1\nnet-140,.3,.4\n")
    sides = read_sides(ScoreSource(str(tmp_path / "table.csv")), source(files[1]), IDS, BENCHMARKS)
    found = {row.aggregate: row for row in correlation_drift(BEST, *sides, BENCHMARKS) if row.protocol == "unit"}
    assert found["leaderboard"].benchmark == "V1"
    assert found["leaderboard"].r_before == pytest.approx(
        stats.pearsonr([0.1, 0.2, 0.15, 0.3], [2, 2.5, 1.5, 3]).statistic
    )
    assert found["nanmean"].r_before is None
    assert "table.csv is a table, whose scores have no parts" in found["nanmean"].note


@needs_data
def test_the_papers_table_against_the_real_export():
    """The table is that export's, so nothing has moved but what the export has besides."""
    ids = {model: network["brainscore_id"] for model, network in PAPER_CONFIG["networks"].items()}
    benchmarks = PAPER_CONFIG["brainscore"]["benchmarks"]
    export = ScoreSource(
        str(DATA / "brainscore/leaderboard_2025-09-08.csv"), "leaderboard", "highest_average", str(COMPOSITION)
    )
    table = ScoreSource(str(PROJECT / "resources/brainscore.csv"))
    before, after = read_sides(table, export, ids, benchmarks)
    assert len(before.ids) == len(after.ids) == 12
    # Of alexnet the export has ten rows, one of them the paper's.
    gone = {(row.kind, row.change) for row in differences(before, after)}
    assert gone == {("network", "gained"), ("benchmark", "gained")}
    found = moves(before, after)
    assert [move.benchmark for move in found] == benchmarks
    assert all((move.n_networks, move.mean_change) == (11, 0) for move in found)
    best = [replace(BEST[0], model=model, value=1 + 0.1 * i) for i, model in enumerate(ids)]
    for row in correlation_drift(best, before, after, benchmarks):
        if row.aggregate == "leaderboard":
            assert (row.n_before, row.n_after, row.r_before) == (12, 12, row.r_after)


def test_programs_write_what_came_and_went_and_a_figure(files: tuple[Path, Path], tmp_path: Path, monkeypatch):
    best = tmp_path / "best.tsv"
    records.write_records(best, BestLayer, BEST)
    out = {name: tmp_path / f"{name}.tsv" for name in ("correlations", "scores", "contents")}
    run(
        monkeypatch,
        "compare_leaderboards",
        *("--best-mi", best, "--brainscore", files[1], "--before", files[0], "--format", "leaderboard"),
        *("--composition", COMPOSITION, "--benchmarks", *BENCHMARKS),
        *("--ids", *(f"{model}={name or ''}" for model, name in IDS.items())),
        *("--output", out["correlations"], "--output-scores", out["scores"], "--output-contents", out["contents"]),
    )
    sides = read_sides(*map(source, files), IDS, BENCHMARKS)
    assert records.read_records(out["correlations"], CorrelationDrift) == correlation_drift(BEST, *sides, BENCHMARKS)
    assert records.read_records(out["scores"], Move) == moves(*sides)
    assert sorted(map(str, records.read_records(out["contents"], Difference))) == sorted(map(str, differences(*sides)))
    figure = tmp_path / "drift.svg"
    names = ("--names", "before.csv", "after.zip")
    run(
        monkeypatch,
        "plot_leaderboard_drift",
        *("--drift", out["correlations"], "--representation", "gram", *names, "--output", figure),
    )
    drawn = figure.read_text()
    assert "before: before.csv" in drawn
    assert "n = 5 → 4" in drawn


def run(monkeypatch: pytest.MonkeyPatch, program: str, *arguments: object) -> None:
    path = str(PROJECT / f"workflow/scripts/{program}.py")
    monkeypatch.setattr(sys, "argv", [path, *map(str, arguments)])
    runpy.run_path(path, run_name="__main__")
