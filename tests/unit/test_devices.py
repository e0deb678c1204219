"""Where and how networks compute: on a GPU that is granted, in float32, in batches that fit."""

import numpy as np
import pytest
import torch

from texalign.artifacts.tap import numbered_taps
from texalign.errors import TexalignError
from texalign.networks import devices, preprocessing, sources, taps
from texalign.representations import extract, registry


def test_a_granted_gpu_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert devices.choose_device(0) == torch.device("cpu")
    with pytest.raises(TexalignError, match=r"a GPU was granted.*torch sees none; grant none"):
        devices.choose_device(1)


def test_products_are_in_single_precision_whatever_was_set():
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    devices.compute_exactly()
    assert not torch.backends.cuda.matmul.allow_tf32
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cudnn.benchmark
    assert torch.backends.cudnn.deterministic


def test_a_variable_that_overrides_the_settings_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", "1")
    with pytest.raises(TexalignError, match=r"NVIDIA_TF32_OVERRIDE=1 .*unset it"):
        devices.compute_exactly()
    monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", "0")
    devices.compute_exactly()


@pytest.mark.parametrize(
    ("error", "memory"),
    [
        (MemoryError(), True),
        (torch.cuda.OutOfMemoryError("CUDA out of memory."), True),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."),
            True,
        ),
        (RuntimeError("shapes cannot be multiplied"), False),
        (ValueError("can't allocate memory"), False),
    ],
)
def test_memory_that_ran_out_is_told_from_other_errors(error: Exception, memory: bool):
    assert devices.ran_out_of_memory(error) == memory


def run(at_once: int, n: int = 11) -> tuple[list[np.ndarray], list[int]]:
    """Vectors of noise where memory is enough for `at_once` images, and the sizes of the passes."""
    network = taps.TappedNetwork(
        sources.Architecture("python", "toy_networks:circular").build(), numbered_taps(["0", "2"])
    )
    network.readings(32)
    sizes: list[int] = []

    def scarce(_module: object, inputs: tuple[torch.Tensor]) -> None:
        sizes.append(len(inputs[0]))
        if len(inputs[0]) > at_once:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes")

    network.network[2].register_forward_pre_hook(scarce)  # behind the first tap, whose vectors must not be kept
    pixels = np.random.default_rng(0).integers(0, 256, (n, 32, 32, 3), np.uint8)
    found: dict[str, list[np.ndarray]] = {"L1": [], "L2": []}
    extract.extract(
        network,
        [pixels[:8], pixels[8:]],
        preprocessing.PAPER,
        [registry.get("gram")],
        lambda _representation, layer, _shape, vectors: found[layer].append(vectors),
    )
    return [np.concatenate(parts) for parts in found.values()], sizes


def test_batches_are_halved_until_they_fit_and_nothing_changes(caplog: pytest.LogCaptureFixture):
    expected, sizes = run(at_once=100)
    assert sizes == [8, 3]
    found, sizes = run(at_once=2)
    assert sizes == [8, 4, 2, 2, 2, 2, 2, 1]
    assert "memory ran out for 8 images at once: going on with 4" in caplog.text
    for ours, plain in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, plain, rtol=1e-5)


def test_one_image_that_does_not_fit_says_what_to_do():
    with pytest.raises(TexalignError, match=r"single image of 32 x 32 pixels .*99 bytes.*mem_mb"):
        run(at_once=0)
