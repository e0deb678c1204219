"""Texture representations: each against plain loops in float64, what it is blind to, its gradient, and the one pass."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from support import PROJECT
from texalign import names
from texalign.networks import preprocessing, taps
from texalign.representations import extract, registry, triangles
from toy_networks import STRIDE, circular

EVERY = sorted(names.REPRESENTATIONS)
WITHOUT_PLACE = [name for name in EVERY if not registry.get(name).spatial]
NORMALIZATION = preprocessing.Normalization((0.5, 0.4, 0.3), (0.2, 0.25, 0.3))


def feature_maps(channels: int = 5, height: int = 6, width: int = 7, n: int = 3) -> torch.Tensor:
    """Maps as a network's are after ReLU: many zeros, much in common; float64."""
    rng = np.random.default_rng(channels + height)
    maps = rng.normal(0.4, 1, (n, channels, height, width)) + rng.normal(size=(n, 1, height, width))
    return torch.from_numpy(np.maximum(maps, 0))


def vectors_of(name: str, maps: torch.Tensor) -> np.ndarray:
    representation = registry.get(name)
    return representation.vectors(maps if representation.spatial else maps.flatten(2)).numpy()


# ------------------------------------------------------------------------------------------------ loops in float64


def packed(matrix: np.ndarray) -> list[float]:
    """Entries of a symmetric matrix, those off the diagonal counted twice in a square."""
    n = len(matrix)
    return [matrix[i, j] * (1 if i == j else np.sqrt(2)) for i in range(n) for j in range(i, n)]


def loop_gram(maps: np.ndarray) -> list[float]:
    flat = maps.reshape(len(maps), -1)
    return packed(np.array([[sum(a * b for a, b in zip(x, y, strict=True)) for y in flat] for x in flat]))


def loop_covariance(maps: np.ndarray) -> list[float]:
    return loop_gram(np.stack([one - sum(one.ravel()) / one.size for one in maps]))


LOOPS = {"gram": loop_gram, "covariance": loop_covariance}


@pytest.mark.parametrize("name", EVERY)
def test_vectors_grow_with_the_texture_as_they_say(name: str):
    maps = feature_maps()
    extensive = registry.get(name).extensive
    if extensive is None:
        pytest.skip("images of different sizes are not compared")
    tiled = vectors_of(name, maps.repeat(1, 1, 3, 2))
    np.testing.assert_allclose(tiled, vectors_of(name, maps) * (6 if extensive else 1), rtol=1e-12, atol=1e-12)


def test_every_name_has_an_entry_and_every_entry_a_name_and_a_loop():
    assert set(registry.ENTRIES) == set(names.REPRESENTATIONS) == set(LOOPS)
    assert [registry.get(name).name for name in EVERY] == EVERY
    with pytest.raises(ValueError, match="unknown representation 'grams'; known: "):
        registry.get("grams")


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_vectors_are_those_of_plain_loops(name: str, memory_format: torch.memory_format):
    maps = feature_maps()
    found = vectors_of(name, maps.contiguous(memory_format=memory_format))
    expected = np.array([LOOPS[name](one) for one in maps.numpy()])
    assert found.shape == (3, registry.get(name).size(5))
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10 * np.abs(expected).max())
    single = vectors_of(name, maps.to(torch.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, expected, atol=1e-4 * np.linalg.norm(expected, axis=1).max())


@pytest.mark.parametrize("name", WITHOUT_PLACE)
def test_positions_can_be_permuted(name: str):
    maps = feature_maps()
    order = torch.randperm(42, generator=torch.Generator().manual_seed(0))
    permuted = maps.flatten(2)[:, :, order].unflatten(2, maps.shape[2:])
    np.testing.assert_allclose(vectors_of(name, permuted), vectors_of(name, maps), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", EVERY)
def test_rolling_the_image_changes_nothing_where_padding_is_circular(name: str):
    network = taps.TappedNetwork(circular().double(), ["0", "2"])
    image = torch.rand(1, 3, 32, 40, dtype=torch.float64)
    rolled = image.roll((STRIDE, 2 * STRIDE), (2, 3))
    for maps, others in zip(network.feature_maps(image), network.feature_maps(rolled), strict=True):
        np.testing.assert_allclose(vectors_of(name, maps), vectors_of(name, others), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", EVERY)
def test_gradient_is_that_of_finite_differences(name: str):
    representation = registry.get(name)
    maps = feature_maps(channels=3, height=3, width=4, n=2) + 0.01 * torch.rand(2, 3, 3, 4, dtype=torch.float64)
    maps = maps if representation.spatial else maps.flatten(2)
    with torch.inference_mode():
        representation.vectors(maps)  # what is kept from a pass without gradients must not stand in the way
    assert torch.autograd.gradcheck(representation.vectors, maps.requires_grad_(), atol=1e-6)


def test_sizes_are_told_without_torch():
    code = (
        "import sys\nfrom texalign import names\nfrom texalign.representations import registry\n"
        "print([registry.get(name).size(512) for name in names.REPRESENTATIONS])\n"
        "assert not {'torch', 'numpy', 'h5py'} & set(sys.modules)"
    )
    scripts = PROJECT / "workflow/scripts"
    subprocess.run([sys.executable, "-c", code], cwd=scripts, check=True, capture_output=True)


@pytest.mark.parametrize("name", EVERY)
def test_what_an_artifact_is_told_can_be_stored(name: str):
    stated = registry.get(name).stated(512)
    assert all(isinstance(value, (str, int, float)) for value in stated.values())


# -------------------------------------------------------------------------------------------------------- one pass


def test_one_pass_gives_all_representations_of_all_layers():
    network = taps.TappedNetwork(circular(), ["0", "2"])
    pixels = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), np.uint8)
    found: dict[tuple[str, int], list[np.ndarray]] = {}
    passes = []
    hook = network.network.register_forward_pre_hook(lambda *_: passes.append(None))
    extract.extract(
        network,
        [pixels[:3], pixels[3:]],
        NORMALIZATION,
        [registry.get(name) for name in EVERY],
        lambda entry, position, _shape, vectors: found.setdefault((entry.name, position), []).append(vectors),
    )
    hook.remove()
    assert len(passes) == 2
    maps = network.feature_maps(NORMALIZATION.apply(torch.from_numpy(pixels)))
    assert set(found) == {(name, position) for name in EVERY for position in (0, 1)}
    for (name, position), parts in found.items():
        vectors = np.concatenate(parts)
        expected = vectors_of(name, maps[position])
        assert vectors.dtype == np.float32
        assert np.abs(vectors - expected).max() < 1e-4 * np.linalg.norm(expected, axis=1).max()


def test_gram_vectors_are_the_same_bits_in_any_company():
    maps = torch.randn(2, 12, 9, 9).contiguous(memory_format=torch.channels_last)
    by_positions = maps.permute(0, 2, 3, 1).flatten(1, 2)
    rows, columns = np.triu_indices(12)
    scale = np.where(rows == columns, 1.0, np.sqrt(2.0)).astype(np.float32)
    expected = (by_positions.mT @ by_positions).numpy()[:, rows, columns] * scale
    np.testing.assert_array_equal(vectors_of("gram", maps), expected)
    for representation, vectors in extract._vectors([registry.get(name) for name in EVERY], maps):
        if representation.name == "gram":
            np.testing.assert_array_equal(vectors.numpy(), expected)
    np.testing.assert_allclose(triangles.unpack_triangle(expected, 12), (by_positions.mT @ by_positions), atol=1e-4)
