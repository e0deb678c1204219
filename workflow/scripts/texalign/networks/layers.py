"""The modules of a network that can be tapped: what they put out, how deep they lie, and which to take."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn

from texalign.artifacts.tap import Tap
from texalign.errors import TexalignError
from texalign.networks.activations import ALREADY, Nonlinearity
from texalign.networks.axes import AxesUnknown, Images, Layout, stated_layout
from texalign.networks.observation import Path, Seen, followed_name, observe, pick_map, second_sizes


@dataclass(frozen=True)
class LayerDescription:
    """A module that can be tapped, at its first call.

    `axes`: how its output is to be read, as `names.MAPS` calls it, or why that is unknown. `channels`, `height` and
    `width` of its map are None where the axes are unknown. `depth`, from 0 to 1: the share of the network's weighted
    maps of more than one place (convolutions, and linear operations on tokens) that have been computed when it puts out
    its own. `after`: the nonlinearity that its map goes into or came out of, or what else becomes of it. `tappable`:
    whether the activation stage asked for exists there. `suggested`: whether it is one of those that
    `layers: {spread: N}` takes.
    """

    module: str
    type: str
    calls: int
    axes: str
    channels: int | None
    height: int | None
    width: int | None
    depth: float
    after: str
    tappable: bool
    suggested: bool = False

    @property
    def tap(self) -> Tap:
        """The tap of this module, of its first call where it has several."""
        return Tap(self.module, 1 if self.calls > 1 else None)


def describe_layers(
    network: nn.Module,
    image_size: int,
    activation: str = "after_relu",
    count: int = 5,
    maps: str | None = None,
) -> list[LayerDescription]:
    """Every module that takes part in a pass over images of `image_size` pixels, in the order of their outputs.

    `count` of them are suggested, see `spread_taps`. Weights do not matter; a network that is built at random will do.
    Axes of outputs are measured, or said by `maps` (`names.MAPS`).

        >>> from torch import nn
        >>> for layer in describe_layers(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()), 32, count=1):
        ...     print(layer.module, layer.type, layer.channels, layer.height, layer.after, layer.suggested)
        0 Conv2d 8 30 relu True
        1 ReLU 8 30 already after a nonlinearity False
    """
    network = network.eval().requires_grad_(False)
    modules = {name: module for name, module in network.named_modules() if name}
    first = observe(network, Images(2, image_size, image_size), [], watch=list(modules), follow=True)
    second = _second_pass(network, list(first.shapes), image_size)
    told = {name: _told(first, second, name) if maps is None else _stated(first, name, maps) for name in first.shapes}
    depths = _depths(modules, first, told)
    layers = [_describe(modules[name], name, first, told[name], depths[name], activation) for name in first.shapes]
    suggested = set(_spread(layers, {"": network, **modules}, activation, count)) if layers else set()
    return [LayerDescription(**{**vars(layer), "suggested": layer.module in suggested}) for layer in layers]


def spread_taps(
    network: nn.Module, image_size: int, count: int, activation: str = "after_relu", maps: str | None = None
) -> list[Tap]:
    """`count` taps at comparable relative depth: what `layers: {spread: N}` stands for.

    The rule: of the modules that run once and put out a map of more than one place with the activation stage asked for,
    those whose depth (see `LayerDescription`) is nearest to 1/N, 2/N, ..., 1, each taken once, in order. For
    `after_relu` these are convolutions, normalisations and linear modules that a nonlinearity follows; for
    `before_relu` the blocks that a network repeats, or convolutions where it has none.

    Raises TexalignError when there are fewer than `count` such modules.
    """
    described = describe_layers(network, image_size, activation, count, maps)
    return [layer.tap for layer in enough_layers(described, count, activation)]


def enough_layers(described: Sequence[LayerDescription], count: int, activation: str) -> list[LayerDescription]:
    """Those that are suggested. Raises TexalignError when they are fewer than `count`."""
    layers = [layer for layer in described if layer.suggested]
    if len(layers) < count:
        raise TexalignError(
            f"layers: {{spread: {count}}}: only {len(layers)} modules of the network can be tapped {activation}; ask "
            "for fewer, or name modules"
        )
    return layers


def _second_pass(network: nn.Module, modules: Sequence[str], size: int) -> Seen:
    for height, width in (*second_sizes(size), (size, size)):
        try:
            return observe(network, Images(3, height, width), [], watch=modules, whole=True)
        except Exception:  # whatever a network raises for a size that it does not take
            continue
    return observe(network, Images(3, size, size), [], watch=modules)


def _told(first: Seen, second: Seen, name: str) -> tuple[Path, Layout] | str:
    try:
        return pick_map(first.shapes[name][0], second.shapes[name][0], (first, second))
    except AxesUnknown as error:
        return str(error)
    except IndexError:
        return "it ran less often in another pass"


def _stated(first: Seen, name: str, maps: str) -> tuple[Path, Layout] | str:
    found = [(path, shape) for path, shape in first.shapes[name][0].items()]
    try:
        layouts = [(path, stated_layout(maps, len(shape))) for path, shape in found]
    except TexalignError as error:
        return str(error)
    return layouts[0] if len(layouts) == 1 else f"it puts out {len(layouts)} tensors"


def _depths(modules: dict[str, nn.Module], first: Seen, told: dict[str, tuple[Path, Layout] | str]) -> dict[str, float]:
    """Depth of each module, from how many weighted maps the pass had computed when it put out its own."""
    weighted = {
        name
        for name, found in told.items()
        if not isinstance(found, str) and _has_places(first, name, found) and _is_weighted(modules[name])
    }
    done, depths = 0, {}
    for name in first.shapes:  # in the order in which they first put something out
        done += name in weighted
        depths[name] = done / max(1, len(weighted))
    return depths


def _has_places(seen: Seen, name: str, told: tuple[Path, Layout]) -> bool:
    """Whether a map has more than one place; those of squeeze-and-excitation have one, and nothing of a texture."""
    path, layout = told
    height, width = layout.places(seen.shapes[name][0][path])
    return height * width > 1


def _is_weighted(module: nn.Module) -> bool:
    return not list(module.children()) and getattr(getattr(module, "weight", None), "ndim", 0) >= 2


def _describe(
    module: nn.Module, name: str, first: Seen, told: tuple[Path, Layout] | str, depth: float, activation: str
) -> LayerDescription:
    calls = len(first.shapes[name])
    if isinstance(told, str):
        return LayerDescription(name, type(module).__name__, calls, told, None, None, None, depth, "", False)
    path, layout = told
    shape = first.shapes[name][0][path]
    height, width = layout.places(shape)
    after = first.follower.found(followed_name(name, 1, path))
    bent = isinstance(after, Nonlinearity)
    return LayerDescription(
        module=name,
        type=type(module).__name__,
        calls=calls,
        axes=str(layout),
        channels=shape[layout.channels],
        height=height,
        width=width,
        depth=depth,
        after=after.name if bent else after,
        tappable=bool(layout.space) and (bent or activation == "before_relu"),
    )


def _spread(
    layers: Sequence[LayerDescription], modules: dict[str, nn.Module], activation: str, count: int
) -> list[str]:
    """Names of the layers that a spread of `count` takes."""
    able = [layer for layer in layers if layer.tappable and layer.calls == 1 and layer.height * layer.width > 1]
    if activation == "after_relu":
        own = [layer for layer in able if not list(modules[layer.module].children())]
        before = [layer for layer in own if layer.after != ALREADY.name]
        # Of a normalisation and the dropout behind it, which only passes its map on, the normalisation.
        learned = [layer for layer in before if any(True for _ in modules[layer.module].parameters())]
        able = learned or before or own or able
    else:
        repeated = [layer for layer in able if list(modules[layer.module].children()) and _is_repeated(layer, modules)]
        # Of blocks within stages within networks, the blocks.
        outer = {layer.module for layer in repeated for one in repeated if one.module.startswith(f"{layer.module}.")}
        blocks = [layer for layer in repeated if layer.module not in outer]
        weighted = [layer for layer in able if _is_weighted(modules[layer.module])]
        able = next((kind for kind in (blocks, weighted) if len(kind) >= count), able)
    taken: list[LayerDescription] = []
    for step in range(1, count + 1):
        left = [layer for layer in able if layer not in taken]
        if left:
            # Of modules equally near, the later one: a normalisation behind its convolution.
            taken.append(min(reversed(left), key=lambda layer: abs(layer.depth - step / count)))
    return [layer.module for layer in taken]


def _is_repeated(layer: LayerDescription, modules: dict[str, nn.Module]) -> bool:
    """Whether a module is one of several of its type in one list, which is how networks hold their blocks."""
    parent = modules.get(layer.module.rpartition(".")[0])
    alike = [child for child in parent.children() if type(child) is type(modules[layer.module])] if parent else []
    return len(alike) > 1
