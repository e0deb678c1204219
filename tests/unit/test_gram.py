"""Gram matrices, their packing, and that batches and memory layout do not change them."""

import numpy as np
import pytest
import torch

from support import PAPER_NETWORKS
from texalign import gram, networks


def test_gram_matrix_is_the_sum_over_positions():
    maps = torch.randn(3, 5, 4, 6, dtype=torch.float64)
    expected = torch.einsum("nihw,njhw->nij", maps, maps)
    torch.testing.assert_close(gram.gram_matrix(maps), expected)
    torch.testing.assert_close(gram.gram_matrix(maps.contiguous(memory_format=torch.channels_last)), expected)


def test_packing_keeps_inner_products_and_can_be_undone():
    maps = torch.randn(4, 7, 5, 5)
    full = gram.gram_matrix(maps)
    packed = gram.TrianglePacker(7).pack(full.clone()).numpy()
    assert packed.shape == (4, 28)
    flat = full.flatten(1).numpy()
    np.testing.assert_allclose(packed @ packed.T, flat @ flat.T, rtol=1e-5)
    np.testing.assert_allclose(gram.unpack_triangle(packed, 7), full.numpy(), atol=1e-5)


def test_normalization_is_that_of_scaled_images():
    pixels = torch.randint(0, 256, (2, 8, 8, 3), dtype=torch.uint8)
    normalization = gram.Normalization((0.5, 0.4, 0.3), (0.2, 0.25, 0.3))
    expected = (pixels.permute(0, 3, 1, 2) / 255 - torch.tensor([0.5, 0.4, 0.3]).view(3, 1, 1)) / torch.tensor(
        [0.2, 0.25, 0.3]
    ).view(3, 1, 1)
    torch.testing.assert_close(normalization.apply(pixels), expected)


@pytest.mark.parametrize("model", ["alexnet", "resnet18", "densenet121", "inception_v3"])
def test_grams_do_not_depend_on_batch_size_and_equal_the_plain_ones(model: str):
    network = PAPER_NETWORKS[model]
    built = networks.Architecture.parse(network.architecture, network.arguments).build()
    modules = list(network.layers.values())
    pixels = np.random.default_rng(0).integers(0, 256, (5, 224, 224, 3), np.uint8)
    normalization = gram.Normalization((0.5137, 0.4639, 0.4261), (0.2576, 0.2330, 0.2412))

    with torch.inference_mode():
        plain_images = normalization.apply(torch.from_numpy(pixels)).contiguous()
        maps = networks.TappedNetwork(built, modules).feature_maps(plain_images)
        plain = [torch.einsum("nihw,njhw->nij", one, one).numpy() for one in maps]

    def extracted(batch_size: int) -> list[np.ndarray]:
        parts: list[list[np.ndarray]] = [[] for _ in modules]
        batches = (pixels[start : start + batch_size] for start in range(0, 5, batch_size))
        gram.extract_grams(
            networks.TappedNetwork(built, modules),
            batches,
            normalization,
            lambda position, _shape, vectors: parts[position].append(vectors),
        )
        return [np.concatenate(part) for part in parts]

    for one, three, full in zip(extracted(1), extracted(3), plain, strict=True):
        norms = np.linalg.norm(one, axis=1, keepdims=True)
        assert np.abs((one - three) / norms).max() < 1e-6
        unpacked = gram.unpack_triangle(three, full.shape[1])
        assert np.abs(unpacked - full).max() <= 1e-4 * np.abs(full).max()
