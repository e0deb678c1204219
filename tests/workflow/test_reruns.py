"""What runs again after a change, and what does not, on a finished study of small images."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from workflow_project import Checkout, copy_project

CONFIG = {
    "study": "toy",
    "images": {
        "source": "procedural",
        "classes": ["grid", "dotted", "woven"],
        "images_per_class": 6,
        "seed": 0,
        "size": 64,
    },
    "protocols": ["unit", "raw"],
    "networks": {
        "alexnet": {
            "source": "torchvision",
            "weights": {"random": 0},
            "layers": ["features.0", "features.3"],
            "brainscore_id": "alexnet",
            "brainscore_match": "untrained",
        },
        "squeezenet": {
            "source": "torchvision",
            "name": "squeezenet1_1",
            "weights": {"file": "squeezenet.pth"},
            "layers": ["features.0", "features.3.squeeze"],
        },
    },
}

# Looks for the layers of all networks, by their names.
NAMED = {"check_layers"}
AGGREGATES = {
    "tabulate_mi",
    "select_best_mi",
    "join_brainscore",
    "correlate_brainscore",
    "plot_mi_by_layer",
    "tabulate_inference",
    "tabulate_trees",
    "plot_mi_intervals",
    "plot_class_recovery",
    "plot_probes",
    "show_table",
    "write_findings",
    "map_rdms",
    "make_explorer",
}


def make_weights(path: Path) -> None:
    from texalign.networks import sources, weights

    weights.write_state_dict(path, sources.Architecture("torchvision", "squeezenet1_1").build(3).state_dict())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished study; tests work on copies of it."""
    checkout = copy_project(tmp_path_factory.mktemp("finished") / "project")
    make_weights(checkout.folder / "squeezenet.pth")
    checkout.snakemake("--cores", "2", config=CONFIG)
    return checkout.folder


@pytest.fixture
def study(finished: Path, tmp_path: Path) -> Checkout:
    shutil.copytree(finished, tmp_path / "moved")
    return Checkout(tmp_path / "moved")


def edited(**changes: object) -> dict:
    """The config with keys changed, given as `images__seed=1` for config["images"]["seed"] = 1."""
    config = yaml.safe_load(yaml.safe_dump(CONFIG))
    for path, value in changes.items():
        *parents, key = path.split("__")
        place = config
        for parent in parents:
            place = place[parent]
        place[key] = value
    return config


def rules_of(jobs: list[tuple[str, str]]) -> set[str]:
    return {rule for rule, _ in jobs}


def test_finished_study_that_was_moved_has_nothing_to_do(study: Checkout):
    assert "Nothing to be done" in study.snakemake("--cores", "2", config=CONFIG)


def test_adding_a_network_runs_it_and_the_aggregates_only(study: Checkout):
    network = CONFIG["networks"]["alexnet"] | {"weights": {"random": 1}, "brainscore_id": None}
    jobs = study.jobs(config=edited(networks__alexnet_control=network))
    own = {rule for rule, wildcards in jobs if "model=alexnet_control" in wildcards}
    others = [job for job in jobs if "model=alexnet_control" not in job[1]]
    assert own >= {
        "fetch_weights",
        "extract_representations",
        "compute_rdm",
        "cluster_images",
        "compute_information",
        "plot_rdm",
    }
    assert rules_of(others) == NAMED | AGGREGATES


def test_removing_a_network_runs_the_aggregates_only(study: Checkout):
    config = edited()
    del config["networks"]["squeezenet"]
    assert rules_of(study.jobs(config=config)) == NAMED | AGGREGATES


def test_changing_a_layer_runs_that_network_only(study: Checkout):
    jobs = study.jobs(config=edited(networks__squeezenet__layers=["features.0", "features.4.squeeze"]))
    assert ("extract_representations", "model=squeezenet") in jobs
    assert "fetch_weights" not in rules_of(jobs)
    others = [job for job in jobs if "model=squeezenet" not in job[1]]
    assert rules_of(others) == NAMED | AGGREGATES


def test_changing_the_seed_of_the_images_runs_everything_but_the_weights(study: Checkout):
    jobs = study.jobs(config=edited(images__seed=1))
    assert "make_textures" in rules_of(jobs)
    assert {job for job in jobs if job[0] == "extract_representations"} == {
        ("extract_representations", "model=alexnet"),
        ("extract_representations", "model=squeezenet"),
    }
    assert "fetch_weights" not in rules_of(jobs)


def test_changing_the_seed_of_weights_runs_that_network_only(study: Checkout):
    jobs = study.jobs(config=edited(networks__alexnet__weights={"random": 5}))
    assert ("fetch_weights", "model=alexnet") in jobs
    assert not [job for job in jobs if "model=squeezenet" in job[1]]


def test_changing_an_option_of_a_figure_draws_what_shows_it_only(study: Checkout):
    jobs = study.jobs(config=edited(figures={"rdm": "euclidean"}))
    assert rules_of(jobs) == {"plot_rdm", "plot_rdm_layers", "explore_layer", "make_explorer"}


def test_changing_the_resampling_runs_the_inference_and_what_carries_it_only(study: Checkout):
    jobs = study.jobs(config=edited(inference={"bootstraps": 50}))
    assert rules_of(jobs) == {
        "infer_information",
        # It draws images for what representations are compared by, so that one may be added later.
        "probe_rdm",
        "tabulate_inference",
        # Its bars are intervals.
        "plot_mi_by_layer",
        "plot_mi_intervals",
        "plot_class_recovery",
        "plot_probes",
        # Its intervals carry the uncertainty of mutual information.
        "correlate_brainscore",
        "show_table",
        "write_findings",
        "make_explorer",
    }


def test_changing_the_brainscore_table_runs_its_table_and_what_tells_of_it_only(study: Checkout):
    """One network with a score has no correlation: nothing is drawn of it."""
    jobs = study.jobs(config=edited(brainscore={"alpha": 0.01}))
    assert rules_of(jobs) == {"correlate_brainscore", "write_findings", "make_explorer"}


def test_touching_every_file_runs_nothing(study: Checkout):
    for path in sorted(study.folder.rglob("*")):
        if ".snakemake" not in path.parts and "results" not in path.parts:
            path.touch()
    assert "Nothing to be done" in study.snakemake("--cores", "2", config=CONFIG)


def test_touching_every_artifact_in_any_order_runs_nothing(study: Checkout):
    for path in sorted((study.folder / "results").rglob("*"), reverse=True):
        path.touch()
    assert "Nothing to be done" in study.snakemake("--cores", "2", config=CONFIG)


CLUSTERS_AND_BELOW = AGGREGATES - {"map_rdms"} | {
    "explore_layer",
    "cluster_images",
    "compute_information",
    "plot_mi_over_clusters",
    "plot_cluster_matrix",
    "infer_information",
}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("workflow/scripts/texalign/clusters/protocols/unit.py", CLUSTERS_AND_BELOW | {"probe_rdm", "resample_trees"}),
        ("workflow/scripts/plot_rdm.py", {"plot_rdm"}),
        ("workflow/scripts/cluster_images.py", CLUSTERS_AND_BELOW),
    ],
)
def test_editing_a_file_runs_what_it_touches(study: Checkout, file: str, expected: set[str]):
    path = study.folder / file
    path.write_text(path.read_text() + "\n# edited\n")
    assert rules_of(study.jobs(config=CONFIG)) == expected


def test_a_file_that_is_edited_and_has_an_older_date_runs_what_it_touches(study: Checkout):
    """As by `rsync -a` of another version, or by unpacking an archive."""
    path = study.folder / "workflow/scripts/plot_rdm.py"
    path.write_text(path.read_text() + "\n# edited\n")
    os.utime(path, (1_500_000_000,) * 2)
    assert rules_of(study.jobs(config=CONFIG)) == {"plot_rdm"}
    path.write_text(path.read_text().removesuffix("\n# edited\n"))
    assert study.jobs(config=CONFIG) == []


def test_deleting_an_intermediate_makes_it_again_where_it_is_needed_only(study: Checkout):
    """What follows from it is there, so nothing needs it until it is asked for, or has to be made of it anew."""
    (study.folder / "results/toy/rdm/gram/alexnet/L2.h5").unlink()
    assert study.jobs(config=CONFIG) == []
    job = ("compute_rdm", "representation=gram, model=alexnet, layer=L2")
    assert study.jobs("rdms", config=CONFIG) == [job]
    (study.folder / "results/toy/figures/rdm/gram/alexnet/L2.png").unlink()
    jobs = study.jobs(config=CONFIG)
    assert {job, ("plot_rdm", job[1])} <= set(jobs)
    figures = {"plot_rdm", "plot_rdm_layers"}
    assert rules_of(jobs) == {"compute_rdm", "map_rdms", "probe_rdm", "resample_trees"} | figures | CLUSTERS_AND_BELOW
    assert not [job for job in jobs if "layer=L1" in job[1] or "model=squeezenet" in job[1]]


def test_deleting_a_table_makes_it_and_what_shows_it_only(study: Checkout):
    (study.folder / "results/toy/tables/mi.tsv").unlink()
    inference = {"tabulate_inference", "plot_mi_intervals", "plot_probes"}
    assert rules_of(study.jobs(config=CONFIG)) == AGGREGATES - inference - {"map_rdms"}


def test_new_weights_in_the_same_file_run_that_network(study: Checkout):
    from texalign.networks import sources, weights

    state = sources.Architecture("torchvision", "squeezenet1_1").build(4).state_dict()
    weights.write_state_dict(study.folder / "squeezenet.pth", state)
    jobs = study.jobs(config=CONFIG)
    assert ("fetch_weights", "model=squeezenet") in jobs
    assert not [job for job in jobs if "model=alexnet" in job[1]]


def edit_image(folder: Path) -> None:
    from PIL import Image

    Image.new("RGB", (64, 64)).save(folder / "own/a/1.png")


def add_image(folder: Path) -> None:
    shutil.copy(folder / "own/a/1.png", folder / "own/b/new.png")


def delete_image(folder: Path) -> None:
    (folder / "own/a/2.png").unlink()


@pytest.mark.parametrize("change", [edit_image, add_image, delete_image])
def test_changing_the_images_of_a_folder_is_noticed(checkout: Checkout, change: Callable[[Path], None]):
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    for name in ("a/1.png", "a/2.png", "b/1.png", "b/2.png"):
        path = checkout.folder / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (40, 40, 3), np.uint8)).save(path)
    config = edited(images={"source": "folder", "folder": "own", "size": 64})
    checkout.snakemake("--cores", "2", "images", config=config)
    assert "Nothing to be done" in checkout.snakemake("--cores", "2", "images", config=config)
    change(checkout.folder)
    assert rules_of(checkout.jobs("images", config=config)) == {"index_images", "decode_images"}


def test_adding_a_representation_extracts_once_more_and_reruns_nothing_of_the_others(study: Checkout):
    jobs = study.jobs("best_mi", config=edited(representations=["gram", "mean"]))
    assert rules_of(jobs) == {
        *("extract_added_representation", "compute_rdm", "cluster_images", "compute_information"),
        *("tabulate_mi", "select_best_mi"),
    }
    assert not [job for job in jobs if "representation=gram" in job[1]]


def test_representations_come_from_one_pass_again_once_what_they_depend_on_changes(study: Checkout):
    config = edited(representations=["gram", "mean"], activation="before_relu")
    assert "extract_added_representation" not in rules_of(study.jobs("best_mi", config=config))
