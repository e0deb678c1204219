"""Gram matrices, their packing, and that batches and memory layout do not change them."""

import numpy as np
import pytest
import torch

from support import PAPER_NETWORKS
from texalign.artifacts.tap import numbered_taps
from texalign.networks import preprocessing, sources, taps
from texalign.representations import extract, gram, triangles


def test_gram_matrix_is_the_sum_over_positions():
    maps = torch.randn(3, 5, 4, 6, dtype=torch.float64)
    expected = torch.einsum("nihw,njhw->nij", maps, maps)
    torch.testing.assert_close(gram.gram_matrix(maps), expected)
    torch.testing.assert_close(gram.gram_matrix(maps.contiguous(memory_format=torch.channels_last)), expected)


def test_packing_keeps_inner_products_and_can_be_undone():
    maps = torch.randn(4, 7, 5, 5)
    full = gram.gram_matrix(maps)
    packed = triangles.pack_triangle(full).numpy()
    assert packed.shape == (4, 28)
    flat = full.flatten(1).numpy()
    np.testing.assert_allclose(packed @ packed.T, flat @ flat.T, rtol=1e-5)
    np.testing.assert_allclose(triangles.unpack_triangle(packed, 7), full.numpy(), atol=1e-5)


def test_normalization_is_that_of_scaled_images():
    pixels = torch.randint(0, 256, (2, 8, 8, 3), dtype=torch.uint8)
    normalization = preprocessing.Normalization((0.5, 0.4, 0.3), (0.2, 0.25, 0.3))
    expected = (pixels.permute(0, 3, 1, 2) / 255 - torch.tensor([0.5, 0.4, 0.3]).view(3, 1, 1)) / torch.tensor(
        [0.2, 0.25, 0.3]
    ).view(3, 1, 1)
    torch.testing.assert_close(normalization.apply(pixels), expected)


@pytest.mark.parametrize("model", ["alexnet", "resnet18", "densenet121", "inception_v3"])
def test_grams_do_not_depend_on_batch_size_and_equal_the_plain_ones(model: str):
    network = PAPER_NETWORKS[model]
    built = sources.Architecture.parse(network.architecture, network.arguments).build()
    modules = list(network.layers.values())
    pixels = np.random.default_rng(0).integers(0, 256, (5, 224, 224, 3), np.uint8)
    normalization = preprocessing.Normalization((0.5137, 0.4639, 0.4261), (0.2576, 0.2330, 0.2412))

    with torch.inference_mode():
        plain_images = normalization.apply(torch.from_numpy(pixels)).contiguous()
        maps = taps.TappedNetwork(built, numbered_taps(modules)).feature_maps(plain_images)
        plain = [torch.einsum("nihw,njhw->nij", one, one).numpy() for one in maps.values()]

    def extracted(batch_size: int) -> list[np.ndarray]:
        parts: dict[str, list[np.ndarray]] = {layer: [] for layer in numbered_taps(modules)}
        batches = (pixels[start : start + batch_size] for start in range(0, 5, batch_size))
        extract.extract(
            taps.TappedNetwork(built, numbered_taps(modules)),
            batches,
            normalization,
            [gram.Gram()],
            lambda _gram, layer, _shape, vectors: parts[layer].append(vectors),
        )
        return [np.concatenate(part) for part in parts.values()]

    for one, three, full in zip(extracted(1), extracted(3), plain, strict=True):
        norms = np.linalg.norm(one, axis=1, keepdims=True)
        assert np.abs((one - three) / norms).max() < 1e-6
        unpacked = triangles.unpack_triangle(three, full.shape[1])
        assert np.abs(unpacked - full).max() <= 1e-4 * np.abs(full).max()


def extracted(precision: str) -> list[np.ndarray]:
    """Packed Gram vectors of AlexNet's second and third layers, of noise."""
    network = taps.TappedNetwork(
        sources.Architecture("torchvision", "alexnet").build(), numbered_taps(["features.3", "features.6"])
    )
    pixels = np.random.default_rng(0).integers(0, 256, (4, 96, 96, 3), np.uint8)
    normalization = preprocessing.Normalization((0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
    parts: dict[str, np.ndarray] = {}
    extract.extract(
        network,
        [pixels],
        normalization,
        [gram.Gram()],
        lambda _gram, layer, _shape, vectors: parts.__setitem__(layer, vectors),
        precision=precision,
    )
    return list(parts.values())


def test_mixed_precision_is_near_and_not_the_same():
    for exact, mixed in zip(extracted("float32"), extracted("mixed"), strict=True):
        assert mixed.dtype == np.float32
        errors = np.linalg.norm(mixed - exact, axis=1) / np.linalg.norm(exact, axis=1)
        # bfloat16 keeps 8 bits.
        assert (errors > 1e-5).all()
        assert (errors < 3e-2).all()


def test_unknown_precision_is_refused():
    with pytest.raises(ValueError, match="unknown precision 'half'; known: float32, mixed"):
        extracted("half")


def test_batches_are_as_large_as_memory_allows():
    network = taps.TappedNetwork(
        sources.Architecture("torchvision", "alexnet").build(), numbered_taps(["features.0", "features.3"])
    )
    cpu = torch.device("cpu")
    # The largest pass is the first convolution's: its input and output twice; as tapped module, its map once more.
    expected = 2 * 4 * (3 * 224**2 + 64 * 55**2) + 4 * 64 * 55**2 + 6 * 64**2
    assert network.bytes_an_image(224) == expected
    assert extract.images_per_batch(network, 224, cpu, 5.5 * expected / 1e6) == 5
    assert extract.images_per_batch(network, 224, cpu, 0.1) == 1
    assert extract.images_per_batch(network, 224, cpu, 1e6) == extract.LARGEST_BATCH["cpu"]
    # At 512 pixels 16 images would leave the caches before they fill the memory.
    large = int(extract.LARGEST_BATCH_MB["cpu"] * 1e6 / network.bytes_an_image(512))
    assert extract.images_per_batch(network, 512, cpu, 1e6) == large < extract.LARGEST_BATCH["cpu"]


def test_what_the_writer_raises_ends_the_pass():
    network = taps.TappedNetwork(sources.Architecture("torchvision", "alexnet").build(), numbered_taps(["features.0"]))
    pixels = np.zeros((1, 64, 64, 3), np.uint8)
    seen = []

    def batches():
        for number in range(1000):
            seen.append(number)
            yield pixels

    def fail(*_):
        raise ValueError("not finite")

    with pytest.raises(ValueError, match="not finite"):
        normalization = preprocessing.Normalization((0.5,) * 3, (0.2,) * 3)
        extract.extract(network, batches(), normalization, [gram.Gram()], fail)
    assert len(seen) < 1000
