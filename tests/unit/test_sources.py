"""Sources of networks, packages that may be missing, and what random weights and preprocessing must be."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from support import PROJECT
from texalign import names
from texalign.errors import TexalignError
from texalign.networks import handmade, hubs, sources
from texalign.networks.preprocessing import Normalization
from texalign.networks.sources import Architecture
from texalign.networks.weights import trained_with


def test_sources_are_those_that_are_named():
    assert set(sources.SOURCES) == set(names.SOURCES)
    assert all(name in names.SOURCES["handmade"] for name in handmade.FRONT_ENDS)


def run_python(code: str, folder: Path) -> subprocess.CompletedProcess:
    scripts = PROJECT / "workflow/scripts"
    code = f"import sys\nsys.path.insert(0, {str(scripts)!r})\n{code}"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)


def test_a_users_module_may_import_torchvision_itself_and_its_neighbours_while_it_builds(tmp_path: Path):
    (tmp_path / "neighbour.py").write_text("width = 5\n")
    (tmp_path / "mine.py").write_text(
        "import torchvision.models\nfrom torch import nn\n\n"
        "def build():\n    import neighbour\n    return nn.Conv2d(3, neighbour.width, 1)\n"
    )
    code = (
        "from texalign.networks.sources import Architecture\nprint(Architecture.parse('python:mine:build', {}).build())"
    )
    ran = run_python(code, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "Conv2d(3, 5" in ran.stdout


@pytest.mark.parametrize("package", ["timm", "open_clip", "transformers", "pytorchcv"])
def test_a_package_that_is_missing_is_named(package: str, monkeypatch: pytest.MonkeyPatch):
    for module in [name for name in sys.modules if name.startswith(f"{package}.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    source = "huggingface" if package == "transformers" else package
    with pytest.raises(
        TexalignError, match=rf"{package}.* cannot be imported .*pip install {hubs.PACKAGES.get(package, package)}"
    ):
        Architecture(source, "any").build()


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        ("timm:resnet19", "timm has no model 'resnet19'; the nearest are: .*resnet"),
        ("open_clip:RN51", "open_clip has no model 'RN51'; the nearest are: .*RN50"),
        ("pytorchcv:bagnet8", "pytorchcv has no model 'bagnet8'; the nearest are: .*bagnet9"),
        ("huggingface:dinov9", "transformers has no type of model 'dinov9'; the nearest are: .*dinov2"),
        ("huggingface:facebook/dinov2-base", "is a repository; name the type of its model"),
        ("handmade:pixel", "handmade has no network 'pixel'; the nearest are: pixels"),
    ],
)
def test_names_that_do_not_exist(architecture: str, message: str):
    package = {"timm": "timm", "open_clip": "open_clip", "huggingface": "transformers", "pytorchcv": "pytorchcv"}
    pytest.importorskip(package.get(architecture.partition(":")[0], "torch"), exc_type=ImportError)
    with pytest.raises(TexalignError, match=message):
        Architecture.parse(architecture, {}).build()


def test_random_weights_that_are_not_random_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import toy_networks

    def pretrained() -> torch.nn.Module:
        network = toy_networks.circular()
        network[2].weight.data = torch.linspace(-1, 1, network[2].weight.numel()).view_as(network[2].weight)
        return network

    monkeypatch.setattr(toy_networks, "pretrained", pretrained, raising=False)
    with pytest.raises(TexalignError, match=r"random weights were asked for, but 2\.weight is the same whatever"):
        Architecture("python", "toy_networks:pretrained").random_state(0)
    states = [Architecture("python", "toy_networks:circular").random_state(seed) for seed in (0, 0, 1)]
    assert torch.equal(states[0]["0.weight"], states[1]["0.weight"])
    assert not torch.equal(states[0]["0.weight"], states[2]["0.weight"])


IMAGENET = Normalization((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@pytest.mark.parametrize(
    ("architecture", "weights", "package", "expected"),
    [
        ("torchvision:resnet50", "IMAGENET1K_V2", "torch", IMAGENET),
        ("torchvision:inception_v3", "IMAGENET1K_V1", "torch", IMAGENET),
        ("timm:resnet18", "a1_in1k", "timm", IMAGENET),
        ("timm:vit_tiny_patch16_224", "augreg_in21k", "timm", Normalization((0.5,) * 3, (0.5,) * 3)),
        (
            *("open_clip:RN50", "openai", "open_clip"),
            Normalization((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
        ),
    ],
)
def test_what_weights_were_trained_with(architecture: str, weights: str, package: str, expected: Normalization):
    pytest.importorskip(package, exc_type=ImportError)
    assert trained_with(Architecture.parse(architecture, {}), weights) == expected


@pytest.mark.parametrize(
    ("architecture", "weights", "message"),
    [
        ("torchvision:resnet50", "IMAGENET9", "no weights 'IMAGENET9'; it has IMAGENET1K_V1"),
        ("torchvision:resnet50", None, "needs weights by a name"),
        ("python:mine:build", "x", "needs weights by a name"),
    ],
)
def test_weights_that_do_not_say_what_they_were_trained_with(architecture: str, weights: str | None, message: str):
    with pytest.raises(TexalignError, match=message):
        trained_with(Architecture.parse(architecture, {}), weights)


class Hub:
    """In place of huggingface_hub: a repository in a folder."""

    @staticmethod
    def hf_hub_download(repository: str, file: str, revision: str, local_dir: Path) -> None:
        if repository != "lab/network":
            raise OSError("404")
        Path(local_dir).mkdir(parents=True, exist_ok=True)
        torch.save({f"visual.{name}": value for name, value in Hub.state.items()}, Path(local_dir) / file)

    state: Mapping[str, torch.Tensor] = {"0.weight": torch.ones(2)}


def test_weights_from_a_hub_are_fetched_once_at_a_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", Hub)
    state = hubs.hub_state_dict("lab/network", "model.pth", "0123abc", tmp_path, Hub.state)
    assert torch.equal(state["0.weight"], torch.ones(2))
    monkeypatch.setattr(Hub, "hf_hub_download", lambda *_, **__: pytest.fail("fetched again"))
    hubs.hub_state_dict("lab/network", "model.pth", "0123abc", tmp_path, Hub.state)
    with pytest.raises(TexalignError, match="say which revision"):
        hubs.hub_state_dict("lab/network", "model.pth", None, tmp_path, Hub.state)


def test_weights_that_a_hub_does_not_give_can_be_put_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", Hub)
    with pytest.raises(TexalignError, match=r"could not be fetched \(404\).*save it as .*other/0123abc/model\.pth"):
        hubs.hub_state_dict("lab/other", "model.pth", "0123abc", tmp_path, Hub.state)
