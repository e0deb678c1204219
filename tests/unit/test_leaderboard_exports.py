"""A leaderboard export is read as it comes, of 2025 or 2026, and its numbers prove what its aggregates are means of."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from made_up_leaderboard import COMPOSITION, NEW_V1, MadeUp, rounded
from support import DATA, PAPER_CONFIG, PROJECT, needs_data
from texalign.brainscore.composition import Composition, infer_composition, read_composition, settle_composition
from texalign.brainscore.export import read_export
from texalign.brainscore.leaderboard import ScoreSource, choose_rows, chosen_leaderboard, coverage, scores_of
from texalign.brainscore.scores import BrainScoreTable, read_scores
from texalign.errors import TexalignError
from texalign.names import AGGREGATES

MODELS = [f"net-{number}" for number in range(160)]
STUDY = {"a": "net-3", "b": "net-50", "c": "net-80", "d": "net-159", "untrained": None}
BENCHMARKS = ["average_vision", "neural_vision", "V1", "IT"]
REAL = "brainscore/leaderboard_2025-09-08.csv"


@pytest.fixture(scope="module")
def of_2026() -> MadeUp:
    return MadeUp.of(MODELS).with_new_v1()


@pytest.fixture
def source(of_2026: MadeUp, tmp_path: Path) -> ScoreSource:
    return ScoreSource(str(of_2026.write_2026(tmp_path / "export.zip")), "leaderboard", "refuse", str(COMPOSITION))


# -------------------------------------------------------------------------------------------------- this year's form


def nanmean(of: MadeUp, model: str, name: str, taken: set[str] | None = None) -> float | None:
    """By the definition: the mean of the parts' means, over what the model has taken (of `taken`), as exported."""
    if name not in of.parts:
        exported = rounded(of.score(model, name))
        return float(exported) if exported and (taken is None or name in taken) else None
    found = [value for part in of.parts[name] if (value := nanmean(of, model, part, taken)) is not None]
    return sum(found) / len(found) if found else None


def check(table: BrainScoreTable, expected: dict[str, dict[str, float | None]]) -> None:
    for model, by_benchmark in expected.items():
        for benchmark, value in by_benchmark.items():
            found = table.scores[model].get(benchmark)
            assert (found is None) == (value is None), (model, benchmark)
            assert found is None or found == pytest.approx(value, abs=1e-12)


def test_this_years_export_is_read_by_every_aggregate(of_2026: MadeUp, source: ScoreSource):
    """A ZIP, two comments, shuffled rows, three benchmarks of V1 that the shipped table does not know."""
    models = [name for name in STUDY.values() if name]
    found = {aggregate: scores_of(source, STUDY, BENCHMARKS, aggregate) for aggregate in AGGREGATES}
    exported = {model: {b: float(rounded(of_2026.score(model, b))) for b in BENCHMARKS} for model in models}
    check(found["leaderboard"], exported)
    check(found["nanmean"], {m: {b: nanmean(of_2026, m, b) for b in BENCHMARKS} for m in models})
    common = set.intersection(*(set(of_2026.scores[model]) for model in models))
    expected = {m: {b: nanmean(of_2026, m, b, common) for b in BENCHMARKS} for m in models}
    check(found["common_benchmarks"], expected)
    assert set(NEW_V1) <= set(found["per_benchmark"].benchmarks)
    for model in models:
        assert set(found["per_benchmark"].scores[model]) & set(NEW_V1) == set(of_2026.scores[model]) & set(NEW_V1)


def test_rows_are_keyed_by_model_id_else_by_name(of_2026: MadeUp, source: ScoreSource):
    by_name = scores_of(source, {"a": "net-3"}, ["V1"]).scores["net-3"]
    by_id = scores_of(source, {"a": of_2026.ids["net-3"]}, ["V1"]).scores[of_2026.ids["net-3"]]
    assert by_name == by_id == {"V1": float(rounded(of_2026.score("net-3", "V1")))}
    with pytest.raises(ValueError, match=r"'net-3' and '1003' are one row"):
        scores_of(source, {"a": "net-3", "b": "1003"}, ["V1"])


def test_a_line_is_no_key_where_rows_have_keys(source: ScoreSource):
    pinned = ScoreSource(source.path, "leaderboard", "refuse", str(COMPOSITION), {"a": 7})
    message = (
        r"export\.zip \(leaderboard\.csv\): brainscore_line 7 of a is no key.*'net-3' is in line \d+ \(Model ID 1003"
    )
    with pytest.raises(ValueError, match=message):
        scores_of(pinned, {"a": "net-3"}, ["V1"])


def test_two_rows_of_one_name_are_told_apart_by_model_id(of_2026: MadeUp, tmp_path: Path):
    text = of_2026.text(with_ids=True).replace("net-4,", "net-3,")
    (tmp_path / "export.csv").write_text(text)
    source = ScoreSource(str(tmp_path / "export.csv"), "leaderboard", "refuse", str(COMPOSITION))
    with pytest.raises(ValueError, match=r"in lines 5 \(Model ID 1003\), 6 \(Model ID 1004\); give a Model ID as"):
        scores_of(source, {"a": "net-3"}, ["V1"])
    assert scores_of(source, {"a": "1004"}, ["V1"]).scores["1004"]["V1"] == float(rounded(of_2026.score("net-4", "V1")))
    twice = text.replace("1004", "1003")
    (tmp_path / "export.csv").write_text(twice)
    with pytest.raises(ValueError, match=r"export\.csv, line 6: the Model ID 1003 is in line 5 already"):
        scores_of(source, {"a": "1003"}, ["V1"])


def test_order_of_rows_does_not_matter(of_2026: MadeUp, tmp_path: Path):
    found = []
    for seed in range(2):
        path = of_2026.write_2026(tmp_path / f"{seed}.zip", shuffle=seed)
        found.append(
            scores_of(ScoreSource(str(path), "leaderboard", "refuse", str(COMPOSITION)), STUDY, BENCHMARKS, "nanmean")
        )
    assert found[0].scores == found[1].scores


def test_what_the_file_says_of_itself_is_kept(source: ScoreSource):
    export = read_export(source.path)
    assert export.comments == ("Generated on 2026-04-02", "Wayback filter: 2024-01-01 to 2026-04-02")
    assert export.has_ids


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"scores.csv": "Model\n"}, r"export\.zip: holds 0 files leaderboard\.csv, not one; it has scores\.csv"),
        ({"a/leaderboard.csv": "Model\n", "leaderboard.csv": "Model\n"}, r"holds 2 files leaderboard\.csv"),
        ({"leaderboard.csv": "# only a comment\n"}, r"export\.zip \(leaderboard\.csv\): is empty"),
        ({"leaderboard.csv": "Name,V1\na,.1\n"}, r"\(leaderboard\.csv\): has no column Model; it has Name, V1"),
        ({"leaderboard.csv": "Model,V1\na\n"}, r"\(leaderboard\.csv\), line 2: has 1 cells, the header line has 2"),
        ({"leaderboard.csv": "Model,V1,V1\na,1,1\n"}, r"\(leaderboard\.csv\): has more than one column V1"),
        ({"leaderboard.csv": b"\xff\xfe"}, r"\(leaderboard\.csv\): is not UTF-8 text"),
    ],
)
def test_archives_that_do_not_fit_are_refused(tmp_path: Path, members: dict[str, str | bytes], message: str):
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(ValueError, match=message):
        read_export(tmp_path / "export.zip")


def test_a_damaged_archive_is_refused_by_name(of_2026: MadeUp, tmp_path: Path):
    path = of_2026.write_2026(tmp_path / "export.zip")
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"export\.zip: the archive cannot be read \(Bad CRC-32.*export it again"):
        read_export(path)


def test_an_archive_damaged_anywhere_gives_the_same_scores_or_is_refused_by_name(tmp_path: Path):
    text = "Model,V1\n" + "".join(f"model-{i},{i / 997:.3f}\n" for i in range(400))
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("leaderboard.csv", text)
    whole = path.read_bytes()
    expected = read_export(path).rows
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        try:
            assert read_export(path).rows == expected
        except TexalignError as error:
            assert "export.zip" in str(error)  # noqa: PT017 (most damages are refused, some hit nothing that is read)


@needs_data
def test_the_real_scores_in_this_years_form_are_read_by_every_aggregate(tmp_path: Path):
    """All models of the export of 2025, in a shuffled one of 2026 that has three more benchmarks of V1."""
    before = MadeUp.of_export(DATA / REAL)
    after = before.with_new_v1()
    ids = {model: network["brainscore_id"] for model, network in PAPER_CONFIG["networks"].items()}
    path = after.write_2026(tmp_path / "export.zip")
    source = ScoreSource(str(path), "leaderboard", "refuse", str(COMPOSITION))
    benchmarks = PAPER_CONFIG["brainscore"]["benchmarks"]
    found = {aggregate: scores_of(source, ids, benchmarks, aggregate) for aggregate in AGGREGATES}
    table5 = read_scores(PROJECT / "resources/brainscore.csv", benchmarks).scores
    untouched = ("behavior_vision", "V2", "V4", "IT")
    for name in ids.values():
        exported = found["leaderboard"].scores[name]
        # Parts are rounded to three digits, so a mean of them may be a digit off.
        assert {b: exported[b] for b in untouched} == pytest.approx({b: table5[name][b] for b in untouched}, abs=0.0011)
        assert exported["V1"] == float(rounded(after.score(name, "V1")))
        assert found["nanmean"].scores[name]["V1"] == pytest.approx(nanmean(after, name, "V1"))
        assert found["nanmean"].scores[name]["V4"] == pytest.approx(nanmean(before, name, "V4"))
        new = {b: score for b, score in found["per_benchmark"].scores[name].items() if b in NEW_V1}
        assert new == {b: float(rounded(after.scores[name][b])) for b in NEW_V1 if b in after.scores[name]}
    common = set.intersection(*(set(after.scores[name]) for name in ids.values()))
    expected = {name: {"V1": nanmean(after, name, "V1", common)} for name in ids.values()}
    check(found["common_benchmarks"], expected)
    by_id = scores_of(source, {"alexnet": after.ids["alexnet"]}, ["V1"]).scores[after.ids["alexnet"]]
    assert by_id == {"V1": found["leaderboard"].scores["alexnet"]["V1"]}
    settled = settle_composition(*columns_of(path), read_composition(COMPOSITION))
    assert {name: set(parts) for name, parts in settled.composition.parts.items()} == {
        name: set(parts) for name, parts in after.parts.items()
    }
    assert [note.partition(":")[0] for note in settled.notes] == ["V1"]


# ------------------------------------------------------------------------------------------------- errors and ceilings


def test_errors_and_ceilings_are_carried_into_the_coverage(tmp_path: Path):
    (tmp_path / "export.csv").write_text(
        "Model,V1,V1_error,V1 (ceiling),Geirhos2021-error_consistency,Submitter\na,.5,.02,.8,.3,someone\nb,.4,,.8,.2,\n"
    )
    export = read_export(tmp_path / "export.csv")
    assert export.score_columns == ("V1", "Geirhos2021-error_consistency")
    assert export.other_columns == ("Submitter",)
    (tmp_path / "composition.csv").write_text("benchmark,part_of\nx,y\n")
    source = ScoreSource(str(tmp_path / "export.csv"), "leaderboard", "refuse", str(tmp_path / "composition.csv"))
    board, rows = chosen_leaderboard(source, {"x": "a", "y": "b"}, ["V1"])
    found = {
        row.model: (row.exported, row.error, row.ceiling) for row in coverage(board, {"x": "a", "y": "b"}, rows, ["V1"])
    }
    assert found == {"x": (0.5, 0.02, 0.8), "y": (0.4, None, 0.8)}
    for name in ("V1_error", "V1 (ceiling)", "Model"):
        with pytest.raises(ValueError, match=r"export\.csv: .* is no benchmark"):
            scores_of(source, {"x": "a"}, [name])


def test_columns_that_are_no_scores_are_named_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    (tmp_path / "export.csv").write_text("Model,V1,Submitter\na,1.1,someone\n")
    with caplog.at_level("INFO"):
        scores_of(ScoreSource(str(tmp_path / "export.csv"), "leaderboard"), {"x": "a"}, ["V1"])
    assert "columns that are no scores, and not read: Submitter" in caplog.text
    assert "1 scores are below 0 or above 1, and carried: V1 of a 1.1" in caplog.text


# --------------------------------------------------------------------------------------------------------- composition


def columns_of(path: Path) -> tuple[tuple[str, ...], np.ndarray]:
    export = read_export(path)
    return export.score_columns, export.scores()


def test_composition_is_proved_by_the_numbers(of_2026: MadeUp, tmp_path: Path):
    names, scores = columns_of(of_2026.write_2026(tmp_path / "export.zip"))
    inference = infer_composition(names, scores)
    assert {name: set(proof.parts) for name, proof in inference.proofs.items()} == {
        name: set(parts) for name, parts in of_2026.parts.items()
    }
    assert inference.unproved == ()
    assert all(proof.n_off == 0 and proof.n_rows >= 100 for proof in inference.proofs.values())


def test_order_of_columns_matters_only_between_an_aggregate_and_its_one_part(of_2026: MadeUp, tmp_path: Path):
    names, scores = columns_of(of_2026.write_2026(tmp_path / "export.zip"))
    order = np.random.default_rng(2).permutation(len(names))
    found = infer_composition([names[i] for i in order], scores[:, order]).proofs
    one = {"V1-surround_modulation", "Marques2020_Cavanaugh2002-surround_suppression_index"}
    for name in of_2026.parts.keys() - one:
        assert set(found[name].parts) - one == set(of_2026.parts[name]) - one


def test_a_table_that_is_behind_is_said_to_be(of_2026: MadeUp, tmp_path: Path):
    settled = settle_composition(
        *columns_of(of_2026.write_2026(tmp_path / "export.zip")), read_composition(COMPOSITION)
    )
    assert set(settled.composition.parts["V1"]) == set(of_2026.parts["V1"])
    assert len(settled.notes) == 1
    assert settled.notes[0].startswith("V1: has parts that the table does not list: ")
    assert all(new in settled.notes[0] for new in NEW_V1)


def test_what_hidden_benchmarks_keep_from_being_proved_is_said_and_refused_row_by_row(tmp_path: Path):
    made_up = MadeUp.of(MODELS)
    made_up.hidden = frozenset({"Sanghavi2020.IT-pls"})
    path = made_up.write_2026(tmp_path / "export.zip")
    settled = settle_composition(*columns_of(path), read_composition(COMPOSITION))
    assert settled.notes == ("IT: what it is the mean of is not proved by the file; the table's parts are taken",)
    assert settled.proofs.keys() == made_up.parts.keys() - {"IT"}
    has, has_not = (
        next(name for name in MODELS if ("Sanghavi2020.IT-pls" in made_up.scores[name]) is taken)
        for taken in (True, False)
    )
    source = ScoreSource(str(path), "leaderboard", "refuse", str(COMPOSITION))
    found = scores_of(source, {"x": has_not}, ["IT"], "nanmean").scores[has_not]["IT"]
    assert found == pytest.approx(nanmean(made_up, has_not, "IT"))
    with pytest.raises(ValueError, match=r"IT of 'net-\d+' is .*does not show all that IT is made of"):
        scores_of(source, {"x": has}, ["IT"], "nanmean")
    assert scores_of(source, {"x": has}, ["IT"]).scores[has]["IT"] == float(rounded(made_up.score(has, "IT")))


def test_parts_that_nobody_has_taken_count_in_the_mean(tmp_path: Path):
    made_up = MadeUp.of(MODELS)
    for scores in made_up.scores.values():
        scores.pop("Kar2019-ost", None)
    made_up.parts["V2"] = (*made_up.parts["V2"], "Someone2026.V2-new")
    names, scores = columns_of(made_up.write_2025(tmp_path / "export.csv"))
    settled = settle_composition(names, scores, read_composition(COMPOSITION))
    # The table knows the one; the other is known only to be there.
    assert "Kar2019-ost" in settled.composition.parts["IT"]
    assert settled.composition.unseen == {"V2": 1}
    assert settled.notes == ("V2: 1 more part(s) that no network of the file has a score of count as zero in it",)
    row = {"FreemanZiemba2013.V2-pls": 0.3, "Coggan2024_fMRI.V2-rdm": 0.6}
    assert settled.composition.zero_filled("V2", row) == pytest.approx(0.3)
    assert settled.composition.mean("V2", row) == pytest.approx(0.45)


def test_few_rows_prove_nothing(tmp_path: Path):
    names, scores = columns_of(MadeUp.of(MODELS[:60]).write_2025(tmp_path / "export.csv"))
    assert infer_composition(names, scores).proofs == {}
    table = read_composition(COMPOSITION)
    assert settle_composition(names, scores, table).composition == Composition(table.parts)


def test_numbers_that_are_no_means_prove_nothing():
    rng = np.random.default_rng(0)
    scores = rng.uniform(size=(300, 12))
    scores[:, 0] = 0.7 * scores[:, 1] + 0.3 * scores[:, 2]
    inference = infer_composition([f"c{i}" for i in range(12)], np.round(scores, 3))
    assert inference.proofs == {}
    assert inference.unproved == ("c0",)


def test_a_mean_of_groups_of_equal_size_is_not_taken_for_a_mean_of_their_members():
    rng = np.random.default_rng(0)
    leaves = rng.uniform(size=(200, 6))
    groups = leaves.reshape(200, 2, 3).mean(axis=2)
    scores = np.round(np.column_stack([groups.mean(axis=1), groups, leaves]), 3)
    found = infer_composition(["all", "g1", "g2", *(f"l{i}" for i in range(6))], scores).proofs
    assert {name: proof.parts for name, proof in found.items()} == {
        "all": ("g1", "g2"),
        "g1": ("l0", "l1", "l2"),
        "g2": ("l3", "l4", "l5"),
    }


@needs_data
def test_the_real_export_proves_the_shipped_table():
    names, scores = columns_of(DATA / REAL)
    inference = infer_composition(names, scores)
    assert {name: proof.parts for name, proof in inference.proofs.items()} == read_composition(COMPOSITION).parts
    assert inference.unproved == ()
    off = {name: (proof.n_off, proof.n_rows) for name, proof in inference.proofs.items() if proof.n_off}
    assert off == {"average_vision": (4, 466), "behavior_vision": (4, 452)}
    settled = settle_composition(names, scores, read_composition(COMPOSITION))
    assert (settled.notes, settled.composition.unseen) == ((), {})


@needs_data
def test_lines_of_the_real_export_are_still_taken_with_a_warning(caplog: pytest.LogCaptureFixture):
    source = ScoreSource(str(DATA / REAL), "leaderboard", "refuse", str(COMPOSITION), {"alexnet": 290})
    board, rows = chosen_leaderboard(source, {"alexnet": "alexnet"}, ["V1"])
    assert rows["alexnet"].scores["V1"] == 0.338
    assert "alexnet is read from line 290, which is another model's in another export" in caplog.text
    assert not board.has_ids
    assert choose_rows(board, {"alexnet": "alexnet"}, {}, "highest_average")["alexnet"].line == 290
