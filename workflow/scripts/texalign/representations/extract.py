"""The one pass over all images that gives every representation of every tapped layer."""

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from texalign import names
from texalign.artifacts.background import calls_behind, made_ahead
from texalign.artifacts.matrices import MapShape
from texalign.errors import TexalignError
from texalign.networks.devices import FittingBatches, compute_exactly
from texalign.networks.preprocessing import Normalization
from texalign.networks.taps import TappedNetwork
from texalign.representations.base import MomentRepresentation, Moments, Representation

OnVectors = Callable[[Representation, str, MapShape, np.ndarray], None]
# Larger batches were not faster; on a CPU their feature maps leave the caches, and passes get slower: by a fifth in
# DenseNet-121 with 16 images instead of 9.
LARGEST_BATCH = {"cpu": 16, "cuda": 256}
LARGEST_BATCH_MB = {"cpu": 150.0, "cuda": math.inf}


def images_per_batch(network: TappedNetwork, image_size: int, device: torch.device, memory_mb: float) -> int:
    """Images in a forward pass whose feature maps take up to `memory_mb` MB, or as much as is fastest: at least 1."""
    usable_mb = min(memory_mb, LARGEST_BATCH_MB[device.type])
    fitting = int(usable_mb * 1e6 / network.bytes_an_image(image_size))
    return max(1, min(fitting, LARGEST_BATCH[device.type]))


def extract(
    network: TappedNetwork,
    batches: Iterable[np.ndarray],
    normalization: Normalization,
    representations: Sequence[Representation],
    on_vectors: OnVectors,
    device: torch.device | str = "cpu",
    precision: str = "float32",
) -> None:
    """One forward pass over all images for all tapped layers and all representations.

    `batches` yields images (n, size, size, 3) uint8; `on_vectors(representation, layer, shape, vectors)` gets the
    vectors of a batch, (n, size) float32, of each representation at each layer. Vectors are computed while the pass
    runs, so that only one layer's feature map is kept at a time. Batches are made by one thread and `on_vectors` is
    called by another, so that reading, computing and writing go on together. A batch for which memory runs out is
    halved (`devices.FittingBatches`).

    `precision` is `float32`, or `mixed`: convolutions in half precision (bfloat16 on a CPU), representations of their
    results in float32 all the same (what that changes: `precision.measure`). Raises TexalignError for another.
    """
    device = torch.device(device)
    network.network.to(device, memory_format=torch.channels_last)

    with contextlib.ExitStack() as stack:
        for context in (torch.inference_mode(), _arithmetic(device, precision)):
            stack.enter_context(context)
        behind = stack.enter_context(calls_behind())

        def computed(images: Tensor) -> list[Callable[[], None]]:
            """Calls that hand over the vectors of these images."""
            calls: list[Callable[[], None]] = []

            def on_feature_map(layer: str, feature_map: Tensor) -> None:
                shape = MapShape(*feature_map.shape[1:])
                with torch.autocast(device.type, enabled=False):
                    for representation, vectors in _vectors(representations, feature_map.to(torch.float32)):
                        calls.append(partial(_hand_over, on_vectors, representation, layer, shape, vectors))

            network.run(normalization.apply(images), on_feature_map)
            return calls

        fitting = FittingBatches()
        for batch in made_ahead(_on_device(batches, device)):
            for calls in fitting.computed(batch, computed):
                for call in calls:
                    # From a GPU the thread behind waits for the result, while this one gives the GPU more to do.
                    behind(call)


def _vectors(representations: Sequence[Representation], feature_map: Tensor) -> Iterator[tuple[Representation, Tensor]]:
    """Vectors of a feature map (n, C, height, width) under each representation; what they share is computed once."""
    moments = Moments(feature_map)
    for representation in representations:
        if isinstance(representation, MomentRepresentation):
            yield representation, representation.of_moments(moments)
        else:
            yield representation, representation.vectors(feature_map if representation.spatial else moments.maps)


def _hand_over(
    on_vectors: OnVectors, representation: Representation, layer: str, shape: MapShape, vectors: Tensor
) -> None:
    on_vectors(representation, layer, shape, vectors.cpu().numpy())


def _on_device(batches: Iterable[np.ndarray], device: torch.device) -> Iterator[Tensor]:
    for batch in batches:
        pixels = torch.from_numpy(batch)
        yield pixels.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else pixels


def _arithmetic(device: torch.device, precision: str) -> contextlib.AbstractContextManager:
    if precision == "mixed":
        return torch.autocast(device.type, torch.bfloat16 if device.type == "cpu" else torch.float16)
    if precision == "float32":
        compute_exactly()
        return contextlib.nullcontext()
    raise TexalignError(f"unknown precision {precision!r}; known: {', '.join(names.PRECISIONS)}")
