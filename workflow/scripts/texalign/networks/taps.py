"""Networks in eval mode, tapped at modules: their feature maps, layer by layer, from a pass that ends at the last."""

import contextlib
from collections.abc import Callable

import torch
from torch import Tensor, nn

from texalign import names
from texalign.artifacts.tap import Taps
from texalign.errors import TexalignError, nearest


class _LastTapReached(BaseException):
    """Ends a forward pass once every tapped layer has been seen; no network's own `except Exception` catches it."""


OnFeatureMap = Callable[[str, Tensor], None]


class TappedNetwork:
    """A network in eval mode, tapped at the modules that `taps` maps layers to; a pass ends after the last of them.

    Feature maps are what the tapped modules put out, (n, channels, height, width), with a ReLU applied for
    `after_relu`. In the networks of the paper an in-place ReLU follows every tapped module, so what the published
    code kept by reference became the map after ReLU; here it is applied explicitly, to a copy.

    Raises TexalignError for unknown modules, naming the nearest ones, for a module tapped twice, no module at all and
    an unknown activation stage.
    """

    def __init__(self, network: nn.Module, taps: Taps, activation: str = "after_relu"):
        if activation not in names.ACTIVATIONS:
            raise TexalignError(f"unknown activation stage {activation!r}; known: {', '.join(names.ACTIVATIONS)}")
        if not taps:
            raise TexalignError("no layers to tap: the list of layers is empty")
        if len(set(taps.values())) < len(taps):
            raise TexalignError(f"a module is tapped twice: {', '.join(map(str, taps.values()))}")
        known = dict(network.named_modules())
        wrong = [tap.module for tap in taps.values() if tap.module not in known or not tap.module]
        if wrong:
            choices = [*filter(None, known)]
            messages = (f"the network has no module {name!r}{nearest(name, choices)}" for name in wrong)
            raise TexalignError("; ".join(messages))
        self.network = network.eval().requires_grad_(False)
        self.taps = dict(taps)
        self.activation = activation

    @property
    def modules(self) -> tuple[str, ...]:
        """Names of the tapped modules, in the order of the layers."""
        return tuple(tap.module for tap in self.taps.values())

    def run(self, images: Tensor, on_feature_map: OnFeatureMap) -> None:
        """Pass `images`, (n, 3, height, width), and call `on_feature_map(layer, map)` for each tapped layer.

        Layers come in the order in which the network reaches them. The call happens inside the forward pass, before
        later modules run: with `before_relu` the map is the module's own output, which a following in-place module will
        overwrite, so it must be used up or copied within the call. A module that runs several times in a pass is tapped
        the first time.

        Raises TexalignError when the pass ends without reaching a tapped module.
        """
        waiting = set(self.taps)

        def tap(layer: str, output: Tensor) -> None:
            if layer not in waiting:
                return
            waiting.discard(layer)
            on_feature_map(layer, output.relu() if self.activation == "after_relu" else output)
            if not waiting:
                raise _LastTapReached

        with contextlib.ExitStack() as hooks:
            for layer, tapped in self.taps.items():
                hook = self.network.get_submodule(tapped.module).register_forward_hook(
                    lambda _module, _input, output, layer=layer: tap(layer, output)
                )
                hooks.callback(hook.remove)
            with contextlib.suppress(_LastTapReached):
                self.network(images)
        if waiting:
            missed = ", ".join(str(tap) for layer, tap in self.taps.items() if layer in waiting)
            raise TexalignError(f"the forward pass ended without running {missed}; tap modules that take part in it")

    def feature_maps(self, images: Tensor) -> dict[str, Tensor]:
        """Feature maps of all tapped layers, (n, channels, height, width), safe to keep, in the order of the taps."""
        maps: dict[str, Tensor] = {}

        def keep(layer: str, feature_map: Tensor) -> None:
            maps[layer] = feature_map.clone() if self.activation == "before_relu" else feature_map

        self.run(images, keep)
        return {layer: maps[layer] for layer in self.taps}

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
            self.run(torch.zeros(1, 3, image_size, image_size), lambda _layer, _map: None)
        return largest

    def used_modules(self, image_size: int) -> set[str]:
        """Names of the modules that take part in a pass up to the last tap, found by passing one grey image."""
        used: set[str] = set()
        with contextlib.ExitStack() as hooks, torch.inference_mode():
            for name, module in self.network.named_modules():
                hook = module.register_forward_pre_hook(lambda _module, _input, name=name: used.add(name))
                hooks.callback(hook.remove)
            self.run(torch.zeros(1, 3, image_size, image_size), lambda _layer, _map: None)
        return used


def check_image_size(network: TappedNetwork, size: int) -> None:
    """Pass a grey image of `size` x `size` pixels, to find out before anything is computed that it is too small.

    Raises TexalignError naming the smallest size that passes, or a tapped module whose output is no feature map.
    """
    parameter = next(network.network.parameters())

    def fails(size: int) -> RuntimeError | None:
        try:
            with torch.no_grad():
                feature_maps = network.feature_maps(parameter.new_zeros(1, 3, size, size))
        except RuntimeError as error:
            return error
        for layer, feature_map in feature_maps.items():
            if feature_map.ndim != 4:
                raise TexalignError(
                    f"{network.taps[layer]} puts out {feature_map.ndim} dimensions; textures need feature maps of 4 "
                    "(image, channels, height, width)"
                )
        return None

    error = fails(size)
    if error is None:
        return
    largest = enough = 1024
    if size >= largest or fails(largest):  # the network fails for another reason
        raise error
    too_small = size
    while enough - too_small > 1:
        middle = (enough + too_small) // 2
        too_small, enough = (middle, enough) if fails(middle) else (too_small, middle)
    raise TexalignError(
        f"images of {size} x {size} pixels are smaller than the receptive fields of the tapped layers allow; the "
        f"network takes {enough} x {enough} or more ({error})"
    )
