"""Networks of torchvision, whole, or their backbones where a pass needs more than images."""

import contextlib
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from texalign.artifacts.fetch import fetch
from texalign.errors import TexalignError, nearest
from texalign.networks.operators import import_torchvision
from texalign.networks.preprocessing import Normalization


class Backbone(nn.Module):
    """The part of a network for detection that takes plain images; names of modules stay those of the whole."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.backbone = network.backbone

    def forward(self, images: Tensor) -> object:
        return self.backbone(images)


def build(target: str, arguments: Mapping[str, object]) -> nn.Module:
    """A model of torchvision without weights, by its name there; of those for detection the backbone.

    Raises TexalignError naming the nearest names.
    """
    models = import_torchvision().models
    try:
        builder = models.get_model_builder(target)
    except ValueError as error:
        raise TexalignError(f"torchvision has no model {target!r}{nearest(target, models.list_models())}") from error
    return _images_to_maps(builder(**_without_weights(builder), **arguments))


def published_weights(
    target: str, weights: str, arguments: Mapping[str, object], download_folder: str | Path
) -> Mapping[str, Tensor]:
    """State dict of a model's published weights, downloaded by torchvision and checked against its hash. They are those
    of the model as it is published, whatever its arguments.

    A file that is in `download_folder` already, because an earlier run or the user by hand put it there, is used
    without the network, once its hash is checked.

    Raises TexalignError for an unknown weights name (naming the known ones), when the file cannot be had (saying what
    to put where by hand) and when it does not have the published hash.
    """
    models = import_torchvision().models
    chosen = _weights(target, weights)
    # torchvision's file names end in the first eight hexadecimal digits of the file's SHA-256, and torch.hub looks for
    # finished downloads in this subfolder of its own.
    known_hash = torch.hub.HASH_REGEX.search(chosen.url.rpartition("/")[2]).group(1)
    fetch(chosen.url, known_hash, Path(download_folder) / "checkpoints")
    with _hub_folder(download_folder):
        return _images_to_maps(models.get_model(target, weights=chosen)).state_dict()


def trained_with(target: str, weights: str | None) -> Normalization | None:
    """What the images were normalised by that published weights were trained with. Needs no network."""
    if weights is None:
        return None
    transforms = _weights(target, weights).transforms()
    mean, std = getattr(transforms, "mean", None), getattr(transforms, "std", None)
    if mean is None or std is None:
        raise TexalignError(f"torchvision does not say what images {target}'s weights {weights} were trained with")
    return Normalization(tuple(mean), tuple(std))


def _weights(target: str, weights: str) -> object:
    choices = import_torchvision().models.get_model_weights(target).__members__
    if weights not in choices:
        raise TexalignError(f"torchvision's {target} has no weights {weights!r}; it has {', '.join(choices)}")
    return choices[weights]


def _without_weights(builder: object) -> dict[str, None]:
    """Arguments that keep a builder from fetching weights, of which detection and segmentation do by default."""
    taken = inspect.signature(builder).parameters
    return {name: None for name in ("weights", "weights_backbone") if name in taken}


def _images_to_maps(network: nn.Module) -> nn.Module:
    return Backbone(network) if hasattr(network, "roi_heads") or hasattr(network, "anchor_generator") else network


@contextlib.contextmanager
def _hub_folder(folder: str | Path) -> Iterator[None]:
    before = torch.hub.get_dir()
    torch.hub.set_dir(folder)
    try:
        yield
    finally:
        torch.hub.set_dir(before)
