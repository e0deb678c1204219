"""Bad input, as the user of the workflow meets it: what is said, and that nothing half-made stays."""

import shutil
from pathlib import Path

import pytest

from workflow_project import ONCE, TOY_NETWORK, Checkout

ALEXNET = {"source": "torchvision", "weights": {"random": 0}, "layers": ["features.0"]}


def study(**changes: object) -> dict:
    images = {"source": "procedural", "classes": ["grid", "dotted"], "images_per_class": 3, "seed": 0, "size": 64}
    return {"study": "toy", "images": images, "protocols": ["unit"], "networks": {"alexnet": ALEXNET}} | changes


def network(**changes: object) -> dict:
    return {"networks": {"alexnet": ALEXNET | changes}}


def own_images(folder: Path) -> dict:
    """A folder of two classes, as the user's own images."""
    import numpy as np
    from PIL import Image

    for seed, name in enumerate(("a/1.png", "a/2.png", "b/1.png", "b/2.png")):
        path = folder / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(seed).integers(0, 256, (80, 80, 3), np.uint8)
        Image.fromarray(pixels).save(path)
    return {"images": {"source": "folder", "folder": "own", "size": 64}}


def artifacts(checkout: Checkout) -> set[str]:
    """Files and hidden leftovers below results/, without logs and benchmarks."""
    root = checkout.folder / "results/toy"
    names = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    return {name for name in names if not name.startswith(("logs/", "benchmarks/"))}


def test_unknown_modules_of_all_networks_are_told_at_once_with_the_nearest_before_any_image_is_seen(
    checkout: Checkout,
):
    networks = {
        "one": ALEXNET | {"name": "alexnet", "layers": ["feature.0", "features.3"]},
        "fine": {"source": "python", "callable": "toy_networks:circular", "weights": {"random": 0}, "layers": ["0"]},
        "two": {"source": "handmade", "name": "gabor", "weights": {"random": 0}, "layers": ["scales1", "scale22"]},
    }
    output = checkout.snakemake("--cores", "2", "grams", config=study(networks=networks), fails=True)
    assert "networks.one: the network has no module 'feature.0'; the nearest are: features.0" in output
    assert "networks.two: the network has no module 'scales1'; the nearest are: scale1" in output
    assert "the network has no module 'scale22'; the nearest are: scale2" in output
    assert "networks.fine" not in output
    # It goes on with the network whose names are right, as the default profile says, once the others are told.
    assert output.index("networks.one: ") < output.index("Represent the images by fine")
    assert {name for name in artifacts(checkout) if name.endswith(".h5") and "gram" in name} == {"gram/fine.h5"}


def test_weights_that_do_not_fit(checkout: Checkout):
    from texalign.networks import sources, weights

    state = sources.Architecture("torchvision", "squeezenet1_1").build().state_dict()
    weights.write_state_dict(checkout.folder / "other.pth", state)
    config = study(**network(weights={"file": "other.pth"}))
    output = checkout.snakemake("--cores", "2", "grams", config=config, fails=True)
    assert "the weights do not fit the network: " in output
    assert "unknown to the network (features.3.squeeze.weight" in output
    assert "of another shape (features.0.weight (64, 3, 3, 3), expected (64, 3, 11, 11)" in output
    assert not any("gram" in name for name in artifacts(checkout))


def test_missing_weights_file(checkout: Checkout):
    config = study(**network(weights={"file": "nowhere.pth"}))
    output = checkout.snakemake("--cores", "2", "grams", config=config, fails=True)
    assert "nowhere.pth" in output
    assert "Missing input files" in output


def test_truncated_weights_file(checkout: Checkout):
    from texalign.networks import sources, weights

    file = checkout.folder / "mine.pth"
    weights.write_state_dict(file, sources.Architecture("torchvision", "squeezenet1_1").build().state_dict())
    file.write_bytes(file.read_bytes()[:100_000])
    config = study(**network(weights={"file": "mine.pth"}))
    output = checkout.snakemake("--cores", "2", "grams", *ONCE, config=config, fails=True)
    assert "mine.pth: is not a readable weights file" in output
    assert not any("weights" in name for name in artifacts(checkout))


def test_unreadable_image_is_named(checkout: Checkout):
    config = study(**own_images(checkout.folder))
    (checkout.folder / "own/b/2.png").write_bytes(b"no image")
    output = checkout.snakemake("--cores", "2", "images", config=config, fails=True)
    assert "own/b/2.png: cannot be read as an image" in output
    assert artifacts(checkout) == set()


def test_truncated_image_is_named_and_the_index_stays(checkout: Checkout):
    config = study(**own_images(checkout.folder))
    image = checkout.folder / "own/b/2.png"
    image.write_bytes(image.read_bytes()[:3000])
    output = checkout.snakemake("--cores", "2", "images", config=config, fails=True)
    assert "own/b/2.png: cannot be decoded" in output
    assert artifacts(checkout) == {"images/index.tsv", "images/.index.tsv.seal"}


def test_empty_class_is_named(checkout: Checkout):
    config = study(**own_images(checkout.folder))
    (checkout.folder / "own/c").mkdir()
    output = checkout.snakemake("--cores", "2", "images", config=config, fails=True)
    assert "own/c: the class 'c' has no images" in output


def test_fewer_than_two_classes(checkout: Checkout):
    config = study(**own_images(checkout.folder))
    shutil.rmtree(checkout.folder / "own/b")
    output = checkout.snakemake("--cores", "2", "images", config=config, fails=True)
    assert "the images have 1 class(es), at least 2 are needed" in output


def test_missing_folder_of_images(checkout: Checkout):
    config = study(images={"source": "folder", "folder": "nowhere"})
    output = checkout.snakemake("--cores", "2", "images", config=config, fails=True)
    assert "nowhere: is not a folder; images are expected as nowhere/<class>/<image>" in output


def test_unknown_config_key(checkout: Checkout):
    output = checkout.snakemake("--dry-run", config=study(activatoin="after_relu"), fails=True)
    assert "unknown key 'activatoin'; did you mean 'activation'?" in output
    assert "study.yaml" in output


def test_brainscore_table_with_a_missing_column(checkout: Checkout):
    config = study(networks={"toy": TOY_NETWORK}, brainscore={"table": "mine.csv", "benchmarks": ["V1", "IT"]})
    (checkout.folder / "mine.csv").write_text("model,V1\ntoy,0.3\n")
    output = checkout.snakemake("--dry-run", "mi", config=config, fails=True)
    assert "mine.csv: has no column IT (brainscore.benchmarks)" in output


def test_brainscore_ids_that_are_not_there(checkout: Checkout):
    networks = {name: TOY_NETWORK | {"brainscore_id": f"{name}-x", "brainscore_match": "untrained"} for name in "ab"}
    output = checkout.snakemake("--dry-run", "mi", config=study(networks=networks), fails=True)
    for name in "ab":
        assert f"has no model '{name}-x', the Brain-Score id of {name}" in output


def without_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send every download to a port of this machine that nobody listens on."""
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


def test_no_network_for_weights_says_where_to_put_the_file(checkout: Checkout, monkeypatch: pytest.MonkeyPatch):
    without_network(monkeypatch)
    config = study(**network(weights="IMAGENET1K_V1"))
    output = checkout.snakemake("--cores", "2", *ONCE, "grams", config=config, fails=True)
    assert "could not be downloaded" in output
    assert "save it as results/toy/downloads/checkpoints/alexnet-owt-7be5be79.pth" in output


def test_no_network_for_dtd_says_where_to_put_the_file(checkout: Checkout, monkeypatch: pytest.MonkeyPatch):
    without_network(monkeypatch)
    config = study(images={"source": "dtd"})
    output = checkout.snakemake("--cores", "2", *ONCE, "images", config=config, fails=True)
    assert "save it as results/toy/downloads/dtd-r1.0.1.tar.gz" in output
    assert "fff73e5086ae6bdbea199a49dfb8a4c1" in output
    assert artifacts(checkout) == set()


def test_layer_that_the_network_does_not_have(checkout: Checkout):
    other = ALEXNET | {"name": "alexnet", "layers": ["features.0", "features.3"]}
    two = study(networks={"alexnet": ALEXNET, "other": other})
    output = checkout.snakemake("--dry-run", "results/toy/rdm/gram/alexnet/L2.h5", config=two, fails=True)
    assert "alexnet has no layer L2; the config gives it L1" in output
    output = checkout.snakemake("--dry-run", "results/toy/rdm/gram/alexnet/L3.h5", config=two, fails=True)
    assert "MissingRuleException" in output


def test_papers_study_plans_and_lints_without_data(checkout: Checkout):
    checkout.snakemake("--dry-run")
    assert "Congratulations" in checkout.snakemake("--lint")
    assert not (checkout.folder / "results").exists()
