"""Weights from the web, by name or by URL: fetched once, checked, kept; and what they were trained with."""

import copy
import hashlib
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from planning.extractions import Multiverse
from planning.study import Study, StudyNetwork
from planning.validation import config_errors
from support import PAPER_CONFIG, SCHEMA, complete
from texalign.artifacts.fetch import hash_in_name
from texalign.errors import TexalignError
from texalign.networks import hubs, weights
from texalign.networks.preprocessing import Normalization
from texalign.networks.sources import Architecture


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SimpleNamespace]:
    """A web server on this machine that gives the files of a folder."""
    folder = tmp_path / "site"
    folder.mkdir()
    http = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield SimpleNamespace(folder=folder, url=f"http://127.0.0.1:{http.server_port}", close=http.shutdown)
    http.shutdown()


TOY = Architecture("python", "toy_networks:circular")


def checkpoint(file: Path, prefix: str = "") -> dict[str, torch.Tensor]:
    """A checkpoint of the toy network, wrapped as training scripts do."""
    state = TOY.build(seed=3).state_dict()
    torch.save({"epoch": 9, "state_dict": {f"{prefix}{name}": value for name, value in state.items()}}, file)
    return state


def digest(file: Path, algorithm: str = "sha256") -> str:
    return hashlib.new(algorithm, file.read_bytes()).hexdigest()


@pytest.mark.parametrize("how", ["sha256", "sha1", "name", "unknown"])
def test_a_url_is_fetched_once_checked_and_kept(
    how: str, site: SimpleNamespace, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    file = site.folder / "toy.pth.tar"
    expected = checkpoint(file, "module.")
    if how == "name":
        file = file.rename(site.folder / f"toy-{digest(file)[:8]}.pth.tar")
    known = {"sha256": digest(file)[:12], "sha1": f"sha1:{digest(file, 'sha1')}"}.get(how)
    url = f"{site.url}/{file.name}?versionId=null"
    names = TOY.build().state_dict()
    state = weights.url_state_dict(url, known, tmp_path / "downloads", names)
    assert torch.equal(state["2.weight"], expected["2.weight"])
    assert (f"its SHA-256 is {digest(file)}" in caplog.text) == (how == "unknown")
    site.close()
    again = weights.url_state_dict(url, known, tmp_path / "downloads", names)
    assert torch.equal(again["2.weight"], expected["2.weight"])


def test_a_key_says_which_of_several_weights_count(tmp_path: Path):
    state, average = TOY.build(seed=1).state_dict(), TOY.build(seed=2).state_dict()
    torch.save({"state": {"model": state, "model_ema": average}, "epoch": 3}, tmp_path / "x.pt")
    found = weights.read_state_dict(tmp_path / "x.pt", key="state.model_ema")
    assert torch.equal(found["2.weight"], average["2.weight"])
    with pytest.raises(TexalignError, match=r"'state.ema'; instead of 'ema' there is model, model_ema"):
        weights.read_state_dict(tmp_path / "x.pt", key="state.ema")
    with pytest.raises(TexalignError, match="does not hold a state dict"):
        weights.read_state_dict(tmp_path / "x.pt")


def test_another_file_is_refused(site: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("texalign.artifacts.fetch.PAUSE_S", 0.0)
    checkpoint(site.folder / "toy-0123abcd.pth")
    with pytest.raises(TexalignError, match="what came has the SHA-256 "):
        weights.url_state_dict(f"{site.url}/toy-0123abcd.pth", None, tmp_path, {})
    with pytest.raises(TexalignError, match="what came has the SHA1 "):
        weights.url_state_dict(f"{site.url}/toy-0123abcd.pth", f"sha1:{'0' * 40}", tmp_path, {})


@pytest.mark.parametrize(
    ("url", "begin"),
    [
        ("https://x.org/m/resnet50-0676ba61.pth", "0676ba61"),
        ("https://x.org/resnet50_train_60_epochs-c8e5653e.pth.tar?versionId=null", "c8e5653e"),
        ("https://x.org/vit-b.pth", ""),
        ("https://x.org/0676ba61/ep100.pt", ""),
    ],
)
def test_hashes_in_names(url: str, begin: str):
    assert hash_in_name(url) == begin


def test_timms_weights_by_name_are_those_with_a_hash_in_their_files_name(
    site: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    timm = pytest.importorskip("timm", exc_type=ImportError)
    network = Architecture("timm", "resnet10t").build(seed=1)
    file = site.folder / "resnet10t.pth"
    torch.save(network.state_dict(), file)
    file = file.rename(site.folder / f"resnet10t-{digest(file)[:8]}.pth")
    published = SimpleNamespace(url=f"{site.url}/{file.name}", hf_hub_id="timm/resnet10t.mine")
    monkeypatch.setattr(timm, "get_pretrained_cfg", lambda name: published if name == "resnet10t.mine" else None)
    state = weights.published_state_dict(Architecture("timm", "resnet10t"), "mine", tmp_path)
    assert torch.equal(state["conv1.0.weight"], network.state_dict()["conv1.0.weight"])
    published.url = "https://x.org/resnet10t.pth"
    with pytest.raises(TexalignError, match=r"write weights: \{hub: timm/resnet10t\.mine, revision: COMMIT\}"):
        weights.published_state_dict(Architecture("timm", "resnet10t"), "mine", tmp_path)
    with pytest.raises(TexalignError, match="timm's resnet10t has no weights 'yours'; it has c3_in1k"):
        weights.published_state_dict(Architecture("timm", "resnet10t"), "yours", tmp_path)


def test_pytorchcvs_weights_come_in_an_archive_and_are_those_of_its_table(
    site: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    store = pytest.importorskip("pytorchcv.models.common.model_store", exc_type=ImportError)
    bagnet = Architecture("pytorchcv", "bagnet9")
    file = tmp_path / "made.pth"
    torch.save(bagnet.build(seed=1).state_dict(), file)
    sha1 = digest(file, "sha1")
    name = f"bagnet9-2576-{sha1[:8]}.pth"
    archive = site.folder / f"releases/download/v0.0.553/{name}.zip"
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.write(file, name)
    monkeypatch.setattr(store, "imgclsmob_repo_url", site.url)
    downloads = tmp_path / "downloads"
    with pytest.raises(TexalignError, match=r"pytorchcv's bagnet9 has no weights 'v1'; it has v0\.0\.553"):
        weights.published_state_dict(bagnet, "v1", downloads)
    monkeypatch.setattr(store, "get_model_name_suffix_data", lambda target: ("2576", sha1[:8] + "0" * 32, "v0.0.553"))
    with pytest.raises(TexalignError, match=r"in it has another SHA-1 than .*, and was removed"):
        weights.published_state_dict(bagnet, "v0.0.553", downloads)
    assert list((downloads / "pytorchcv").iterdir()) == []
    monkeypatch.setattr(store, "get_model_name_suffix_data", lambda target: ("2576", sha1, "v0.0.553"))
    state = weights.published_state_dict(bagnet, "v0.0.553", downloads)
    expected = bagnet.build(seed=1).state_dict()
    assert all(torch.equal(state[key], expected[key]) for key in expected)
    site.close()
    assert set(weights.published_state_dict(bagnet, "v0.0.553", downloads)) == set(expected)
    (downloads / "pytorchcv" / name).write_bytes(b"another")
    with pytest.raises(TexalignError, match="is not the file with SHA-1"):
        weights.published_state_dict(bagnet, "v0.0.553", downloads)


def test_what_a_models_module_knows_of_older_names_is_applied(
    site: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    timm = pytest.importorskip("timm", exc_type=ImportError)
    state = Architecture("timm", "convnext_atto").build(seed=1).state_dict()
    # As the authors of ConvNeXt name it.
    old = {name.replace("stages.0.blocks.0.conv_dw", "stages.0.0.dwconv"): value for name, value in state.items()}
    assert old.keys() != state.keys()
    module = sys.modules[type(Architecture("timm", "convnext_atto").build()).__module__]
    monkeypatch.setattr(module, "checkpoint_filter_fn", lambda state, network: {"converted": torch.ones(1)})
    file = site.folder / "atto.pth"
    torch.save(old, file)
    file = file.rename(site.folder / f"atto-{digest(file)[:8]}.pth")
    published = SimpleNamespace(url=f"{site.url}/{file.name}", hf_hub_id=None)
    monkeypatch.setattr(timm, "get_pretrained_cfg", lambda name: published)
    assert list(hubs.timm_weights("convnext_atto", "old", {}, tmp_path)) == ["converted"]


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        ("open_clip:RN50", r"open_clip's RN50 openai has no hash .* write weights: \{hub: timm/resnet50_clip\.openai"),
        ("huggingface:dinov2", "huggingface publishes none by name; give a file, a url, or a repository of the hub"),
        ("python:mine:build", "python publishes none by name"),
    ],
)
def test_weights_that_cannot_be_had_by_name(architecture: str, message: str, tmp_path: Path):
    if architecture.startswith("open_clip"):
        pytest.importorskip("open_clip", exc_type=ImportError)
    with pytest.raises(TexalignError, match=message):
        weights.published_state_dict(Architecture.parse(architecture, {}), "openai", tmp_path)


@pytest.mark.parametrize(
    ("architecture", "weights_said", "arguments"),
    [
        ("torchvision:squeezenet1_1", "IMAGENET1K_V1", {}),
        ("timm:resnet10t", {"hub": "timm/resnet10t.c3_in1k", "revision": "0123abc"}, {}),
        ("open_clip:RN50", "openai", {}),
        ("huggingface:dinov2", {"mean": [0.5] * 3, "std": [0.5] * 3}, {"hidden_size": 24, "num_hidden_layers": 1}),
    ],
)
def test_once_weights_are_there_nothing_needs_a_network(
    architecture: str, weights_said: object, arguments: dict, monkeypatch: pytest.MonkeyPatch
):
    package = {"timm": "timm", "open_clip": "open_clip", "huggingface": "transformers"}
    pytest.importorskip(package.get(architecture.partition(":")[0], "torch"), exc_type=ImportError)
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a connection was asked for"))
    monkeypatch.setattr("socket.getaddrinfo", lambda *_: pytest.fail("an address was asked for"))
    network = Architecture.parse(architecture, arguments)
    assert len(network.build().state_dict()) > 10
    assert len(weights.trained_with(network, weights_said).mean) == 3


# ------------------------------------------------------------------------------------------ what they were trained with

HALF = {"mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}
NAMED = {"source": "torchvision", "weights": "IMAGENET1K_V1", "layers": ["features.0"]}
OWN = {"source": "python", "callable": "mine:build", "layers": ["0"]}


@pytest.mark.parametrize("said", [{"file": "x.pth", **HALF}, {"hub": "a/b", "revision": "0123abc", **HALF}, HALF])
def test_files_are_said_to_be_trained_with_something(said: dict):
    assert weights.trained_with(TOY, said) == Normalization((0.5,) * 3, (0.25,) * 3)


def test_timms_repositories_tell_it():
    pytest.importorskip("timm", exc_type=ImportError)
    said = {"hub": "timm/vit_tiny_patch16_224.augreg_in21k", "revision": "0123abc"}
    assert weights.trained_with(Architecture("timm", "vit_tiny_patch16_224"), said).mean == (0.5, 0.5, 0.5)
    with pytest.raises(TexalignError, match="of others say it as mean and std of the weights"):
        weights.trained_with(TOY, said)


@pytest.mark.parametrize(
    ("entry", "silent"),
    [
        (NAMED, False),
        (OWN | {"weights": {"file": "x.pth"}}, True),
        (OWN | {"weights": {"file": "x.pth", **HALF}}, False),
        (OWN | {"weights": {"random": 0}}, True),
        ({"source": "timm", "weights": {"hub": "timm/a.b", "revision": "0123abc"}, "layers": ["0"]}, False),
        ({"source": "huggingface", "weights": {"hub": "a/b", "revision": "0123abc"}, "layers": ["0"]}, True),
    ],
)
def test_weights_that_do_not_say_it_are_found_when_the_config_is_read(entry: dict, silent: bool):
    own = config_errors(PAPER_CONFIG | {"networks": {"alexnet": entry | {"preprocessing": "weights"}}}, SCHEMA)
    section = {
        "activations": ["after_relu"],
        "preprocessings": {"paper": PAPER_CONFIG["preprocessing"], "w": "weights"},
    }
    varied = config_errors(PAPER_CONFIG | {"networks": {"alexnet": entry}, "multiverse": section}, SCHEMA)
    for errors in (own, varied):
        assert any("weights do not say what they were trained with" in error for error in errors) == silent, errors
        assert len(errors) == silent


def test_the_multiverse_varies_what_weights_were_trained_with():
    config = copy.deepcopy(PAPER_CONFIG)
    config["multiverse"] = {
        "activations": ["after_relu"],
        "preprocessings": {"paper": config["preprocessing"], "own": "weights"},
    }
    config = complete(config)
    study = Study.from_config(config)
    own, other = Multiverse.from_config(config, study.results).branches
    assert (own.is_own, other.is_own, other.name) == (True, False, "after_relu-own")
    network = study.networks["alexnet"]
    assert "--own-preprocessing" not in own.network(network).taps_flags
    assert "--own-preprocessing IMAGENET1K_V1" in other.network(network).taps_flags


def test_what_weights_were_trained_with_is_no_flag_of_their_fetching():
    entry = OWN | {"weights": {"url": "https://x.org/y.pth", "sha1": "0" * 40, **HALF}}
    network = StudyNetwork.from_config("mine", entry)
    assert network.weights_flags.endswith(f"--url https://x.org/y.pth --sha1 {'0' * 40}")
