"""Where networks come from: a name and its arguments to a torch module, and the weights that are published for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from texalign import names
from texalign.errors import TexalignError
from texalign.networks import handmade, hubs, python_modules, pytorchcv_models, torchvision_models
from texalign.networks.operators import import_torchvision as import_torchvision
from texalign.networks.preprocessing import Normalization

Arguments = Mapping[str, object]


@dataclass(frozen=True)
class Source:
    """A source of networks.

    `build` makes a network with random weights from its name there and keyword arguments; it raises TexalignError where
    the name is unknown or a package is missing. `weights` gives the state dict of what is published for a name under
    another one, from name, weights, arguments and the folder of downloads: fetched once, checked by a hash and kept.
    `trained_with` gives what the images were normalised by that such weights were trained with; None stands for
    weights of another origin. Both raise TexalignError for weights that are unknown, or cannot be told by a name.
    """

    build: Callable[[str, Arguments], nn.Module]
    weights: Callable[[str, str, Arguments, str | Path], Mapping[str, Tensor]] | None = None
    trained_with: Callable[[str, str | None], Normalization | None] | None = None


# By the names of `names.SOURCES`.
SOURCES: Mapping[str, Source] = {
    "torchvision": Source(
        torchvision_models.build, torchvision_models.published_weights, torchvision_models.trained_with
    ),
    "timm": Source(hubs.build_timm, hubs.timm_weights, hubs.timm_trained_with),
    "open_clip": Source(hubs.build_open_clip, hubs.refuse_open_clip_weights, hubs.open_clip_trained_with),
    "huggingface": Source(hubs.build_huggingface),
    "pytorchcv": Source(pytorchcv_models.build, pytorchcv_models.published_weights),
    "python": Source(python_modules.build),
    "handmade": Source(handmade.build),
}


@dataclass(frozen=True)
class Architecture:
    """A network without its weights: `target` is its name in a `source` (`names.SOURCES`), with keyword `arguments`."""

    source: str
    target: str
    arguments: Arguments = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str, arguments: Arguments) -> "Architecture":
        """The architecture written `source:target`, such as `torchvision:alexnet` or `python:my_networks:build`.

        A name without a source is torchvision's.
        """
        source, colon, target = text.partition(":")
        return cls(source, target, arguments) if colon else cls("torchvision", text, arguments)

    def __str__(self) -> str:
        return f"{self.source}:{self.target}"

    def build(self, seed: int = 0) -> nn.Module:
        """The network in eval mode and single precision, with initial weights drawn from `seed`.

        Raises TexalignError naming the target when it does not exist, does not take the arguments, or returns no
        module.
        """
        if self.source not in SOURCES:
            raise TexalignError(f"unknown source of networks {self.source!r}; known: {', '.join(names.SOURCES)}")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            try:
                network = SOURCES[self.source].build(self.target, self.arguments)
            except TexalignError:
                raise
            except (TypeError, ValueError) as error:
                raise TexalignError(f"{self}: cannot be built ({error}); see its arguments") from error
        if not isinstance(network, nn.Module):
            raise TexalignError(f"{self}: returned {type(network).__name__}, not a torch module")
        return network.float().eval()

    def random_state(self, seed: int) -> Mapping[str, Tensor]:
        """State dict of random weights, drawn from `seed`.

        Raises TexalignError when what is to be trained is the same for another seed: then the builder loads weights.
        """
        network = self.build(seed)
        others = dict(self.build(seed + 1).named_parameters())
        for name, value in network.named_parameters():
            # Constants, such as factors of 1 and offsets of 0, say nothing; so do tables that are not trained.
            constant = value.numel() < 2 or bool((value == value.flatten()[0]).all())
            if value.requires_grad and not constant and torch.equal(value, others[name]):
                raise TexalignError(
                    f"{self}: random weights were asked for, but {name} is the same whatever the seed, as if it had "
                    "been loaded; have the builder return an untrained network (an argument such as pretrained: false)"
                )
        return network.state_dict()
