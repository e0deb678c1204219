"""Weights of networks: fetched, checked against the network, loaded."""

import importlib.resources
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from texalign.artifacts.fetch import fetch, hash_in_name
from texalign.errors import TexalignError
from texalign.networks import hubs
from texalign.networks.checkpoints import fitted as fitted
from texalign.networks.checkpoints import read_state_dict as read_state_dict
from texalign.networks.checkpoints import write_state_dict as write_state_dict
from texalign.networks.hubs import hub_state_dict as hub_state_dict
from texalign.networks.preprocessing import Normalization
from texalign.networks.sources import SOURCES, Architecture
from texalign.networks.taps import TappedNetwork


def published_state_dict(architecture: Architecture, weights: str, download_folder: str | Path) -> Mapping[str, Tensor]:
    """State dict of weights that a package publishes under a name: fetched once, checked against their hash and kept.

    Raises TexalignError for an unknown name, for one whose file the package's own table does not pin by a hash, saying
    how to give it instead, and for sources that publish none.
    """
    publish = SOURCES[architecture.source].weights
    if publish is not None:
        return publish(architecture.target, weights, architecture.arguments, download_folder)
    raise TexalignError(
        f"weights {weights!r}: {architecture.source} publishes none by name; give a file, a url, or a repository of "
        "the hub at a revision"
    )


def url_state_dict(
    url: str,
    known_hash: str | None,
    download_folder: str | Path,
    expected: Mapping[str, Tensor],
    key: str | None = None,
) -> Mapping[str, Tensor]:
    """State dict in a file on the web, fetched once and kept, under the names of a network whose own is `expected`.

    `known_hash`: what its SHA-256 begins with, or `sha1:...`; by default what its name says, as torch's files have it
    (`resnet50-0676ba61.pth`). `key`: see `read_state_dict`. Raises TexalignError when it cannot be had, saying what to
    put where by hand.
    """
    file = fetch(url, known_hash or hash_in_name(url), download_folder)
    return fitted(read_state_dict(file, key=key), expected)


def trained_with(architecture: Architecture, weights: str | Mapping[str, object] | None) -> Normalization:
    """What the images were normalised by that weights were trained with: `preprocessing: weights`. Needs no network.

    Weights that a package publishes by name tell it, also in timm's own repositories on the hub; of others the config
    says it, as `mean` and `std` of the weights. Raises TexalignError where nobody does.
    """
    if isinstance(weights, Mapping):
        if "mean" in weights and "std" in weights:
            return Normalization(tuple(weights["mean"]), tuple(weights["std"]))
        owner, _, name = str(weights.get("hub", "")).partition("/")
        if owner == "timm" and architecture.source == "timm":
            return hubs.timm_normalization(name)
        weights = None
    tell = SOURCES[architecture.source].trained_with
    told = tell(architecture.target, weights) if tell is not None else None
    if told is not None:
        return told
    raise TexalignError(
        f"{architecture}: preprocessing: weights needs weights by a name that says what they were trained with "
        "(torchvision, timm); of others say it as mean and std of the weights"
    )


def _holds_nan(values: Tensor) -> bool:
    """Whether some of the values are no finite numbers, as after a training that diverged."""
    readable = values.layout == torch.strided and not values.is_meta and values.is_floating_point()
    return readable and not bool(torch.isfinite(values).all())


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

    Raises TexalignError naming entries that are missing, unknown to the network, of another shape or kind of number,
    without values (sparse, or on the meta device), or not finite, and what the check finds.
    """
    expected = network.network.state_dict()
    used = network.used_modules(image_size)
    missing = [name for name in expected if name not in state]
    # Checkpoints older than the counter of batches lack it; nothing in eval mode reads it.
    needed = [name for name in missing if name.rpartition(".")[0] in used and not name.endswith("num_batches_tracked")]
    both = [name for name in expected if name in state]
    # Buffers may hold infinities, as masks of attention do.
    learned = {name for name, _ in network.network.named_parameters()}
    problems = {
        "missing": needed,
        "unknown to the network": [name for name in state if name not in expected],
        "of another shape": [
            f"{name} {tuple(state[name].shape)}, expected {tuple(expected[name].shape)}"
            for name in both
            if state[name].shape != expected[name].shape
        ],
        "no fractions": [
            f"{name} {state[name].dtype}"
            for name in both
            if expected[name].is_floating_point() and not state[name].is_floating_point()
        ],
        "without values of their own": [
            name for name in both if state[name].is_meta or state[name].layout != torch.strided
        ],
        "not finite": [name for name in both if name in learned and _holds_nan(state[name])],
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
