"""Trained weights through every path that they can come by, against results computed without this project."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from support import DATA, needs_data
from texalign.artifacts.tap import Tap
from texalign.networks import folding
from texalign.networks.checkpoints import fitted, read_state_dict
from texalign.networks.preprocessing import PAPER
from texalign.networks.sources import Architecture
from texalign.networks.taps import TappedNetwork
from texalign.networks.weights import load_weights
from texalign.representations.gram import gram_matrix

pytestmark = needs_data

WEIGHTS = {
    "alexnet": "alexnet_conv.pth",
    "squeezenet1_1": "squeezenet1_1.pth",
    "mobilenet_v2": "mobilenet_v2_features.pth",
}
Way = Callable[[Path, Path], Path]


def as_it_is(file: Path, _folder: Path) -> Path:
    return file


def wrapped(file: Path, folder: Path) -> Path:
    state = torch.load(file, weights_only=True)
    torch.save(
        {"epoch": 90, "state_dict": {f"module.{name}": value for name, value in state.items()}}, folder / "w.tar"
    )
    return folder / "w.tar"


def as_safetensors(file: Path, folder: Path) -> Path:
    from safetensors.torch import save_file

    save_file(dict(torch.load(file, weights_only=True)), folder / "weights.safetensors")
    return folder / "weights.safetensors"


def reference_of(model: str) -> dict:
    """Layers of a reference; that of AlexNet has the norm of one image, and mutual information by NSB."""
    return json.loads((DATA / f"reference/{model}_dtd10.json").read_text())["layers"]


def activation_of(entry: dict) -> str:
    return entry.get("activation", "after_relu")


def first_images(n: int = 5) -> torch.Tensor:
    from texalign.images.pixels import load_rgb, resize_to_square

    files = sorted((DATA / "dtd10").glob("*/*.jpg"), key=lambda file: file.relative_to(DATA / "dtd10").as_posix())[:n]
    return torch.from_numpy(np.stack([resize_to_square(load_rgb(file), 224) for file in files]))


def tapped(architecture: Architecture, layers: dict, activation: str, file: Path) -> TappedNetwork:
    network: nn.Module = architecture.build()
    found = TappedNetwork(network, {layer: Tap(entry["module"]) for layer, entry in layers.items()}, activation)
    load_weights(found, fitted(read_state_dict(file), network.state_dict()), 224)
    folding.fold(found, 224)
    return found


@pytest.mark.parametrize("way", [as_it_is, wrapped, as_safetensors], ids=lambda way: way.__name__)
@pytest.mark.parametrize("source", ["torchvision:{}", "python:torchvision.models:{}"])
@pytest.mark.parametrize("model", list(WEIGHTS))
def test_gram_norms_are_the_references(model: str, source: str, way: Way, tmp_path: Path):
    reference = reference_of(model)
    images = PAPER.apply(first_images())
    for activation in ("after_relu", "before_relu"):
        layers = {layer: entry for layer, entry in reference.items() if activation_of(entry) == activation}
        if not layers:
            continue
        architecture = Architecture.parse(source.format(model), {})
        network = tapped(architecture, layers, activation, way(DATA / "weights" / WEIGHTS[model], tmp_path))
        with torch.inference_mode():
            maps = network.feature_maps(images)
        for layer, entry in layers.items():
            norms = torch.linalg.matrix_norm(gram_matrix(maps[layer])).numpy()
            expected = entry.get("gram_norm_first_5") or [entry["gram_frobenius_first_image"]]
            np.testing.assert_allclose(norms[: len(expected)], expected, rtol=1e-4)
            assert maps[layer].shape[1] == entry["channels"]


@pytest.mark.slow
@pytest.mark.parametrize("model", list(WEIGHTS))
def test_mutual_information_is_the_references(model: str):
    """Plug-in, or for AlexNet by NSB, within .01 bits."""
    from scipy.spatial.distance import pdist

    from texalign.clusters.ward import cut_all, ward_linkage
    from texalign.information.mutual_information import mutual_information_nsb, mutual_information_plugin
    from texalign.representations import extract, registry

    reference = reference_of(model)
    activation = "after_relu" if model == "alexnet" else "before_relu"
    layers = {layer: entry for layer, entry in reference.items() if activation_of(entry) == activation}
    network = tapped(Architecture("torchvision", model), layers, activation, DATA / "weights" / WEIGHTS[model])
    pixels = first_images(400).numpy()
    parts: dict[str, list[np.ndarray]] = {layer: [] for layer in layers}
    extract.extract(
        network,
        np.split(pixels, 50),
        PAPER,
        [registry.get("gram")],
        lambda _representation, layer, _shape, vectors: parts[layer].append(vectors),
    )
    classes = np.repeat(np.arange(10), 40)
    for layer, entry in layers.items():
        vectors = np.concatenate(parts[layer]).astype(np.float64)
        for protocol, points in (
            ("unit_gram", vectors / np.linalg.norm(vectors, axis=1, keepdims=True)),
            ("gram", vectors),
        ):
            labels = cut_all(ward_linkage(pdist(points)), 10)[9]
            table = np.zeros((10, 10))
            np.add.at(table, (classes, np.unique(labels, return_inverse=True)[1]), 1)
            if model == "alexnet":
                expected, found = entry["protocols"][protocol]["mi_nsb_bits"], mutual_information_nsb(table).bits
            else:
                expected, found = entry[protocol]["mi_plugin_bits"], mutual_information_plugin(table)
            assert found == pytest.approx(expected, abs=0.01), (layer, protocol)
