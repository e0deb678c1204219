"""From images and a network to vectors in memory, in one call."""

import os
from collections.abc import Sequence

import numpy as np
import torch

from texalign.errors import TexalignError
from texalign.images.labelled import Images, LabelledImages
from texalign.networks.network import Network
from texalign.representations import registry
from texalign.representations.extract import extract as extract_all
from texalign.representations.extract import images_per_batch
from texalign.representations.vectors import Vectors


def extract(
    network: Network,
    images: Images,
    representation: str = "gram",
    classes: Sequence[str] | None = None,
    device: str | None = None,
    matched_dimensions: int | None = None,
) -> dict[str, Vectors]:
    """Vectors of images at every layer of a network, by layer, from one pass that ends at the last of them.

    `images`: a folder with one subfolder a class; image files; or an array (n, height, width, 3) uint8. Files are
    resized to the network's image size as in the paper. `representation`: a name of `names.REPRESENTATIONS`. `classes`:
    labels of files and arrays, n. `device`: by default the first GPU where there is one, else the CPU.
    `matched_dimensions`: numbers that every vector is projected to (see `matched.Matched`); by default none is.

    All vectors are in memory at once, 4 bytes a number: a Gram matrix of 512 channels takes .5 MB an image. The
    workflow, which writes them to files, has no such bound.

    Raises TexalignError when images or labels do not fit (see `LabelledImages.of`), the representation is unknown, or a
    vector is not finite, or shorter than `matched_dimensions`.
    """
    chosen = registry.get(representation, matched_dimensions)
    labelled = LabelledImages.of(images, classes)
    where = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    parts: dict[str, list[np.ndarray]] = {layer: [] for layer in network.taps}
    batch_size = images_per_batch(network.tapped, network.image_size, where, float("inf"))
    extract_all(
        network.tapped,
        labelled.batches(batch_size, network.image_size, threads=len(os.sched_getaffinity(0))),
        network.normalization,
        [chosen],
        lambda _representation, layer, _shape, vectors: parts[layer].append(vectors),
        where,
    )
    return {layer: _vectors(network, labelled, chosen.name, layer, parts.pop(layer)) for layer in network.taps}


def _vectors(
    network: Network, images: LabelledImages, representation: str, layer: str, parts: list[np.ndarray]
) -> Vectors:
    values = np.concatenate(parts)
    finite = np.isfinite(values).all(axis=1)
    if not finite.all():
        image = images.paths[int(finite.argmin())]
        raise TexalignError(
            f"layer {layer} ({network.taps[layer]}): the {representation} vector of {image} is not finite; the weights "
            "or the preprocessing are broken"
        )
    values.flags.writeable = False
    return Vectors(values, images.paths, images.classes, representation, network.name, layer, str(network.taps[layer]))
