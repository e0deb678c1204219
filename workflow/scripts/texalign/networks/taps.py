"""Convolutional networks: how they are built, where their weights come from, and how feature maps are tapped."""

import contextlib
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from texalign import names
from texalign.errors import TexalignError, nearest


class _LastTapReached(Exception):
    """Ends a forward pass once every tapped layer has been seen."""


OnFeatureMap = Callable[[int, Tensor], None]


class TappedNetwork:
    """A network in eval mode, tapped at modules; a forward pass ends after the last of them.

    Feature maps are what the tapped modules put out, (n, channels, height, width), with a ReLU applied for
    `after_relu`. In the networks of the paper an in-place ReLU follows every tapped module, so what the published
    code kept by reference became the map after ReLU; here it is applied explicitly, to a copy.

    Raises TexalignError for an unknown module, naming the nearest ones, for a module tapped twice, no module at all and
    an unknown activation stage.
    """

    def __init__(self, network: nn.Module, modules: Sequence[str], activation: str = "after_relu"):
        if activation not in names.ACTIVATIONS:
            raise TexalignError(f"unknown activation stage {activation!r}; known: {', '.join(names.ACTIVATIONS)}")
        if not modules:
            raise TexalignError("no layers to tap: the list of layers is empty")
        if len(set(modules)) < len(modules):
            raise TexalignError(f"a module is tapped twice: {', '.join(modules)}")
        known = dict(network.named_modules())
        for name in modules:
            if name not in known or not name:
                raise TexalignError(f"the network has no module {name!r}{nearest(name, [*filter(None, known)])}")
        self.network = network.eval().requires_grad_(False)
        self.modules = tuple(modules)
        self.activation = activation

    def run(self, images: Tensor, on_feature_map: OnFeatureMap) -> None:
        """Pass `images`, (n, 3, height, width), and call `on_feature_map(position, map)` for each tapped layer.

        The call happens inside the forward pass, before later modules run: with `before_relu` the map is the module's
        own output, which a following in-place module will overwrite, so it must be used up or copied within the call.
        A module that runs several times in a pass is tapped the first time.

        Raises TexalignError when the pass ends without reaching a tapped module.
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
            raise TexalignError(f"the forward pass ended without running {missed}; tap modules that take part in it")

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
