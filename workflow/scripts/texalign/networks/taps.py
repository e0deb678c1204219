"""Networks in eval mode, tapped at modules: their feature maps, layer by layer, from a pass that ends at the last."""

import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor, nn

from texalign import names
from texalign.artifacts.tap import Taps
from texalign.errors import TexalignError, nearest
from texalign.networks.activations import AS_IT_IS
from texalign.networks.axes import Images
from texalign.networks.observation import Reading, random_images, read_taps, tensors_in


class _LastTapReached(BaseException):
    """Ends a forward pass once every tapped layer has been seen; no network's own `except Exception` catches it."""


OnFeatureMap = Callable[[str, Tensor], None]


class TappedNetwork:
    """A network in eval mode, tapped at the modules that `taps` maps layers to; a pass ends after the last of them.

    Feature maps are (n, channels, height, width), whatever the order of axes in the network: tokens are laid out on
    their grid, without those that stand for no place, and vectors count as one position. How outputs are to be read is
    measured in the first pass (see `observation.read_taps`), or said by `maps` (`names.MAPS`).

    For `after_relu` the network's own next nonlinearity is applied to what a module puts out. In the networks of the
    paper it is an in-place ReLU, so what the published code kept by reference became the map after ReLU; here it is
    applied explicitly, to a copy.

    Raises TexalignError for unknown modules, naming the nearest ones, for a module tapped twice, no module at all and
    an unknown activation stage.
    """

    def __init__(self, network: nn.Module, taps: Taps, activation: str = "after_relu", maps: str | None = None):
        if activation not in names.ACTIVATIONS:
            raise TexalignError(f"unknown activation stage {activation!r}; known: {', '.join(names.ACTIVATIONS)}")
        if not taps:
            raise TexalignError("no layers to tap: the list of layers is empty")
        if len(set(taps.values())) < len(taps):
            raise TexalignError(f"a module is tapped twice: {', '.join(map(str, taps.values()))}")
        if wrong := unknown_modules(network, taps):
            raise TexalignError("; ".join(wrong))
        self.network = network.eval().requires_grad_(False)
        self.taps = dict(taps)
        self.activation = activation
        self._maps = maps
        self._readings: dict[str, Reading] | None = None

    @property
    def modules(self) -> tuple[str, ...]:
        """Names of the tapped modules, in the order of the layers."""
        return tuple(tap.module for tap in self.taps.values())

    def readings(self, image_size: int) -> Mapping[str, Reading]:
        """How each layer is read, measured once, with square images of this size. Raises what `read_taps` does."""
        if self._readings is None:
            self._readings = read_taps(self.network, self.taps, self.activation, image_size, self._maps)
            for layer, reading in self._readings.items():
                logging.info("%s (%s): %s, %s", layer, self.taps[layer], reading.layout, reading.nonlinearity.name)
        return self._readings

    def run(self, images: Tensor, on_feature_map: OnFeatureMap) -> None:
        """Pass `images`, (n, 3, height, width), and call `on_feature_map(layer, map)` for each tapped layer.

        Layers come in the order in which the network reaches them. The call happens inside the forward pass, before
        later modules run: with `before_relu` the map is the module's own output, which a following in-place module will
        overwrite, so it must be used up or copied within the call.

        Raises TexalignError when the pass ends without reaching a tapped module.
        """
        readings = self.readings(images.shape[-1])
        waiting = set(self.taps)
        calls: Counter[str] = Counter()

        def tap(module: str, output: object) -> None:
            calls[module] += 1
            for layer, tapped in self.taps.items():
                if tapped.module == module and readings[layer].call == calls[module]:
                    waiting.discard(layer)
                    on_feature_map(layer, readings[layer].maps(output))
            if not waiting:
                raise _LastTapReached

        with contextlib.ExitStack() as hooks:
            for module in dict.fromkeys(self.modules):
                hook = self.network.get_submodule(module).register_forward_hook(
                    lambda _module, _input, output, module=module: tap(module, output)
                )
                hooks.callback(hook.remove)
            with contextlib.suppress(_LastTapReached):
                self.network(images)
        if waiting:
            missed = ", ".join(str(tap) for layer, tap in self.taps.items() if layer in waiting)
            raise TexalignError(f"the forward pass ended without running {missed}; tap modules that take part in it")

    def feature_maps(self, images: Tensor) -> dict[str, Tensor]:
        """Feature maps of all tapped layers, (n, channels, height, width), safe to keep, in the order of the taps."""
        readings = self.readings(images.shape[-1])
        maps: dict[str, Tensor] = {}

        def keep(layer: str, feature_map: Tensor) -> None:
            own = readings[layer].nonlinearity.function is not AS_IT_IS.function
            maps[layer] = feature_map if own else feature_map.clone()

        self.run(images, keep)
        return {layer: maps[layer] for layer in self.taps}

    def check_maps(self, image_size: int) -> None:
        """Pass two images of noise twice, with the weights loaded, to find out what would make numbers senseless.

        Raises TexalignError naming layers whose maps differ from pass to pass, because the network draws random numbers
        though it is in eval mode, and layers that give the same map for both images.
        """
        images = random_images(self.network, Images(2, image_size, image_size), seed=1)
        with torch.no_grad():
            first, again = self.feature_maps(images), self.feature_maps(images)
        drawn = [layer for layer in self.taps if not torch.allclose(first[layer], again[layer], 1e-4, equal_nan=True)]
        if drawn:
            raise TexalignError(
                f"the network draws random numbers though it is in eval mode: {self._named(drawn)} differed between "
                "two passes over the same images; switch that off in its arguments"
            )
        # What is not finite is refused where vectors are written, with the image's name.
        same = [layer for layer, maps in first.items() if torch.equal(maps[0], maps[1]) and maps.isfinite().all()]
        if same:
            raise TexalignError(
                f"{self._named(same)} gave the same map for different images, which says nothing about them; tap "
                "another module, or another call of a module that runs several times"
            )

    def _named(self, layers: Iterable[str]) -> str:
        return ", ".join(f"{layer} ({self.taps[layer]})" for layer in layers)

    def bytes_an_image(self, image_size: int) -> int:
        """Bytes of memory that an image takes in a pass up to the last tap, found by passing one grey image.

        The largest input and output of a module together, twice, since a skip connection or a concatenation keeps what
        went before, and at tapped modules the copy of the map and its Gram matrices, square and packed.
        """
        readings = {self.taps[layer].module: reading for layer, reading in self.readings(image_size).items()}
        largest = 0

        def note(name: str, inputs: tuple, output: object) -> None:
            nonlocal largest
            size = 2 * sum(value.nbytes for _, value in tensors_in([*inputs, output]))
            for path, value in tensors_in(output):
                if name in readings and path == readings[name].path:
                    size += value.nbytes + 6 * value.shape[readings[name].layout.channels] ** 2
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
        self.readings(image_size)  # whose passes run everything
        used: set[str] = set()
        with contextlib.ExitStack() as hooks, torch.inference_mode():
            for name, module in self.network.named_modules():
                hook = module.register_forward_pre_hook(lambda _module, _input, name=name: used.add(name))
                hooks.callback(hook.remove)
            self.run(torch.zeros(1, 3, image_size, image_size), lambda _layer, _map: None)
        return used


def unknown_modules(network: torch.nn.Module, taps: Taps) -> list[str]:
    """What to say of each tapped module that a network lacks, with the nearest ones that it has."""
    known = dict(network.named_modules(remove_duplicate=False))
    choices = [*filter(None, known)]
    wrong = [tap.module for tap in taps.values() if tap.module not in known or not tap.module]
    return [f"the network has no module {name!r}{nearest(name, choices)}" for name in dict.fromkeys(wrong)]


def check_image_size(network: TappedNetwork, size: int) -> None:
    """Pass a grey image of `size` x `size` pixels, to find out before anything is computed that it is too small.

    Raises TexalignError naming the smallest size that passes, or what the network raises for another reason.
    """
    parameter = next(network.network.parameters(), torch.empty(0))

    def fails(size: int) -> Exception | None:
        try:
            with torch.no_grad():
                network.feature_maps(parameter.new_zeros(1, 3, size, size))
        except TexalignError:
            raise
        except Exception as error:  # by what a network checks, or by the first operation that does not fit
            return error
        return None

    error = fails(size)
    if error is None:
        return
    largest = enough = 1024
    if size >= largest or fails(largest):
        raise TexalignError(
            f"the network does not take images of {size} x {size} pixels ({type(error).__name__}: {error}); set "
            "images.size to what it takes, or its own size in its arguments"
        ) from error
    too_small = size
    while enough - too_small > 1:
        middle = (enough + too_small) // 2
        too_small, enough = (middle, enough) if fails(middle) else (too_small, middle)
    raise TexalignError(
        f"images of {size} x {size} pixels are smaller than the receptive fields of the tapped layers allow; the "
        f"network takes {enough} x {enough} or more ({error})"
    )
