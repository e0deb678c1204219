"""The multiverse at toy size: what is made for it, what is shared, and what runs again when a choice is added."""

import copy
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import pdist, squareform

from support import DATA, PAPER_CONFIG, needs_data
from texalign import statistics
from texalign.artifacts import hdf5, matrices
from texalign.artifacts.tables import read_tsv
from workflow_project import TOY_NETWORK, Checkout, copy_project

# Networks of names that the published script mixes up; what they are does not matter here.
MODELS = ("alexnet", "resnet18", "resnet101")
BENCHMARKS = ["V1", "IT"]
CONFIG = {
    "study": "toy",
    "images": {
        "source": "procedural",
        "classes": ["grid", "dotted", "woven"],
        "images_per_class": 8,
        "seed": 0,
        "size": 64,
    },
    "protocols": ["raw"],
    "networks": {
        model: TOY_NETWORK
        | {
            "weights": {"random": seed},
            "layers": ["0"],
            "brainscore_id": PAPER_CONFIG["networks"][model]["brainscore_id"],
            "brainscore_match": "untrained",
        }
        for seed, model in enumerate(MODELS)
    },
    "brainscore": {"benchmarks": BENCHMARKS},
    "multiverse": {
        "activations": ["after_relu", "before_relu"],
        "preprocessings": {
            "dtd": PAPER_CONFIG["preprocessing"],
            "plain": {"mean": [0.5, 0.5, 0.5], "std": [0.2, 0.2, 0.2]},
        },
        "published": "mine.csv",
    },
}
BRANCHES = ["after_relu-plain", "before_relu-dtd", "before_relu-plain"]


def edited(**changes: object) -> dict:
    config = copy.deepcopy(CONFIG)
    config["multiverse"] |= changes
    return config


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    checkout = copy_project(tmp_path_factory.mktemp("multiverse") / "project")
    # As published of a study of these very images and networks, since the file does not say of others.
    (checkout.folder / "mine.csv").write_text("benchmark,r,p\nV1,-0.229,0.47\n")
    checkout.snakemake("--cores", "2", "brainscore", "multiverse", config=CONFIG)
    return checkout.folder


@pytest.fixture
def study(finished: Path, tmp_path: Path) -> Checkout:
    shutil.copytree(finished, tmp_path / "moved")
    return Checkout(tmp_path / "moved")


@pytest.fixture(scope="module")
def rows(finished: Path) -> list[dict[str, str]]:
    return read_tsv(finished / "results/toy/tables/multiverse.tsv")


def chosen(rows: list[dict[str, str]], **choices: str) -> dict[str, str]:
    (row,) = (row for row in rows if all(row[key] == value for key, value in choices.items()))
    return row


OWN = {
    "activation": "after_relu",
    "preprocessing": "dtd",
    "representation": "gram",
    "protocol": "raw",
    "join": "id",
    "aggregate": "leaderboard",
    "statistic": "pearson",
    "benchmark": "IT",
}


def test_every_combination_is_there_once(rows: list[dict[str, str]]):
    keys = [tuple(row[axis] for axis in OWN) for row in rows]
    assert len(keys) == len(set(keys)) == 2 * 2 * 1 * 2 * 1 * 2 * len(BENCHMARKS)
    assert [row for row in rows if row["own"] == "yes"] == [
        chosen(rows, **OWN | {"benchmark": benchmark}) for benchmark in BENCHMARKS
    ]
    assert {row["published_r"] for row in rows if row["benchmark"] == "V1"} == {"-0.229"}
    assert {row["published_r"] for row in rows if row["benchmark"] != "V1"} == {""}


def test_the_studys_own_choices_give_its_own_correlation(finished: Path, rows: list[dict[str, str]]):
    tables = read_tsv(finished / "results/toy/tables/brainscore_correlations.tsv")
    (table,) = (row for row in tables if row["benchmark"] == "IT")
    row = chosen(rows, **OWN)
    assert (row["r"], row["p"]) == (table["pearson_r"], table["pearson_p"])
    ranked = chosen(rows, **OWN | {"statistic": "spearman"})
    assert (ranked["r"], ranked["p"]) == (table["spearman_r"], table["spearman_p"])


def test_published_positions_correlate_the_swapped_scores(finished: Path, rows: list[dict[str, str]]):
    it = {"alexnet": 0.255, "resnet18": 0.263, "resnet101": 0.066}
    swapped = {"alexnet": "alexnet", "resnet18": "resnet101", "resnet101": "resnet18"}
    best = read_tsv(finished / "results/toy/tables/best_mi.tsv")
    bits = {row["model"]: float(row["mi_nsb_bits"]) for row in best}
    for join, partner in (("id", {model: model for model in MODELS}), ("positional_published", swapped)):
        expected = statistics.pearson([it[partner[model]] for model in MODELS], [bits[model] for model in MODELS])
        row = chosen(rows, **OWN | {"join": join})
        assert (row["r"] and float(row["r"])) == pytest.approx(expected.r)
        assert row["n_models"] == "3"


def test_branches_differ_and_share_images_weights_and_the_studys_own_grams(finished: Path):
    results = finished / "results/toy"
    assert sorted(path.name for path in (results / "multiverse").iterdir()) == BRANCHES
    for branch in BRANCHES:
        assert sorted(path.name for path in (results / "multiverse" / branch).iterdir()) == sorted(
            ["gram", "rdm", "clusters", "information", "tables"]
        )
    files = [results / "gram/resnet18.h5", *(results / f"multiverse/{name}/gram/resnet18.h5" for name in BRANCHES)]
    first = []
    for file in files:
        with hdf5.open_h5(file) as h5:
            first.append(tuple(matrices.vector_dataset(h5, "L1")[0, :5]))
    assert len(set(first)) == 4
    # Products of maps before ReLU can be negative, those after it cannot.
    with hdf5.open_h5(files[0]) as after, hdf5.open_h5(files[2]) as before:
        assert matrices.vector_dataset(after, "L1")[:].min() >= 0 > matrices.vector_dataset(before, "L1")[:].min()


def test_what_each_choice_changes_is_counted_over_pairs(finished: Path, rows: list[dict[str, str]]):
    changes = read_tsv(finished / "results/toy/tables/multiverse_changes.tsv")
    # One pair of options for every axis but protocol and aggregate, which have one option here.
    assert len(changes) == 4 * len(BENCHMARKS)
    row = chosen(changes, axis="join", benchmark="IT")
    assert (row["before"], row["after"]) == ("id", "positional_published")
    moved = []
    for before in (row for row in rows if (row["join"], row["benchmark"]) == ("id", "IT")):
        after = chosen(rows, **{axis: before[axis] for axis in OWN} | {"join": "positional_published"})
        if before["r"] and after["r"]:
            moved.append((float(before["r"]), float(after["r"])))
    assert int(row["n_pairs"]) == len(moved)
    assert int(row["n_sign_changes"]) == sum(a * b < 0 for a, b in moved)
    assert abs(float(row["largest_change"])) == pytest.approx(max(abs(b - a) for a, b in moved))


def test_finished_multiverse_has_nothing_to_do(study: Checkout):
    assert "Nothing to be done" in study.snakemake("--cores", "2", "brainscore", "multiverse", config=CONFIG)


def test_a_cheap_choice_reuses_all_grams(study: Checkout):
    jobs = study.jobs("multiverse", config=edited(statistics=["pearson"], joins=["id"]))
    assert {rule for rule, _ in jobs} == {"correlate_multiverse", "plot_multiverse"}


def test_agreement_with_people_is_a_criterion_in_every_branch(study: Checkout):
    """Of a made-up RDM; the correlation of a branch against one from its own RDMs by scipy."""
    rng = np.random.default_rng(0)
    files = sorted(line["path"] for line in read_tsv(study.folder / "results/toy/images/index.tsv"))
    people = pdist(rng.normal(size=(len(files), 3)))
    np.savez(study.folder / "people.npz", dissimilarities=people, images=np.array(files))
    config = edited(criteria=["mi_nsb_bits", "mine.all.spearman"], joins=["id"])
    config["human"] = {"evidence": {"mine": {"kind": "rdm", "file": "people.npz"}}}
    config["inference"] = {"permutations": 9, "bootstraps": 9}
    study.snakemake("--cores", "2", "multiverse", config=config)
    tables = study.folder / "results/toy/tables"
    found = [row for row in read_tsv(tables / "multiverse.tsv") if row["criterion"] == "mine.all.spearman"]
    assert {(row["activation"], row["preprocessing"]) for row in found} == {
        (activation, preprocessing)
        for activation in ("after_relu", "before_relu")
        for preprocessing in ("dtd", "plain")
    }
    order = [line["path"] for line in read_tsv(study.folder / "results/toy/images/index.tsv")]
    squares = squareform(people)[np.ix_([files.index(name) for name in order], [files.index(name) for name in order])]
    it = {"alexnet": 0.255, "resnet18": 0.263, "resnet101": 0.066}
    agreement = [
        stats.spearmanr(
            matrices.read_rdm(
                study.folder / f"results/toy/multiverse/before_relu-plain/rdm/gram/{model}/L1.h5", "euclidean"
            ),
            squareform(squares),
        ).statistic
        for model in it
    ]
    row = chosen(found, activation="before_relu", preprocessing="plain", statistic="pearson", benchmark="IT")
    assert float(row["r"]) == pytest.approx(statistics.pearson(list(it.values()), agreement).r, abs=1e-4)


def test_another_preprocessing_runs_its_branches_only(study: Checkout):
    other = CONFIG["multiverse"]["preprocessings"] | {"other": {"mean": [0.4, 0.4, 0.4], "std": [0.3, 0.3, 0.3]}}
    jobs = study.jobs("multiverse", config=edited(preprocessings=other))
    extracted = sorted(wildcards for rule, wildcards in jobs if "extract" in rule)
    assert len(extracted) == 2 * len(MODELS)
    assert all("_relu-other" in wildcards for wildcards in extracted)
    assert not {"extract_representations", "index_images", "fetch_weights"} & {rule for rule, _ in jobs}


def test_matched_dimensions_are_an_axis_with_an_extraction_of_its_own(study: Checkout):
    own = {"activations": ["after_relu"], "preprocessings": {"dtd": PAPER_CONFIG["preprocessing"]}}
    config = edited(**own, matched_dimensions=["full", 8])
    study.snakemake("--cores", "2", "multiverse", config=config)
    results = study.folder / "results/toy"
    with hdf5.open_h5(results / "multiverse/after_relu-dtd-d8/gram/alexnet.h5") as matched:
        vectors = matrices.vector_dataset(matched, "L1")
        assert vectors.shape == (24, 8)
        with hdf5.open_h5(results / "gram/alexnet.h5") as full:
            assert vectors.attrs["unmatched_size"] == matrices.vector_dataset(full, "L1").shape[1]
    rows = read_tsv(results / "tables/multiverse.tsv")
    assert [row["matched_dimensions"] for row in rows if row["own"] == "yes"] == ["full"] * len(BENCHMARKS)
    assert len([row for row in rows if row["matched_dimensions"] == "8"]) == len(rows) / 2
    # Of the study itself: more numbers than there are.
    config = {key: value for key, value in CONFIG.items() if key != "multiverse"} | {"matched_dimensions": 9999}
    output = study.snakemake("--cores", "2", "mi", config=config, fails=True)
    assert "matched_dimensions 9999: gram has a layer of only" in output


def test_gram_files_of_branches_are_dropped_where_the_studys_are(study: Checkout):
    config = CONFIG | {"storage": {"keep_gram": False}}
    output = study.snakemake("--dry-run", "--forceall", "multiverse", config=config)
    for branch in BRANCHES:
        assert f"Would remove temporary output results/toy/multiverse/{branch}/gram/alexnet.h5" in output


def test_a_study_that_is_not_in_its_multiverse_is_refused(study: Checkout):
    output = study.snakemake("--dry-run", config=edited(activations=["before_relu"]), fails=True)
    assert "0 of its preprocessings, activations, fits and matched_dimensions are the study's own" in output


def test_what_was_published_of_other_networks_is_not_set_beside_these(study: Checkout):
    config = edited(published="resources/published_correlations.csv")
    study.snakemake("--cores", "2", "multiverse", config=config)
    rows = read_tsv(study.folder / "results/toy/tables/multiverse.tsv")
    assert {row["published_r"] for row in rows} == {""}
    # The legend of the figure, whose text is text.
    drawn = (study.folder / "results/toy/figures/multiverse.svg").read_text()
    assert ">published<" not in drawn
    assert ">the study&#39;s own choices<" in drawn.replace("'", "&#39;")


def test_aggregates_of_a_table_are_refused(study: Checkout):
    config = edited(aggregates=["leaderboard", "nanmean"])
    output = study.snakemake("--cores", "2", "multiverse", config=config, fails=True)
    assert "resources/brainscore.csv: aggregate nanmean needs a leaderboard export, this is a table" in output


@needs_data
def test_a_real_leaderboard_makes_aggregates_an_axis(study: Checkout):
    export = str(DATA / "brainscore/leaderboard_2025-09-08.csv")
    section = {"table": export, "format": "leaderboard", "duplicates": "highest_average", "aggregate": "nanmean"}
    config = edited(aggregates=["leaderboard", "nanmean", "common_benchmarks"])
    config["brainscore"] = {"benchmarks": [*BENCHMARKS, "FreemanZiemba2013.V2-pls"]} | section
    study.snakemake("--cores", "2", "brainscore", "multiverse", config=config)
    tables = study.folder / "results/toy/tables"
    coverage = chosen(read_tsv(tables / "brainscore_coverage.tsv"), model="resnet101", benchmark="IT")
    assert (coverage["n_parts_scored"], coverage["n_parts"], coverage["exported"]) == ("1", "7", "0.066")
    scores = chosen(read_tsv(tables / "brainscore_scores.tsv"), model="resnet101", benchmark="IT")
    assert float(scores["score"]) == pytest.approx(0.463)
    rows = read_tsv(tables / "multiverse.tsv")
    assert {row["aggregate"] for row in rows} == {"leaderboard", "nanmean", "common_benchmarks"}
    assert {row["aggregate"] for row in rows if row["own"] == "yes"} == {"nanmean"}


def test_studies_without_a_multiverse_plan_none_of_it(study: Checkout):
    config = {key: value for key, value in CONFIG.items() if key != "multiverse"}
    assert not [rule for rule, _ in study.jobs(config=config) if "branch" in rule or "multiverse" in rule]


def test_the_papers_multiverse_plans(checkout: Checkout):
    output = checkout.snakemake("--dry-run", "multiverse", "--configfile", "config.yaml", "config/multiverse.yaml")
    counts = {line.split()[0]: line.split()[1] for line in output.splitlines() if len(line.split()) == 2}
    assert counts["extract_representations"] == "12"
    assert counts["extract_branch_representations"] == "84"
    assert counts["fetch_weights"] == "12"
    # Snakemake warns of every rule whose results could be shared.
    assert "eligible for caching" not in output
