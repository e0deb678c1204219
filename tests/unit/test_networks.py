"""Taps, weights and architectures: what is tapped, when the pass stops, and what bad input says."""

import threading
from collections import OrderedDict
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import pytest
import torch
from torch import nn

from support import PAPER_CHANNELS, PAPER_NETWORKS
from texalign.artifacts import fetch
from texalign.artifacts.files import file_sha256
from texalign.artifacts.tap import Tap, numbered_taps, parse_taps
from texalign.errors import TexalignError
from texalign.networks import sources, taps
from texalign.networks.weights import load_weights, published_state_dict, read_state_dict, write_state_dict


def toy_network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(3, 4, 3),
            relu1=nn.ReLU(inplace=True),
            conv2=nn.Conv2d(4, 5, 3),
            relu2=nn.ReLU(inplace=True),
            head=nn.Conv2d(5, 6, 1),
        )
    )


IMAGES = torch.randn(2, 3, 12, 12, generator=torch.Generator().manual_seed(1))


def test_after_relu_is_what_the_published_code_saw_by_aliasing():
    network = toy_network()
    seen = {}
    network.conv1.register_forward_hook(lambda _module, _input, output: seen.update(conv1=output))
    network(IMAGES)
    maps = taps.TappedNetwork(toy_network(), numbered_taps(["conv1"])).feature_maps(IMAGES)
    torch.testing.assert_close(maps["L1"], seen["conv1"])
    assert maps["L1"].min() == 0


def test_before_relu_is_the_modules_own_output_although_a_later_module_overwrites_it():
    network = toy_network()
    expected = network.conv1(IMAGES)
    maps = taps.TappedNetwork(network, numbered_taps(["conv1", "conv2"]), "before_relu").feature_maps(IMAGES)
    torch.testing.assert_close(maps["L1"], expected)
    assert maps["L1"].min() < 0
    torch.testing.assert_close(maps["L2"], network.conv2(expected.relu()))


def test_maps_come_in_the_order_of_the_list_not_of_the_pass():
    maps = taps.TappedNetwork(toy_network(), numbered_taps(["conv2", "conv1"])).feature_maps(IMAGES)
    assert [feature_map.shape[1] for feature_map in maps.values()] == [5, 4]
    assert list(maps) == ["L1", "L2"]


def test_pass_stops_after_the_last_tap_and_leaves_no_hooks():
    network = toy_network()
    tapped = taps.TappedNetwork(network, numbered_taps(["conv1", "conv2"]))
    tapped.readings(12)  # whose passes run everything, to see how often modules run
    network.head.register_forward_pre_hook(lambda *_: pytest.fail("ran a module behind the last tap"))
    tapped.feature_maps(IMAGES)
    assert not network.conv1._forward_hooks
    assert tapped.used_modules(12) == {"", "conv1", "relu1", "conv2"}


def test_gradients_reach_the_image():
    image = IMAGES.clone().requires_grad_(True)
    taps.TappedNetwork(toy_network(), numbered_taps(["conv2"])).feature_maps(image)["L1"].sum().backward()
    assert image.grad.abs().sum() > 0


def test_unknown_module_names_the_nearest():
    with pytest.raises(ValueError, match=r"no module 'conv3'; the nearest are: .*conv2"):
        taps.TappedNetwork(toy_network(), numbered_taps(["conv3"]))


def test_all_unknown_modules_are_named_at_once():
    with pytest.raises(TexalignError, match=r"no module 'conv3'.*; the network has no module 'had'.*head"):
        taps.TappedNetwork(toy_network(), numbered_taps(["conv3", "conv1", "had"]))


@pytest.mark.parametrize("text", ["features.0", "V1@last", "V1@3"])
def test_taps_as_text(text: str):
    assert str(Tap.parse(text)) == text
    assert numbered_taps([text]) == parse_taps([f"L1={text}"])


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "list of layers is empty"),
        (["L1"], "write LAYER=MODULE"),
        (["=features.0"], "write LAYER=MODULE"),
        (["L1=a", "L1=b"], "L1 is named twice, as a and as b"),
        (["L1=a@0"], "counted from 1, or last"),
        (["L1=a@first"], "counted from 1, or last"),
    ],
)
def test_texts_that_are_no_taps(texts: list[str], message: str):
    with pytest.raises(TexalignError, match=message):
        parse_taps(texts)


@pytest.mark.parametrize(
    ("modules", "message"), [([], "list of layers is empty"), (["conv1", "conv1"], "tapped twice")]
)
def test_senseless_lists_of_layers(modules: list[str], message: str):
    with pytest.raises(ValueError, match=message):
        taps.TappedNetwork(toy_network(), numbered_taps(modules))


def test_module_that_takes_no_part_in_the_pass():
    network = toy_network()
    network.conv1.unused = nn.Conv2d(1, 1, 1)
    with pytest.raises(ValueError, match=r"L1 \(conv1\.unused\): the pass ended without running it"):
        taps.TappedNetwork(network, numbered_taps(["conv1.unused"])).feature_maps(IMAGES)


def test_weights_behind_the_last_tap_may_be_missing():
    state = {name: value + 1 for name, value in toy_network().state_dict().items() if not name.startswith("head")}
    tapped = taps.TappedNetwork(toy_network(), numbered_taps(["conv2"]))
    load_weights(tapped, state, 12)
    torch.testing.assert_close(tapped.network.conv1.weight, state["conv1.weight"])
    assert tapped.network.head.weight.isnan().all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: state.pop("conv2.bias"), r"1 missing \(conv2\.bias\)"),
        (lambda state: state.update(extra=torch.zeros(1)), r"1 unknown to the network \(extra\)"),
        (
            lambda state: state.update({"conv1.bias": torch.zeros(9)}),
            r"of another shape \(conv1\.bias \(9,\), expected",
        ),
    ],
)
def test_weights_that_do_not_fit(change, message: str):
    state = dict(toy_network().state_dict())
    change(state)
    with pytest.raises(ValueError, match=message):
        load_weights(taps.TappedNetwork(toy_network(), numbered_taps(["conv2"])), state, 12)


def test_weights_file_missing_truncated_or_something_else(tmp_path: Path):
    file = tmp_path / "weights.pth"
    with pytest.raises(TexalignError, match=r"weights\.pth: weights file not found"):
        read_state_dict(file)
    write_state_dict(file, toy_network().state_dict())
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(TexalignError, match=r"weights\.pth: is not a readable weights file .*truncated"):
        read_state_dict(file)
    torch.save([1, 2], file)
    with pytest.raises(ValueError, match="does not hold a state dict"):
        read_state_dict(file)
    with pytest.raises(TexalignError, match=r"SHA-256 begins .* expected 00000000"):
        read_state_dict(file, "00000000")


def test_random_weights_follow_the_seed():
    architecture = sources.Architecture("torchvision", "alexnet")
    states = [architecture.build(seed).state_dict()["features.0.weight"] for seed in (0, 0, 1)]
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        ("torchvision:resnet19", r"no model 'resnet19'; the nearest are: .*resnet18"),
        ("python:no_such_module:build", "no_such_module.* cannot be imported"),
        ("python:torch.nn:NoSuchClass", "cannot be imported"),
        ("python:collections:OrderedDict", "returned OrderedDict, not a torch module"),
        ("python:torch.nn:Conv2d", "cannot be built"),
        ("keras:vgg", "unknown source of networks 'keras'"),
    ],
)
def test_architectures_that_do_not_exist(architecture: str, message: str):
    with pytest.raises(ValueError, match=message):
        sources.Architecture.parse(architecture, {}).build()


def test_unknown_torchvision_weights_name_the_known():
    with pytest.raises(ValueError, match=r"no weights 'IMAGENET22K'; it has IMAGENET1K_V1"):
        published_state_dict(sources.Architecture("torchvision", "alexnet"), "IMAGENET22K", "downloads")


@pytest.fixture
def weights_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Serves a squeezenet file in place of torchvision's own host; its name ends in its hash, as torchvision's do."""
    torchvision = sources.import_torchvision()
    served = tmp_path / "served"
    served.mkdir()
    write_state_dict(served / "plain.pth", torchvision.models.squeezenet1_1().state_dict())
    name = f"squeezenet1_1-{file_sha256(served / 'plain.pth')[:8]}.pth"
    (served / "plain.pth").rename(served / name)
    server = HTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(served)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    weights = torchvision.models.SqueezeNet1_1_Weights.IMAGENET1K_V1
    url = f"http://127.0.0.1:{server.server_port}/{name}"
    monkeypatch.setattr(weights, "_value_", type(weights.value)(url, weights.transforms, weights.meta))
    monkeypatch.setattr(fetch, "PAUSE_S", 0)
    yield served / name
    server.shutdown()


SQUEEZENET = sources.Architecture("torchvision", "squeezenet1_1")


def test_weights_are_downloaded_and_kept(weights_server: Path, tmp_path: Path):
    state = published_state_dict(SQUEEZENET, "IMAGENET1K_V1", tmp_path / "downloads")
    expected = read_state_dict(weights_server)
    assert all(torch.equal(state[name], value) for name, value in expected.items())
    weights_server.unlink()
    again = published_state_dict(SQUEEZENET, "IMAGENET1K_V1", tmp_path / "downloads")
    assert again.keys() == state.keys()


def test_download_of_a_changed_file_is_refused(weights_server: Path, tmp_path: Path):
    weights_server.write_bytes(weights_server.read_bytes() + b"changed")
    with pytest.raises(TexalignError, match=r"could not be downloaded .*what came has the SHA-256"):
        published_state_dict(SQUEEZENET, "IMAGENET1K_V1", tmp_path / "downloads")
    assert not list(tmp_path.glob("downloads/checkpoints/*"))


def test_file_put_by_hand_is_checked(weights_server: Path, tmp_path: Path):
    by_hand = tmp_path / "downloads" / "checkpoints" / weights_server.name
    by_hand.parent.mkdir(parents=True)
    by_hand.write_bytes(b"incomplete")
    with pytest.raises(TexalignError, match=r"its SHA-256 is .* remove it"):
        published_state_dict(SQUEEZENET, "IMAGENET1K_V1", tmp_path / "downloads")


def test_no_network_says_where_to_put_the_file(weights_server: Path, tmp_path: Path):
    name = weights_server.name
    weights_server.unlink()
    with pytest.raises(TexalignError, match=rf"could not be downloaded.*save it as .*downloads/checkpoints/{name}"):
        published_state_dict(SQUEEZENET, "IMAGENET1K_V1", tmp_path / "downloads")


@pytest.mark.parametrize("model", PAPER_NETWORKS)
def test_paper_networks_have_the_designs_channels_and_stages(model: str):
    network = PAPER_NETWORKS[model]
    built = sources.Architecture.parse(network.architecture, network.arguments).build()
    images = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0)) * 2 - 1
    modules = list(network.layers.values())
    with torch.inference_mode():
        after = taps.TappedNetwork(built, numbered_taps(modules), "after_relu").feature_maps(images).values()
        before = taps.TappedNetwork(built, numbered_taps(modules), "before_relu").feature_maps(images).values()
    assert [feature_map.shape[1] for feature_map in after] == PAPER_CHANNELS[model]
    assert all(feature_map.min() >= 0 for feature_map in after)
    assert all(feature_map.min() < 0 for feature_map in before)
    assert all(torch.equal(b.relu(), a) for a, b in zip(after, before, strict=True))
