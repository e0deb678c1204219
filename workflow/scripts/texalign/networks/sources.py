"""Where networks come from: a name and its arguments to a torch module, without trained weights."""

import contextlib
import importlib.resources
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from types import ModuleType

import torch
from torch import nn

from texalign.errors import TexalignError, nearest


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

        Raises TexalignError naming the target when it does not exist, does not take the arguments, or returns no
        module.
        """
        builder = self._builder()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            try:
                network = builder(**self.arguments)
            except TypeError as error:
                raise TexalignError(f"{self.source}:{self.target}: cannot be built ({error})") from error
        if not isinstance(network, nn.Module):
            raise TexalignError(f"{self.source}:{self.target}: returned {type(network).__name__}, not a torch module")
        return network.eval()

    def _builder(self) -> Callable[..., nn.Module]:
        if self.source == "torchvision":
            models = import_torchvision().models
            try:
                return models.get_model_builder(self.target)
            except ValueError as error:
                raise TexalignError(
                    f"torchvision has no model {self.target!r}{nearest(self.target, models.list_models())}"
                ) from error
        if self.source == "python":
            module_name, _, qualified_name = self.target.partition(":")
            try:
                with _importable_here():
                    module = importlib.import_module(module_name)
                return reduce(getattr, qualified_name.split("."), module)
            except (ImportError, AttributeError) as error:
                raise TexalignError(f"{self.target}: cannot be imported ({error}); expected module:callable") from error
        raise TexalignError(f"unknown source of networks {self.source!r}; known: torchvision, python")


@contextlib.contextmanager
def _importable_here() -> Iterator[None]:
    """Let a user's own modules be imported from the working directory too, after everything that is installed."""
    sys.path.append(str(Path.cwd()))
    try:
        yield
    finally:
        sys.path.remove(str(Path.cwd()))
