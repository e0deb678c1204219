"""What a notebook does with a network: named or given, weighted, tapped; and the vectors of images that come out."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from support import PAPER_CONFIG
from texalign.errors import TexalignError
from texalign.networks.network import Network
from texalign.networks.preprocessing import PAPER, Normalization
from texalign.representations.of_images import extract
from texalign.synthesis.of_image import synthesize

PLAIN = Normalization((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def two_convolutions() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.Conv2d(4, 6, 3), nn.ReLU(inplace=True))


def network(**options: object) -> Network:
    return Network(two_convolutions(), layers=["0", "2"], normalization=PLAIN, image_size=16, **options)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Images of noise in two classes."""
    rng = np.random.default_rng(0)
    for name in ("brick/a.png", "brick/b.png", "woven/a.png", "woven/b.png", "woven/c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (16, 16, 3), np.uint8)).save(tmp_path / name)
    return tmp_path


def plain_grams(module: nn.Module, pixels: np.ndarray, depth: int) -> np.ndarray:
    """Upper triangles of Gram matrices after the first `depth` modules, by a loop over images and pairs of channels."""
    grams = []
    for image in pixels:
        with torch.no_grad():
            maps = module[:depth](torch.from_numpy(image / 255.0).float().permute(2, 0, 1)[None])[0].flatten(1).double()
        channels = len(maps)
        pairs = [(i, j) for i in range(channels) for j in range(i, channels)]
        grams.append([float(maps[i] @ maps[j]) * (1 if i == j else 2**0.5) for i, j in pairs])
    return np.array(grams)


def test_the_papers_normalisation_is_that_of_its_config():
    preprocessing = PAPER_CONFIG["preprocessing"]
    assert Normalization(tuple(preprocessing["mean"]), tuple(preprocessing["std"])) == PAPER


def test_vectors_are_plain_gram_matrices(folder: Path):
    pixels = np.stack([np.asarray(Image.open(path)) for path in sorted(folder.rglob("*.png"))])
    for images in (folder, pixels):
        found = extract(network(), images)
        assert list(found) == ["L1", "L2"]
        for depth, vectors in zip((2, 4), found.values(), strict=True):
            expected = plain_grams(two_convolutions(), pixels, depth)
            np.testing.assert_allclose(vectors.values, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


def test_vectors_say_what_they_are(folder: Path):
    vectors = extract(network(), folder, "covariance")["L2"]
    assert vectors.paths == ("brick/a.png", "brick/b.png", "woven/a.png", "woven/b.png", "woven/c.png")
    assert vectors.classes == ("brick", "brick", "woven", "woven", "woven")
    assert (vectors.representation, vectors.layer, vectors.module) == ("covariance", "L2", "2")
    assert np.asarray(vectors).shape == (len(vectors), 21)
    with pytest.raises(ValueError, match="read-only"):
        vectors.values[0] = 0


def test_a_module_stays_as_it_was():
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU()).train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    given = Network(module, layers=["1"], image_size=16)
    extract(given, np.zeros((2, 16, 16, 3), np.uint8) + np.arange(2, dtype=np.uint8)[:, None, None, None])
    assert module.training
    assert all(parameter.requires_grad for parameter in module.parameters())
    assert isinstance(module[1], nn.BatchNorm2d)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


def test_layers_may_have_names_of_their_own():
    found = Network(two_convolutions(), layers={"early": "0", "late": "2"}, image_size=16)
    assert {layer: str(tap) for layer, tap in found.taps.items()} == {"early": "0", "late": "2"}
    assert repr(found) == "<Network Sequential, early: 0, late: 2>"


def test_weights_of_a_file_are_loaded(tmp_path: Path):
    other = two_convolutions()
    with torch.no_grad():
        other[0].weight.mul_(2)
    torch.save(other.state_dict(), tmp_path / "w.pth")
    images = torch.rand(1, 3, 16, 16)
    found = network(weights=tmp_path / "w.pth").feature_maps(images)
    with torch.no_grad():
        torch.testing.assert_close(found["L2"], other(images))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("alexnet",), "alexnet: which weights"),
        (("alexnett", "random"), "no model 'alexnett'; the nearest are: alexnet"),
        (("alexnet", "no/such.pth"), "no/such.pth: weights file not found"),
        (("alexnet", "IMAGENET"), "no weights 'IMAGENET'"),
        (("alexnet", "random", ["features.99"]), r"no module 'features.99'; the nearest are: features"),
    ],
)
def test_what_cannot_be_is_said(arguments: tuple, message: str):
    with pytest.raises(TexalignError, match=message):
        Network(*arguments)


def test_a_vector_that_is_not_finite_is_named(folder: Path):
    broken = two_convolutions()
    with torch.no_grad():
        broken[2].weight.mul_(1e25)  # of which single precision has no squares
    with pytest.raises(TexalignError, match=r"layer L2 \(2\): the gram vector of brick/a.png is not finite"):
        extract(Network(broken, layers=["0", "2"], image_size=16), folder)


def test_synthesis_comes_nearer_to_the_exemplar(folder: Path):
    exemplar = folder / "brick/a.png"
    made = synthesize(network(), exemplar, evaluations=60, seed=1)
    assert made.image.shape == (16, 16, 3)
    target, start, found = (
        extract(network(), pixels[None].copy())["L2"].values
        for pixels in (
            np.asarray(Image.open(exemplar)),
            np.random.default_rng(0).normal(127.5, 13, (16, 16, 3)).astype(np.uint8),
            made.image,
        )
    )
    assert np.linalg.norm(found - target) < 0.1 * np.linalg.norm(start - target)


def test_layers_that_are_not_named_are_spread_over_the_depth():
    found = Network("alexnet", "random")
    convolutions = [f"features.{position}" for position in (0, 3, 6, 8, 10)]
    assert [tap.module for tap in found.taps.values()] == convolutions
    described = found.layers(count=2)
    assert [layer.module for layer in described if layer.type == "Conv2d" and layer.tappable] == convolutions
    assert [layer.module for layer in described if layer.suggested] == ["features.6", "features.10"]
    assert (described[0].channels, described[0].height, described[0].width) == (64, 55, 55)
