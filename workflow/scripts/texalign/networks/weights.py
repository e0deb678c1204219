"""Weights of networks: fetched, checked against the network, loaded."""

import importlib.resources
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from texalign.errors import TexalignError
from texalign.networks import hubs, torchvision_models
from texalign.networks.checkpoints import fitted as fitted
from texalign.networks.checkpoints import read_state_dict as read_state_dict
from texalign.networks.checkpoints import write_state_dict as write_state_dict
from texalign.networks.hubs import hub_state_dict as hub_state_dict
from texalign.networks.preprocessing import Normalization
from texalign.networks.sources import Architecture
from texalign.networks.taps import TappedNetwork


def torchvision_state_dict(
    architecture: Architecture, weights: str, download_folder: str | Path
) -> Mapping[str, Tensor]:
    """State dict of published weights of a torchvision model; see `torchvision_models.state_dict`."""
    if architecture.source != "torchvision":
        raise TexalignError(f"weights {weights!r}: weights by name exist for networks of torchvision only, use a file")
    return torchvision_models.state_dict(architecture.target, weights, download_folder)


def trained_with(architecture: Architecture, weights: str | None) -> Normalization:
    """What the images were normalised by that published weights were trained with: `preprocessing: weights`.

    Raises TexalignError where nobody says: for files, random weights, and networks of other sources.
    """
    if architecture.source == "torchvision" and weights:
        return torchvision_models.normalization(architecture.target, weights)
    if architecture.source == "timm" and (weights or "." in architecture.target):
        name = architecture.target.partition(".")[0]
        return hubs.timm_normalization(f"{name}.{weights}" if weights else architecture.target)
    if architecture.source == "open_clip" and weights:
        return hubs.open_clip_normalization(architecture.target, weights)
    raise TexalignError(
        f"{architecture}: preprocessing: weights needs weights by a name that says what they were trained with "
        "(torchvision, timm, open_clip); for others give mean and std"
    )


def package_file(package: str, file: str | Path) -> Path:
    """Path of a file that an installed Python package carries.

    Raises TexalignError when the package is not installed.
    """
    try:
        return Path(str(importlib.resources.files(package))) / file
    except ModuleNotFoundError as error:
        raise TexalignError(
            f"the package {package!r}, which should hold the weights {file}, is not installed"
        ) from error


def load_weights(network: TappedNetwork, state: Mapping[str, Tensor], image_size: int) -> None:
    """Load a state dict; entries may be missing only for modules that do not run before the last tap.

    So convolutional layers alone will do where no layer behind them is tapped. What is missing is filled with NaN:
    should it be used after all, results are not finite, and the writer of vectors refuses them. Then two images of
    noise are passed twice (`TappedNetwork.check_maps`).

    Raises TexalignError naming entries that are missing, unknown to the network, of another shape, or whole numbers in
    place of fractions, and what the check finds.
    """
    expected = network.network.state_dict()
    used = network.used_modules(image_size)
    missing = [name for name in expected if name not in state]
    # Checkpoints older than the counter of batches lack it; nothing in eval mode reads it.
    needed = [name for name in missing if name.rpartition(".")[0] in used and not name.endswith("num_batches_tracked")]
    both = [name for name in expected if name in state]
    problems = {
        "missing": needed,
        "unknown to the network": [name for name in state if name not in expected],
        "of another shape": [
            f"{name} {tuple(state[name].shape)}, expected {tuple(expected[name].shape)}"
            for name in both
            if state[name].shape != expected[name].shape
        ],
        "whole numbers in place of fractions": [
            f"{name} {state[name].dtype}"
            for name in both
            if expected[name].is_floating_point() and not state[name].is_floating_point()
        ],
    }
    if any(problems.values()):
        details = "; ".join(
            f"{len(names)} {problem} ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"
            for problem, names in problems.items()
            if names
        )
        raise TexalignError(f"the weights do not fit the network: {details}")
    for name in missing:
        if expected[name].is_floating_point():
            expected[name].fill_(torch.nan)
    network.network.load_state_dict(state, strict=False)
    network.check_maps(image_size)
