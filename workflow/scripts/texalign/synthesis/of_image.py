"""From an exemplar and a network to an image with the same representation, in one call."""

from dataclasses import replace
from pathlib import Path

import torch

from texalign.networks.network import Network
from texalign.representations import registry
from texalign.synthesis.loss import ImageMaps
from texalign.synthesis.pixels import load_exemplar
from texalign.synthesis.synthesize import Synthesis, SynthesisSettings
from texalign.synthesis.synthesize import synthesize as synthesize_by_maps


def synthesize(
    network: Network,
    exemplar: str | Path,
    representation: str = "gram",
    *,
    seed: int = 0,
    image_size: int | None = None,
    device: str | None = None,
    settings: SynthesisSettings | None = None,
    evaluations: int | None = None,
) -> Synthesis:
    """An image that has an exemplar's representation at every layer of a network, from Gaussian noise.

    `exemplar`: an image file, resized to the network's image size. `representation`: a name of `names.REPRESENTATIONS`.
    `seed`: of the noise. `image_size`: edge of the image to make, by default the exemplar's. `device`: by default the
    first GPU where there is one, else the CPU. `settings`: see
    `synthesis.synthesize.SynthesisSettings`; `evaluations` of the loss can be given without them, 800 by default.

    The result's `image` is (height, width, 3) uint8, `saved` its loss by layer, `flat` that of flat grey to compare it
    with. Raises TexalignError when the exemplar is missing or no image, a name is unknown, or a setting cannot be.
    """
    settings = settings or SynthesisSettings()
    if evaluations is not None:
        settings = replace(settings, evaluations=evaluations)
    where = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    network.tapped.network.to(where)
    return synthesize_by_maps(
        ImageMaps(network.tapped, network.normalization),
        registry.get(representation),
        load_exemplar(exemplar, network.image_size).to(where),
        settings,
        seed=seed,
        image_size=image_size,
    )
