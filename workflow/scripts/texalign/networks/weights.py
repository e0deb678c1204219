"""Weights of networks: fetched, read, checked against the network, loaded."""

import contextlib
import importlib.resources
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor

from texalign.artifacts.fetch import fetch
from texalign.artifacts.files import atomic_path, check_sha256
from texalign.errors import TexalignError
from texalign.networks.sources import Architecture, import_torchvision
from texalign.networks.taps import TappedNetwork


def torchvision_state_dict(architecture: Architecture, weights: str, download_folder: str | Path) -> dict[str, Tensor]:
    """State dict of a torchvision model's published weights, downloaded by torchvision and checked against its hash.

    A file that is in `download_folder` already, because an earlier run or the user by hand put it there, is used
    without the network, once its hash is checked.

    Raises TexalignError for an unknown weights name (naming the known ones) and TexalignError when the file cannot be
    had (saying what to put where by hand) or does not have the published hash.
    """
    if architecture.source != "torchvision":
        raise TexalignError(f"weights {weights!r}: weights by name exist for networks of torchvision only, use a file")
    model = architecture.target
    models = import_torchvision().models
    choices = models.get_model_weights(model).__members__
    if weights not in choices:
        raise TexalignError(f"torchvision's {model} has no weights {weights!r}; it has {', '.join(choices)}")
    url = choices[weights].url
    # torchvision's file names end in the first eight hexadecimal digits of the file's SHA-256, and torch.hub looks for
    # finished downloads in this subfolder of its own.
    known_hash = torch.hub.HASH_REGEX.search(url.rpartition("/")[2]).group(1)
    fetch(url, known_hash, Path(download_folder) / "checkpoints")
    with _hub_folder(download_folder):
        return models.get_model(model, weights=choices[weights]).state_dict()


@contextlib.contextmanager
def _hub_folder(folder: str | Path) -> Iterator[None]:
    before = torch.hub.get_dir()
    torch.hub.set_dir(folder)
    try:
        yield
    finally:
        torch.hub.set_dir(before)


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


def read_state_dict(file: str | Path, sha256: str | None = None) -> dict[str, Tensor]:
    """State dict in a file, whose SHA-256 is checked to begin with `sha256` if that is given.

    Raises TexalignError when the file is missing, truncated or another one, TexalignError when it holds something else.
    """
    file = Path(file)
    if not file.is_file():
        raise TexalignError(f"{file}: weights file not found; check the path in the config, or fetch the file")
    if sha256 is not None:
        check_sha256(file, sha256)
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises a dozen kinds, by where the damage is
        raise TexalignError(
            f"{file}: is not a readable weights file ({error}); it may be truncated, fetch it again"
        ) from error
    if not isinstance(state, Mapping) or not all(isinstance(value, Tensor) for value in state.values()):
        raise TexalignError(f"{file}: does not hold a state dict (a mapping of parameter names to tensors)")
    return dict(state)


def write_state_dict(file: str | Path, state: Mapping[str, Tensor]) -> None:
    """Write a state dict, atomically."""
    with atomic_path(file) as partial:
        torch.save(dict(state), partial)


def load_weights(network: TappedNetwork, state: Mapping[str, Tensor], image_size: int) -> None:
    """Load a state dict; entries may be missing only for modules that do not run before the last tap.

    So convolutional layers alone will do where no layer behind them is tapped. What is missing is filled with NaN:
    should it be used after all, results are not finite, and the writer of Gram matrices refuses them.

    Raises TexalignError naming entries that are missing, unknown to the network, or of another shape.
    """
    expected = network.network.state_dict()
    used = network.used_modules(image_size)
    missing = [name for name in expected if name not in state]
    # Checkpoints older than the counter of batches lack it; nothing in eval mode reads it.
    needed = [name for name in missing if name.rpartition(".")[0] in used and not name.endswith("num_batches_tracked")]
    unknown = [name for name in state if name not in expected]
    shapes = [
        f"{name} {tuple(state[name].shape)}, expected {tuple(expected[name].shape)}"
        for name in expected
        if name in state and state[name].shape != expected[name].shape
    ]
    problems = {"missing": needed, "unknown to the network": unknown, "of another shape": shapes}
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
    network.network.load_state_dict(dict(state), strict=False)
