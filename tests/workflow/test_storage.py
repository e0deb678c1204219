"""What stays on disk, what is shared between working copies, and what is refused for want of disk."""

import shutil
from pathlib import Path

import pytest

from workflow_project import TOY_NETWORK, Checkout, copy_project

IMAGES = {"source": "procedural", "classes": ["grid", "dotted", "woven"], "images_per_class": 4, "seed": 0, "size": 64}
TWO_LAYERS = TOY_NETWORK
ONE_LAYER = TOY_NETWORK | {"weights": {"random": 1}, "layers": ["0"]}


def study(**changes: object) -> dict:
    config = {
        "study": "toy",
        "images": IMAGES,
        "protocols": ["unit"],
        "networks": {"two": TWO_LAYERS, "one": ONE_LAYER},
        "storage": {"keep_gram": False},
    }
    return config | changes


# ----------------------------------------------------------------------------------------------- without the Gram files


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished study that does not keep its Gram files."""
    checkout = copy_project(tmp_path_factory.mktemp("finished") / "project")
    checkout.snakemake("--cores", "2", "mi", config=study())
    return checkout.folder


@pytest.fixture
def without_grams(finished: Path, tmp_path: Path) -> Checkout:
    shutil.copytree(finished, tmp_path / "copy")
    return Checkout(tmp_path / "copy")


def test_gram_files_go_and_all_else_stays(without_grams: Checkout):
    results = without_grams.folder / "results/toy"
    assert not list(results.glob("gram/*.h5"))
    assert {path.relative_to(results).as_posix() for path in results.rglob("*.h5")} == {
        "images/pixels.h5",
        "rdm/gram/two/L1.h5",
        "rdm/gram/two/L2.h5",
        "rdm/gram/one/L1.h5",
        "clusters/gram/unit/two/L1.h5",
        "clusters/gram/unit/two/L2.h5",
        "clusters/gram/unit/one/L1.h5",
    }
    assert without_grams.jobs("mi", config=study()) == []


def others(jobs: list[tuple[str, str]], model: str) -> set[str]:
    """Rules of the jobs that are not of one network: tables of all networks."""
    return {rule for rule, wildcards in jobs if f"model={model}" not in wildcards}


def test_adding_a_network_leaves_what_is_finished(without_grams: Checkout):
    networks = {"two": TWO_LAYERS, "one": ONE_LAYER, "new": TWO_LAYERS}
    jobs = without_grams.jobs("mi", config=study(networks=networks))
    assert ("extract_representations", "model=new") in jobs
    assert others(jobs, "new") == {"check_layers", "tabulate_mi"}


def test_adding_a_protocol_leaves_what_is_finished(without_grams: Checkout):
    jobs = without_grams.jobs("mi", config=study(protocols=["unit", "rdm_rows"]))
    assert {rule for rule, _ in jobs} == {"cluster_images", "compute_information", "tabulate_mi"}
    assert all("protocol=rdm_rows" in wildcards for rule, wildcards in jobs if rule != "tabulate_mi")


def test_adding_a_layer_computes_that_network_only(without_grams: Checkout):
    networks = {"two": TWO_LAYERS, "one": ONE_LAYER | {"layers": ["0", "2"]}}
    jobs = without_grams.jobs("mi", config=study(networks=networks))
    assert ("extract_representations", "model=one") in jobs
    assert others(jobs, "one") == {"check_layers", "tabulate_mi"}


def test_a_change_of_what_gram_files_depend_on_is_noticed_without_them(without_grams: Checkout):
    jobs = without_grams.jobs("mi", config=study(activation="before_relu"))
    assert {("extract_representations", "model=two"), ("extract_representations", "model=one")} <= set(jobs)
    program = without_grams.folder / "workflow/scripts/texalign/rdms/compute.py"
    program.write_text(program.read_text() + "\n# edited\n")
    jobs = without_grams.jobs("mi", config=study())
    assert {"extract_representations", "compute_rdm"} <= {rule for rule, _ in jobs}


def test_deleting_an_intermediate_makes_it_again_when_it_is_asked_for(without_grams: Checkout):
    """An RDM, which needs the Gram file that is gone; not those of other networks."""
    (without_grams.folder / "results/toy/rdm/gram/two/L2.h5").unlink()
    assert without_grams.jobs("mi", config=study()) == []
    jobs = without_grams.jobs("rdms", config=study())
    assert {
        ("extract_representations", "model=two"),
        ("compute_rdm", "representation=gram, model=two, layer=L2"),
    } <= set(jobs)
    assert not [job for job in jobs if "model=two" not in job[1]]


def test_removing_a_network_leaves_what_is_finished(without_grams: Checkout):
    jobs = without_grams.jobs("mi", config=study(networks={"two": TWO_LAYERS}))
    assert others(jobs, "two") == {"check_layers", "tabulate_mi"} == {rule for rule, _ in jobs}


def test_changing_ones_mind_runs_nothing(without_grams: Checkout):
    assert without_grams.jobs("mi", config=study(storage={"keep_gram": True})) == []


def test_touching_everything_runs_nothing(without_grams: Checkout):
    for path in without_grams.folder.rglob("*"):
        if ".snakemake" not in path.parts:
            path.touch()
    assert without_grams.jobs("mi", config=study()) == []


# ---------------------------------------------------------------------------------------- shared between working copies


def test_images_and_weights_are_made_once_for_several_working_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    cache = tmp_path / "cache"
    cache.mkdir()
    monkeypatch.setenv("SNAKEMAKE_OUTPUT_CACHE", str(cache))
    first, second = copy_project(tmp_path / "first"), copy_project(tmp_path / "second")
    targets = ("images", "results/{}/weights/two.pth", "--cores", "2", "--cache")

    def run(checkout: Checkout, name: str) -> str:
        return checkout.snakemake(*(target.format(name) for target in targets), config=study(study=name))

    run(first, "toy")
    # Another study of the same images and networks: none of its programs says anything, since none runs.
    assert "from cache" in run(second, "other")
    made, taken = first.folder / "results/toy", second.folder / "results/other"
    assert (made / "logs/index_images.log").stat().st_size > 0
    assert {log.stat().st_size for log in (taken / "logs").rglob("*.log")} == {0}
    for artifact in ("images/index.tsv", "images/pixels.h5", "weights/two.pth"):
        assert (taken / artifact).resolve() == (made / artifact).resolve()
        assert (taken / artifact).resolve().parent == cache
    assert "Nothing to be done" in run(second, "other")
    assert "Nothing to be done" in run(first, "toy")


def test_other_images_or_weights_are_not_taken_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    cache = tmp_path / "cache"
    cache.mkdir()
    monkeypatch.setenv("SNAKEMAKE_OUTPUT_CACHE", str(cache))
    checkout = copy_project(tmp_path / "project")
    pixels = checkout.folder / "results/toy/images/pixels.h5"
    run = ("images", "--cores", "2", "--cache")
    checkout.snakemake(*run, config=study())
    first = pixels.resolve()
    checkout.snakemake(*run, config=study(images=IMAGES | {"seed": 1}))
    assert pixels.resolve() != first
    assert first.parent == pixels.resolve().parent == cache


# -------------------------------------------------------------------------------------------------------- want of disk


def test_estimate_is_printed_and_nothing_runs(checkout: Checkout):
    alexnet = {"source": "torchvision", "weights": {"random": 0}, "layers": ["features.0", "features.3"]}
    networks = {"alexnet": alexnet, "other": ONE_LAYER}
    output = checkout.snakemake("--cores", "2", "estimate", config=study(networks=networks))
    assert "Study toy: 12 images, 2 networks, 3 layers, 1 representations, 1 protocols" in output
    assert "disk to be written" in output
    assert "Channels of other are not known before the run" in output
    assert not (checkout.folder / "results").exists()


def test_run_that_the_disk_cannot_hold_is_refused(checkout: Checkout):
    output = checkout.snakemake(
        "--cores", "2", "--set-resources", "extract_representations:disk_mb=900000000", config=study(), fails=True
    )
    assert "the disk cannot hold this run" in output
    assert not (checkout.folder / "results").exists()
