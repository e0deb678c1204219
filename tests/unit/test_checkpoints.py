"""Checkpoints as they come, and what is no checkpoint, by what it is."""

import gzip
import io
import lzma
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch
from torch import nn

from texalign.artifacts.files import file_sha256
from texalign.artifacts.tap import numbered_taps
from texalign.errors import TexalignError
from texalign.networks import sources
from texalign.networks.checkpoints import fitted, read_state_dict, write_state_dict
from texalign.networks.taps import TappedNetwork
from texalign.networks.weights import load_weights

STATE = {
    "conv.weight": torch.randn(2, 3, 1, 1),
    "conv.bias": torch.randn(2),
    "norm.num_batches_tracked": torch.tensor(7),
}


def prefixed(prefix: str) -> dict[str, torch.Tensor]:
    return {prefix + name: value for name, value in STATE.items()}


@pytest.mark.parametrize(
    "content",
    [
        STATE,
        OrderedDict(STATE),
        {"state_dict": STATE, "epoch": 3, "optimizer": {"state": {}, "param_groups": []}},
        {"model": prefixed("module."), "lr": 0.1},
        {"epoch": 9, "model_state_dict": {"state_dict": STATE}},
        {"epoch": 9, "teacher": prefixed("backbone."), "optimizer": STATE, "exp_avg": STATE},
        {"state_dict": STATE, "loss": {"temperature": torch.ones(1)}},
        prefixed("module."),
        prefixed("_orig_mod."),
        prefixed("_orig_mod.module."),
        {name: value.half() if value.is_floating_point() else value for name, value in STATE.items()},
        {name: value.bfloat16() if value.is_floating_point() else value for name, value in STATE.items()},
        {name: value.double() if value.is_floating_point() else value for name, value in STATE.items()},
    ],
    ids=[
        "bare",
        "ordered",
        "state_dict",
        "model",
        "nested",
        "under_the_only_key",
        "beside_other_tensors",
        "module",
        "compiled",
        "both",
        "half",
        "bfloat16",
        "double",
    ],
)
def test_state_dicts_are_found_in_what_holds_them(tmp_path: Path, content: Any):
    torch.save(content, tmp_path / "weights.pth")
    state = fitted(read_state_dict(tmp_path / "weights.pth"), STATE)
    assert list(state) == list(STATE)
    for name, value in state.items():
        torch.testing.assert_close(value, STATE[name], rtol=1e-2, atol=1e-2)
        assert value.dtype == STATE[name].dtype


def test_safetensors_whatever_the_name(tmp_path: Path):
    save_file = pytest.importorskip("safetensors.torch").save_file
    for name in ("weights.safetensors", "weights.pth"):
        save_file(STATE, tmp_path / name)
        state = read_state_dict(tmp_path / name)
        assert all(torch.equal(state[name], value) for name, value in STATE.items())


def test_the_tower_of_a_larger_model_is_found():
    state = {**prefixed("visual."), "text.weight": torch.ones(1), "logit_scale": torch.ones(())}
    assert list(fitted(state, STATE)) == list(STATE)
    assert list(fitted(prefixed("model.backbone."), STATE)) == list(STATE)
    assert fitted({"other": torch.ones(1)}, STATE).keys() == {"other"}  # which loading then refuses by name
    # What is there already stays, also where a network calls a part of itself so.
    own = {"module.conv.weight": torch.ones(1)}
    assert fitted(own, own) is own


class Unsafe:
    pass


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (nn.Conv2d(3, 4, 1), r"holds torch\.nn\.modules\.conv\.Conv2d, a Python object, .*save its state_dict\(\)"),
        ({"state_dict": Unsafe()}, r"holds \S*Unsafe, a Python object"),
        ({0: torch.ones(1), 1: torch.ones(1)}, r"its keys are numbers \(0, 1, \.\.\.\)"),
        ({"epoch": 3, "loss": 0.1}, r"does not hold a state dict.*but a mapping with epoch \(int\), loss \(float\)"),
        (
            {"model": STATE, "model_ema": STATE},
            "holds weights under several keys, model, model_ema; say which",
        ),
        (
            {"state_dict": STATE, "state_dict_ema": {f"module.{name}": value for name, value in STATE.items()}},
            "holds weights under several keys, state_dict, state_dict_ema",
        ),
        ({"student": STATE, "teacher": STATE, "epoch": 1}, "holds weights under several keys, student, teacher"),
        ({"optimizer": {"conv.weight": torch.ones(1)}}, r"does not hold a state dict.*but a mapping with optimizer"),
        ([torch.ones(1)], "does not hold a state dict.*but a list"),
        (torch.ones(3), "does not hold a state dict.*but a Tensor"),
    ],
    ids=[
        *("module", "object", "numbers", "no_weights", "average", "average_wrapped", "student", "optimizer", "list"),
        "tensor",
    ],
)
def test_pickles_of_something_else(tmp_path: Path, content: Any, message: str):
    torch.save(content, tmp_path / "weights.pth")
    with pytest.raises(TexalignError, match=rf"weights\.pth: {message}"):
        read_state_dict(tmp_path / "weights.pth")


def archive(write: Callable[[io.BytesIO], object]) -> bytes:
    stream = io.BytesIO()
    write(stream)
    return stream.getvalue()


def zipped(stream: io.BytesIO) -> None:
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("resnet.pth", b"weights")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n<!DOCTYPE html><html><body>403 Forbidden</body></html>", "is a web page"),
        (b"<html>", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "is a pointer of Git LFS"),
        (b'{"error": "not found"}', "is JSON"),
        (b"\x89HDF\r\n\x1a\n", "is HDF5"),
        (b"PK\x03\x04 and then nothing", "is not a readable weights file"),
        (gzip.compress(b"weights"), "is packed by gzip; unpack it"),
        (lzma.compress(b"weights"), "is packed by xz; unpack it"),
        (archive(lambda stream: numpy.savez(stream, a=numpy.ones(2))), "is NumPy's, not a checkpoint"),
        (archive(lambda stream: numpy.save(stream, numpy.ones(2))), "is NumPy's, not a checkpoint"),
        (archive(zipped), "is a ZIP archive with resnet.pth; unpack it"),
        (b"\x10\x00\x00\x00\x00\x00\x00\x00{not a header}", "is not a readable safetensors file"),
    ],
)
def test_files_of_something_else(tmp_path: Path, content: bytes, message: str):
    if "safetensors" in message:
        pytest.importorskip("safetensors")
    (tmp_path / "weights.pth").write_bytes(content)
    with pytest.raises(TexalignError, match=rf"weights\.pth: {message}"):
        read_state_dict(tmp_path / "weights.pth")


def test_the_same_weights_are_the_same_bytes_under_any_name(tmp_path: Path):
    for name in ("a/one.pth", "b/another.pth"):
        write_state_dict(tmp_path / name, STATE)
    assert file_sha256(tmp_path / "a/one.pth") == file_sha256(tmp_path / "b/another.pth")
    assert list(read_state_dict(tmp_path / "a/one.pth")) == list(STATE)


def test_versions_of_modules_stay_with_weights(tmp_path: Path):
    """Loading MNASNets depends on them: weights without a version are taken for those of an older, other network."""
    architecture = sources.Architecture("torchvision", "mnasnet1_3")
    state = architecture.build(1).state_dict()
    write_state_dict(tmp_path / "weights.pth", state)
    read = read_state_dict(tmp_path / "weights.pth")
    assert read._metadata == state._metadata
    network = TappedNetwork(architecture.build(2), numbered_taps(["layers.1"]))
    load_weights(network, read, 64)
    assert torch.equal(network.network.layers[8][0].layers[0].weight, state["layers.8.0.layers.0.weight"])


def test_whole_numbers_are_no_weights():
    network = TappedNetwork(nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU()), numbered_taps(["0"]))
    state = {"0.weight": torch.ones(2, 3, 1, 1, dtype=torch.int32), "0.bias": torch.ones(2)}
    with pytest.raises(TexalignError, match=r"1 no fractions \(0\.weight torch\.int32\)"):
        load_weights(network, state, 16)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda weight: weight * torch.nan, r"1 not finite \(0\.weight\)"),
        (lambda weight: weight / 0, r"1 not finite \(0\.weight\)"),
        (lambda weight: weight.to_sparse(), r"1 without values of their own \(0\.weight\)"),
        (lambda weight: weight.to("meta"), r"1 without values of their own \(0\.weight\)"),
        (lambda weight: weight.to(torch.complex64), r"1 no fractions \(0\.weight torch\.complex64\)"),
    ],
    ids=["nan", "infinite", "sparse", "meta", "complex"],
)
def test_what_is_no_number_to_compute_with_is_named(spoil: Callable[[torch.Tensor], torch.Tensor], message: str):
    network = TappedNetwork(nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU()), numbered_taps(["0"]))
    with pytest.raises(TexalignError, match=message):
        load_weights(network, {"0.weight": spoil(torch.ones(2, 3, 1, 1)), "0.bias": torch.ones(2)}, 16)


def test_a_folder_is_no_weights_file(tmp_path: Path):
    with pytest.raises(TexalignError, match="is a folder; name the file in it"):
        read_state_dict(tmp_path)
