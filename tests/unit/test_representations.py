"""Texture representations: each against plain loops in float64, what it is blind to, its gradient, and the one pass."""

import statistics
import subprocess
import sys

import numpy as np
import pytest
import torch
from scipy import linalg, stats

from support import PROJECT
from texalign import names
from texalign.artifacts.tap import numbered_taps
from texalign.networks import preprocessing, taps
from texalign.representations import extract, projections, registry, triangles
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


def loop_mean(maps: np.ndarray) -> list[float]:
    return [sum(one.ravel()) / one.size for one in maps]


def loop_diagonal(maps: np.ndarray) -> list[float]:
    return [sum(value**2 for value in one.ravel()) for one in maps]


def loop_mean_std(maps: np.ndarray) -> list[float]:
    return [*loop_mean(maps), *(statistics.pstdev(one.ravel().tolist()) for one in maps)]


def loop_correlation(maps: np.ndarray) -> list[float]:
    flat = maps.reshape(len(maps), -1)
    return packed(np.array([[stats.pearsonr(x, y).statistic for y in flat] for x in flat]))


def loop_gaussian(maps: np.ndarray) -> list[float]:
    covariance = np.cov(maps.reshape(len(maps), -1), bias=True)
    return [*loop_mean(maps), *packed(linalg.sqrtm(covariance))]


def loop_gram_shifted(maps: np.ndarray) -> list[float]:
    n, height, width = maps.shape
    found = loop_gram(maps)
    for down, right in ((0, 2), (2, 0)):
        for i in range(n):
            for j in range(n):
                places = [(y, x) for y in range(height - down) for x in range(width - right)]
                found.append(sum(maps[i, y, x] * maps[j, y + down, x + right] for y, x in places))
    return found


def loop_sliced_wasserstein(maps: np.ndarray) -> list[float]:
    flat = maps.reshape(len(maps), -1)
    found = []
    for direction in projections.orthonormal_rows(32, len(maps)):
        # Each value 32 times: as many equal parts as there are values can then be cut into 32.
        fine = sorted(np.repeat(direction @ flat, 32))
        found.extend(sum(fine[part * flat.shape[1] : (part + 1) * flat.shape[1]]) / flat.shape[1] for part in range(32))
    return [value / 32 for value in found]


def loop_spectrum(maps: np.ndarray) -> list[float]:
    _, height, width = maps.shape
    found = []
    for one in maps:
        parts = np.zeros(13)
        for v in range(-(height // 2), height // 2 + 1):
            for u in range(-(width // 2), width // 2 + 1):
                # Where both signs are the same wave, each counts half.
                share = (0.5 if abs(2 * v) == height else 1) * (0.5 if abs(2 * u) == width else 1)
                waves = np.exp(-2j * np.pi * (v * np.arange(height)[:, None] / height + u * np.arange(width) / width))
                frequency = np.hypot(v / height, u / width)
                ring = 0 if frequency <= 1 / 8 else 1 if frequency <= 1 / 4 else 2
                # Opposite frequencies are one orientation, of 0 to 180 degrees; sectors are 45 degrees wide.
                degrees = np.degrees(np.arctan2(v / height, u / width)) % 180
                part = 1 + 4 * ring + int((degrees + 22.5) // 45) % 4
                parts[0 if u == v == 0 else part] += share * abs((one * waves).sum()) ** 2 / one.size
        found.extend(parts)
    return found


LOOPS = {
    "mean": loop_mean,
    "diagonal": loop_diagonal,
    "mean_std": loop_mean_std,
    "covariance": loop_covariance,
    "correlation": loop_correlation,
    "gram": loop_gram,
    "gaussian": loop_gaussian,
    "gram_shifted": loop_gram_shifted,
    "sliced_wasserstein": loop_sliced_wasserstein,
    "spectrum": loop_spectrum,
}


@pytest.mark.parametrize("name", [name for name in EVERY if registry.get(name).extensive is not None])
def test_vectors_grow_with_the_texture_as_they_say(name: str):
    maps = feature_maps()
    extensive = registry.get(name).extensive
    tiled = vectors_of(name, maps.repeat(1, 1, 3, 2))
    np.testing.assert_allclose(tiled, vectors_of(name, maps) * (6 if extensive else 1), rtol=1e-12, atol=1e-12)


def test_every_name_has_an_entry_and_every_entry_a_name_and_a_loop():
    assert set(registry.ENTRIES) == set(names.REPRESENTATIONS) == set(LOOPS)
    assert [registry.get(name).name for name in EVERY] == EVERY
    with pytest.raises(ValueError, match="unknown representation 'grams'; known: "):
        registry.get("grams")


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("height", [6, 3])
@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_vectors_are_those_of_plain_loops(name: str, height: int, memory_format: torch.memory_format):
    maps = feature_maps(height=height, width=7 if height == 6 else 4)
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


# Shifted Gram matrices promise it not: pairs of positions end at the map's edges.
@pytest.mark.parametrize("name", sorted(set(EVERY) - {"gram_shifted"}))
def test_rolling_the_image_changes_nothing_where_padding_is_circular(name: str):
    torch.manual_seed(0)
    network = taps.TappedNetwork(circular().double(), numbered_taps(["0", "2"]))
    image = torch.rand(1, 3, 32, 40, dtype=torch.float64)
    rolled = image.roll((STRIDE, 2 * STRIDE), (2, 3))
    for maps, others in zip(network.feature_maps(image).values(), network.feature_maps(rolled).values(), strict=True):
        # The square root of a rounding error, where a covariance is singular, is as large as 1e-8.
        np.testing.assert_allclose(vectors_of(name, maps), vectors_of(name, others), rtol=1e-9, atol=1e-7)


@pytest.mark.parametrize("name", EVERY)
def test_gradient_is_that_of_finite_differences(name: str):
    representation = registry.get(name)
    torch.manual_seed(0)
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


# ------------------------------------------------------------------------------------------ what has its own limits


@pytest.mark.parametrize("level", [0.0, 1.0, 1e3])
def test_what_varies_little_about_its_mean_keeps_its_digits(level: float):
    maps = feature_maps(6)
    maps[0, 2] += level  # of one image only: the others are not multiplied anew
    expected = vectors_of("covariance", maps)
    found = vectors_of("covariance", maps.to(torch.float32))
    # A number near 1,000 is known to 3e-5.
    np.testing.assert_allclose(found, expected, atol=1e-3 * np.abs(expected).max())


def test_channels_that_do_not_vary_are_correlated_with_none():
    maps = feature_maps(4).to(torch.float32)
    maps[:, 1] = 0
    maps[:, 2] = 0.1
    found = triangles.unpack_triangle(vectors_of("correlation", maps), 4)
    assert not found[:, 1:3].any()
    np.testing.assert_allclose(found[:, [0, 3], [0, 3]], 1, rtol=1e-5)


@pytest.mark.parametrize("name", EVERY)
def test_silent_channels_have_finite_gradients(name: str):
    maps = feature_maps(4).to(torch.float32)
    maps[:, 1:3] = 0
    representation = registry.get(name)
    maps = (maps if representation.spatial else maps.flatten(2)).requires_grad_()
    representation.vectors(maps).square().sum().backward()
    assert maps.grad.isfinite().all()


@pytest.mark.parametrize("name", ["gaussian", "gram_shifted"])
def test_many_channels_are_projected_as_the_artifact_tells(name: str):
    maps = feature_maps(100, 5, 5)
    reduced = registry.get(name)
    assert reduced.stated(100)["channels_kept"] == 64
    assert "channels_kept" not in reduced.stated(64)
    assert reduced.size(100) == reduced.size(512) == reduced.size(64)
    matrix = np.sqrt(100 / 64) * projections.orthonormal_rows(64, 100)
    projected = torch.from_numpy(np.einsum("kc,nchw->nkhw", matrix, maps.numpy()))
    np.testing.assert_allclose(vectors_of(name, maps), vectors_of(name, projected), rtol=1e-6, atol=1e-6)


def test_projections_keep_lengths_in_expectation():
    x = np.random.default_rng(0).normal(size=40)
    lengths = [40 / 10 * np.sum((projections.orthonormal_rows(10, 40, seed) @ x) ** 2) for seed in range(300)]
    assert np.mean(lengths) == pytest.approx(x @ x, rel=4 * np.std(lengths) / np.sqrt(300) / (x @ x))
    rows = projections.orthonormal_rows(7, 3)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1)
    np.testing.assert_allclose(rows[:3] @ rows[:3].T, np.eye(3), atol=1e-12)


def test_distances_of_gaussians_are_those_of_optimal_transport_where_covariances_commute():
    rng = np.random.default_rng(0)
    one = torch.from_numpy(rng.normal(size=(1, 3, 4000)))
    turned = torch.linalg.qr(torch.from_numpy(rng.normal(size=(3, 3)))).Q
    white = torch.linalg.inv(torch.linalg.cholesky(torch.cov(one[0], correction=0))) @ (one - one.mean(2, keepdim=True))

    def gaussian(deviations: list[float], mean: float) -> torch.Tensor:
        return turned @ torch.diag(torch.tensor(deviations, dtype=torch.float64)) @ white + mean

    first, second = gaussian([1.0, 2.0, 0.5], 0.3), gaussian([2.0, 1.0, 0.1], 0.1)
    distance = np.linalg.norm(registry.get("gaussian").vectors(first) - registry.get("gaussian").vectors(second))
    assert distance**2 == pytest.approx(3 * 0.2**2 + 1 + 1 + 0.4**2)


def test_spectra_add_up_to_the_energy_and_tell_orientation():
    maps = feature_maps(3, 12, 10)
    parts = vectors_of("spectrum", maps).reshape(3, 3, 13)
    np.testing.assert_allclose(parts.sum(2), vectors_of("diagonal", maps))
    grating = torch.cos(2 * torch.pi * torch.arange(16, dtype=torch.float64) * 3 / 16).expand(1, 1, 16, 16)
    across, down = vectors_of("spectrum", grating)[0], vectors_of("spectrum", grating.mT)[0]
    assert across[5] == pytest.approx(128)
    assert down[7] == pytest.approx(128)


@pytest.mark.parametrize("name", EVERY)
def test_matched_vectors_are_signed_sums_that_keep_distances_on_average(name: str):
    maps = feature_maps(16, 12, 12, n=30)
    full, matched = registry.get(name), registry.get(name, matched_dimensions=16)
    maps = maps if full.spatial else maps.flatten(2)
    vectors, shorter = full.vectors(maps), matched.vectors(maps)
    assert shorter.shape == (30, matched.size(16)) == (30, 16)
    assert matched.stated(16)["unmatched_size"] == full.size(16)
    (share,) = torch.autograd.functional.jacobian(lambda x: matched._project(x)[0], vectors[:1])[:, 0].T[None]
    assert set(share.unique().tolist()) <= {-1.0, 0.0, 1.0}
    assert (share != 0).sum(1).eq(1).all()
    counts = (share != 0).sum(0)
    assert counts.max() - counts.min() <= 1
    torch.testing.assert_close(vectors @ share, shorter)
    with pytest.raises(ValueError, match=rf"matched_dimensions 9999: {name} has a layer of"):
        registry.get(name, matched_dimensions=9999).vectors(maps)


def test_matching_keeps_squared_distances_in_expectation():
    rng = np.random.default_rng(0)
    x, found = torch.from_numpy(rng.normal(size=(1, 500))), []
    for length in range(500, 900):  # another draw for every length; zeros change nothing
        padded = torch.nn.functional.pad(x, (0, length - 500))
        found.append(float(registry.get("gram", matched_dimensions=50)._project(padded).square().sum()))
    expected = float(x.square().sum())
    assert np.mean(found) == pytest.approx(expected, rel=4 * np.sqrt(2 / 50 / 400))
    assert np.std(found) / expected < 1.2 * np.sqrt(2 / 50)


# -------------------------------------------------------------------------------------------------------- one pass


def test_one_pass_gives_all_representations_of_all_layers():
    network = taps.TappedNetwork(circular(), numbered_taps(["0", "2"]))
    pixels = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), np.uint8)
    found: dict[tuple[str, str], list[np.ndarray]] = {}
    passes = []
    network.readings(32)  # whose passes are not those over the images
    hook = network.network.register_forward_pre_hook(lambda *_: passes.append(None))
    extract.extract(
        network,
        [pixels[:3], pixels[3:]],
        NORMALIZATION,
        [registry.get(name) for name in EVERY],
        lambda entry, layer, _shape, vectors: found.setdefault((entry.name, layer), []).append(vectors),
    )
    hook.remove()
    assert len(passes) == 2
    maps = network.feature_maps(NORMALIZATION.apply(torch.from_numpy(pixels)))
    assert set(found) == {(name, layer) for name in EVERY for layer in ("L1", "L2")}
    for (name, layer), parts in found.items():
        vectors = np.concatenate(parts)
        expected = vectors_of(name, maps[layer])
        assert vectors.dtype == np.float32
        assert np.abs(vectors - expected).max() < 1e-4 * np.linalg.norm(expected, axis=1).max()


def test_gram_vectors_are_the_same_bits_in_any_company():
    torch.manual_seed(0)
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
