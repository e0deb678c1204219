"""Convolutional networks: how they are built, where their weights come from, and how feature maps are tapped."""

import contextlib
import difflib
import importlib
import importlib.resources
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor, nn

from texalign.artifacts.matrices import atomic_path, file_sha256

ACTIVATIONS = ("after_relu", "before_relu")

# ------------------------------------------------------------------------------------------------------- architectures


def import_torchvision() -> ModuleType:
    """Import torchvision, also where its compiled operators cannot be loaded.

    The package index carries torchvision with CUDA operators only; beside a CPU-only torch they cannot be loaded, and
    the import fails where torchvision registers shapes for operators that do not exist. Models and transforms need none
    of them, so the two operators concerned are then declared first, without an implementation.
    """
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    _declare_torchvision_operators()
    return importlib.import_module("torchvision")


def _declare_torchvision_operators() -> None:
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declared_operators.append(library)


# torch forgets an operator as soon as the library object that declared it is collected.
_declared_operators: list[torch.library.Library] = []


@dataclass(frozen=True)
class Architecture:
    """A network without its weights.

    `source` is `torchvision` (`target` a model name of torchvision) or `python` (`target` is `module:callable`, any
    importable callable that returns a torch module; the working directory is searched last). `arguments` are passed to
    it as keywords.
    """

    source: str
    target: str
    arguments: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str, arguments: Mapping[str, object]) -> "Architecture":
        """The architecture written `source:target`, such as `torchvision:alexnet` or `python:my_networks:build`."""
        source, _, target = text.partition(":")
        return cls(source, target, arguments)

    def build(self, seed: int = 0) -> nn.Module:
        """The network in eval mode with initial weights drawn from `seed`.

        Raises ValueError naming the target when it does not exist, does not take the arguments, or returns no module.
        """
        builder = self._builder()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            try:
                network = builder(**self.arguments)
            except TypeError as error:
                raise ValueError(f"{self.source}:{self.target}: cannot be built ({error})") from error
        if not isinstance(network, nn.Module):
            raise ValueError(f"{self.source}:{self.target}: returned {type(network).__name__}, not a torch module")
        return network.eval()

    def _builder(self) -> Callable[..., nn.Module]:
        if self.source == "torchvision":
            models = import_torchvision().models
            try:
                return models.get_model_builder(self.target)
            except ValueError as error:
                raise ValueError(
                    f"torchvision has no model {self.target!r}{_nearest(self.target, models.list_models())}"
                ) from error
        if self.source == "python":
            module_name, _, qualified_name = self.target.partition(":")
            try:
                with _importable_here():
                    module = importlib.import_module(module_name)
                return reduce(getattr, qualified_name.split("."), module)
            except (ImportError, AttributeError) as error:
                raise ValueError(f"{self.target}: cannot be imported ({error}); expected module:callable") from error
        raise ValueError(f"unknown source of networks {self.source!r}; known: torchvision, python")


@contextlib.contextmanager
def _importable_here() -> Iterator[None]:
    """Let a user's own modules be imported from the working directory too, after everything that is installed."""
    sys.path.append(str(Path.cwd()))
    try:
        yield
    finally:
        sys.path.remove(str(Path.cwd()))


def _nearest(name: str, known: Sequence[str]) -> str:
    matches = difflib.get_close_matches(name, known, n=5, cutoff=0.3)
    return f"; the nearest are: {', '.join(matches)}" if matches else ""


# ------------------------------------------------------------------------------------------------------------- weights


def torchvision_state_dict(architecture: Architecture, weights: str, download_folder: str | Path) -> dict[str, Tensor]:
    """State dict of a torchvision model's published weights, downloaded by torchvision and checked against its hash.

    A file that is in `download_folder` already, because an earlier run or the user by hand put it there, is used
    without the network, once its hash is checked.

    Raises ValueError for an unknown weights name (naming the known ones) and OSError when the file cannot be had
    (saying what to put where by hand) or does not have the published hash.
    """
    if architecture.source != "torchvision":
        raise ValueError(f"weights {weights!r}: weights by name exist for networks of torchvision only, use a file")
    model = architecture.target
    models = import_torchvision().models
    choices = models.get_model_weights(model).__members__
    if weights not in choices:
        raise ValueError(f"torchvision's {model} has no weights {weights!r}; it has {', '.join(choices)}")
    url = choices[weights].url
    # torch.hub looks for finished downloads in this subfolder of its own.
    file = Path(download_folder) / "checkpoints" / url.rpartition("/")[2]
    if file.exists():
        # torchvision's file names end in the first eight hexadecimal digits of the file's SHA-256.
        check_sha256(file, torch.hub.HASH_REGEX.search(file.name).group(1))
    try:
        with _hub_folder(download_folder):
            return models.get_model(model, weights=choices[weights]).state_dict()
    except (OSError, RuntimeError) as error:
        raise OSError(
            f"{url} could not be downloaded ({error}). Without a network, fetch it elsewhere and save it as {file}; "
            "the next run takes it from there"
        ) from error


@contextlib.contextmanager
def _hub_folder(folder: str | Path) -> Iterator[None]:
    before = torch.hub.get_dir()
    torch.hub.set_dir(folder)
    try:
        yield
    finally:
        torch.hub.set_dir(before)


def check_sha256(file: Path, expected_prefix: str) -> None:
    """Raise OSError unless the file's SHA-256 begins with `expected_prefix` (hexadecimal)."""
    found = file_sha256(file)
    if not found.startswith(expected_prefix.lower()):
        raise OSError(
            f"{file}: its SHA-256 begins {found[:12]}, expected {expected_prefix}: the file is damaged, incomplete or "
            "another one; replace it"
        )


def package_file(package: str, file: str | Path) -> Path:
    """Path of a file that an installed Python package carries. Raises ValueError when the package is not installed."""
    try:
        return Path(str(importlib.resources.files(package))) / file
    except ModuleNotFoundError as error:
        raise ValueError(f"the package {package!r}, which should hold the weights {file}, is not installed") from error


def read_state_dict(file: str | Path, sha256: str | None = None) -> dict[str, Tensor]:
    """State dict in a file, whose SHA-256 is checked to begin with `sha256` if that is given.

    Raises OSError when the file is missing, truncated or another one, ValueError when it holds something else.
    """
    file = Path(file)
    if not file.is_file():
        raise OSError(f"{file}: weights file not found; check the path in the config, or fetch the file")
    if sha256 is not None:
        check_sha256(file, sha256)
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises a dozen kinds, by where the damage is
        raise OSError(
            f"{file}: is not a readable weights file ({error}); it may be truncated, fetch it again"
        ) from error
    if not isinstance(state, Mapping) or not all(isinstance(value, Tensor) for value in state.values()):
        raise ValueError(f"{file}: does not hold a state dict (a mapping of parameter names to tensors)")
    return dict(state)


def write_state_dict(file: str | Path, state: Mapping[str, Tensor]) -> None:
    """Write a state dict, atomically."""
    with atomic_path(file) as partial:
        torch.save(dict(state), partial)


# -------------------------------------------------------------------------------------------------------------- device


def choose_device(gpus: int) -> torch.device:
    """The device to compute on, which is logged: the visible GPU if one is granted and there is one, else the CPU."""
    device = torch.device("cuda" if gpus and torch.cuda.is_available() else "cpu")
    logging.info("computing on %s (%d GPU granted, %d visible)", device, gpus, torch.cuda.device_count())
    return device


def memory_mb(device: torch.device, granted_mb: float) -> float:
    """Memory to compute in, MB: all that the GPU has, or on a CPU what the job is granted."""
    return torch.cuda.get_device_properties(device).total_memory / 1e6 if device.type == "cuda" else granted_mb


# ---------------------------------------------------------------------------------------------------------------- taps


class _LastTapReached(Exception):
    """Ends a forward pass once every tapped layer has been seen."""


OnFeatureMap = Callable[[int, Tensor], None]


class TappedNetwork:
    """A network in eval mode, tapped at modules; a forward pass ends after the last of them.

    Feature maps are what the tapped modules put out, (n, channels, height, width), with a ReLU applied for
    `after_relu`. In the networks of the paper an in-place ReLU follows every tapped module, so what the published
    code kept by reference became the map after ReLU; here it is applied explicitly, to a copy.

    Raises ValueError for an unknown module, naming the nearest ones, for a module tapped twice, no module at all and an
    unknown activation stage.
    """

    def __init__(self, network: nn.Module, modules: Sequence[str], activation: str = "after_relu"):
        if activation not in ACTIVATIONS:
            raise ValueError(f"unknown activation stage {activation!r}; known: {', '.join(ACTIVATIONS)}")
        if not modules:
            raise ValueError("no layers to tap: the list of layers is empty")
        if len(set(modules)) < len(modules):
            raise ValueError(f"a module is tapped twice: {', '.join(modules)}")
        known = dict(network.named_modules())
        for name in modules:
            if name not in known or not name:
                raise ValueError(f"the network has no module {name!r}{_nearest(name, [*filter(None, known)])}")
        self.network = network.eval().requires_grad_(False)
        self.modules = tuple(modules)
        self.activation = activation

    def run(self, images: Tensor, on_feature_map: OnFeatureMap) -> None:
        """Pass `images`, (n, 3, height, width), and call `on_feature_map(position, map)` for each tapped layer.

        The call happens inside the forward pass, before later modules run: with `before_relu` the map is the module's
        own output, which a following in-place module will overwrite, so it must be used up or copied within the call.
        A module that runs several times in a pass is tapped the first time.

        Raises ValueError when the pass ends without reaching a tapped module.
        """
        waiting = set(range(len(self.modules)))

        def tap(position: int, output: Tensor) -> None:
            if position not in waiting:
                return
            waiting.discard(position)
            on_feature_map(position, output.relu() if self.activation == "after_relu" else output)
            if not waiting:
                raise _LastTapReached

        with contextlib.ExitStack() as hooks:
            for position, name in enumerate(self.modules):
                hook = self.network.get_submodule(name).register_forward_hook(
                    lambda _module, _input, output, position=position: tap(position, output)
                )
                hooks.callback(hook.remove)
            with contextlib.suppress(_LastTapReached):
                self.network(images)
        if waiting:
            missed = ", ".join(self.modules[position] for position in sorted(waiting))
            raise ValueError(f"the forward pass ended without running {missed}; tap modules that take part in it")

    def feature_maps(self, images: Tensor) -> list[Tensor]:
        """Feature maps of all tapped layers, safe to keep: a list of (n, channels, height, width)."""
        maps: list[Tensor | None] = [None] * len(self.modules)

        def keep(position: int, feature_map: Tensor) -> None:
            maps[position] = feature_map.clone() if self.activation == "before_relu" else feature_map

        self.run(images, keep)
        return maps

    def bytes_an_image(self, image_size: int) -> int:
        """Bytes of memory that an image takes in a pass up to the last tap, found by passing one grey image.

        The largest input and output of a module together, twice, since a skip connection or a concatenation keeps what
        went before, and at tapped modules the copy of the map and its Gram matrices, square and packed.
        """
        largest = 0

        def note(name: str, inputs: tuple, output: object) -> None:
            nonlocal largest
            size = 2 * sum(value.nbytes for value in (*inputs, output) if isinstance(value, Tensor))
            if name in self.modules and isinstance(output, Tensor):
                size += output.nbytes + 6 * output.shape[1] ** 2
            largest = max(largest, size)

        with contextlib.ExitStack() as hooks, torch.inference_mode():
            for name, module in self.network.named_modules():
                if name:  # the network itself takes no part beside its modules
                    hook = module.register_forward_hook(
                        lambda _m, inputs, output, name=name: note(name, inputs, output)
                    )
                    hooks.callback(hook.remove)
            self.run(torch.zeros(1, 3, image_size, image_size), lambda _position, _map: None)
        return largest

    def used_modules(self, image_size: int) -> set[str]:
        """Names of the modules that take part in a pass up to the last tap, found by passing one grey image."""
        used: set[str] = set()
        with contextlib.ExitStack() as hooks, torch.inference_mode():
            for name, module in self.network.named_modules():
                hook = module.register_forward_pre_hook(lambda _module, _input, name=name: used.add(name))
                hooks.callback(hook.remove)
            self.run(torch.zeros(1, 3, image_size, image_size), lambda _position, _map: None)
        return used


def load_weights(network: TappedNetwork, state: Mapping[str, Tensor], image_size: int) -> None:
    """Load a state dict; entries may be missing only for modules that do not run before the last tap.

    So convolutional layers alone will do where no layer behind them is tapped. What is missing is filled with NaN:
    should it be used after all, results are not finite, and the writer of Gram matrices refuses them.

    Raises ValueError naming entries that are missing, unknown to the network, or of another shape.
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
        raise ValueError(f"the weights do not fit the network: {details}")
    for name in missing:
        if expected[name].is_floating_point():
            expected[name].fill_(torch.nan)
    network.network.load_state_dict(dict(state), strict=False)
