"""What a network's modules put out, seen in passes over random images: calls, shapes, axes, what follows them."""

import contextlib
import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from texalign import names
from texalign.artifacts.tap import LAST, Tap, Taps
from texalign.errors import TexalignError
from texalign.networks.activations import AS_IT_IS, Follower, Nonlinearity
from texalign.networks.axes import AxesUnknown, Images, Layout, Shape, stated_layout, tell_axes

Path = tuple[str | int, ...]


def tensors_in(output: object, path: Path = ()) -> Iterator[tuple[Path, Tensor]]:
    """Tensors of images in a module's output, with the keys that lead to them through tuples, lists and mappings."""
    if isinstance(output, Tensor):
        if output.ndim and output.is_floating_point():
            yield path, output
    elif isinstance(output, Mapping):
        for key, value in output.items():
            yield from tensors_in(value, (*path, key))
    elif isinstance(output, list | tuple):
        for number, value in enumerate(output):
            yield from tensors_in(value, (*path, number))


def tensor_at(output: object, path: Path) -> Tensor:
    """The tensor that a path leads to."""
    for key in path:
        output = output[key]
    return output


@dataclass
class Seen:
    """One pass: for each module and each of its calls, the shapes in its output by their paths.

    `grids`: widths of what convolutions put out. `failed`: what ended the pass before its end, if anything.
    """

    images: Images
    shapes: dict[str, list[dict[Path, Shape]]] = field(default_factory=lambda: defaultdict(list))
    grids: set[int] = field(default_factory=set)
    follower: Follower | None = None
    failed: Exception | None = None


def random_images(network: nn.Module, images: Images, seed: int = 0) -> Tensor:
    """Images of noise as networks take them, in the precision of the network's parameters."""
    parameter = next(network.parameters(), torch.empty(0))
    noise = torch.randn(images.count, 3, images.height, images.width, generator=torch.Generator().manual_seed(seed))
    return noise.to(parameter.device, parameter.dtype if parameter.is_floating_point() else torch.float32)


def observe(
    network: nn.Module,
    images: Images,
    modules: Collection[str],
    follow: bool = False,
    watch: Collection[str] = (),
    whole: bool = False,
) -> Seen:
    """One whole pass of a network, in which the outputs of `modules` are seen, and with `follow` what becomes of them.

    A pass that fails once all of these have run, as behind convolutions that fit and a classifier that does not, is
    taken as far as it came, unless the `whole` is asked for; before that, what the network raises is raised. Modules to
    `watch` are seen too, but need not run.
    """
    seen = Seen(images, follower=Follower() if follow else None)

    def note(name: str, output: object) -> None:
        call = len(seen.shapes[name]) + 1
        seen.shapes[name].append({path: tuple(tensor.shape) for path, tensor in tensors_in(output)})
        if seen.follower:
            for path, tensor in tensors_in(output):
                seen.follower.follow(followed_name(name, call, path), tensor)

    with contextlib.ExitStack() as stack:
        for name in dict.fromkeys((*modules, *watch)):
            module = network.get_submodule(name)
            hook = module.register_forward_hook(lambda _module, _input, output, name=name: note(name, output))
            stack.callback(hook.remove)
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                hook = module.register_forward_hook(lambda _module, _input, output: seen.grids.add(output.shape[-1]))
                stack.callback(hook.remove)
        stack.enter_context(torch.no_grad())
        if seen.follower:
            stack.enter_context(seen.follower)
        try:
            network(random_images(network, images))
        except Exception as error:
            if whole or not seen.shapes or not all(name in seen.shapes for name in modules):
                raise
            logging.debug("a pass over %s ended early: %s", images, error)
            seen.failed = error
    return seen


def followed_name(module: str, call: int, path: Path) -> str:
    """Under which name a tensor is followed."""
    return f"{module}@{call}{list(path)}"


def second_sizes(size: int) -> Iterator[tuple[int, int]]:
    """Heights and widths for a second pass, wider than high, the cheapest first.

    Steps are of 32 and of 28 pixels, and of their least common multiple, for networks that take only multiples of their
    patches or windows.
    """
    if size >= 160:
        yield from ((size - 64, size - 32), (size - 56, size - 28))
    yield from ((size + 32, size + 96), (size + 28, size + 84), (size + 224, size + 448))


@dataclass(frozen=True)
class Reading:
    """How a layer's maps are read: the number of the call, where in its output, which axis is which, what follows."""

    call: int
    path: Path
    layout: Layout
    nonlinearity: Nonlinearity

    def maps(self, output: object) -> Tensor:
        """Feature maps (n, channels, height, width) from a module's output."""
        return self.layout.read(self.nonlinearity.function(tensor_at(output, self.path)))


def read_taps(
    network: nn.Module, taps: Taps, activation: str, size: int, maps: str | None = None
) -> dict[str, Reading]:
    """How each tapped layer is read, found in passes over random images of `size` x `size` pixels and of another size.

    `activation` and `maps`: see `names.ACTIVATIONS` and `names.MAPS`; without `maps` axes are told by measurement.

    Raises TexalignError, naming every layer concerned and what was seen of it: modules that do not run, or several
    times without a call that says which; outputs that hold no map or several; axes that stay unknown; and with
    `after_relu`, maps that go into no nonlinearity.
    """
    modules = list(dict.fromkeys(tap.module for tap in taps.values()))
    follow = activation == "after_relu"
    first = observe(network, Images(2, size, size), modules, follow)
    calls = _each(taps, lambda tap: _call(tap, len(first.shapes[tap.module]), first.images))
    outputs = {layer: first.shapes[tap.module][calls[layer] - 1] for layer, tap in taps.items()}
    if maps is not None:
        layouts = _each(taps, lambda tap, layer: _stated(outputs[layer], maps), with_layer=True)
    else:
        layouts = _measured(network, taps, calls, first, modules)
    found = {}
    problems = []
    for layer, tap in taps.items():
        path, layout = layouts[layer]
        nonlinearity = AS_IT_IS
        if follow:
            nonlinearity = first.follower.found(followed_name(tap.module, calls[layer], path))
            if isinstance(nonlinearity, str):
                problems.append(f"{layer} ({tap}): {nonlinearity}")
                continue
        found[layer] = Reading(calls[layer], path, layout, nonlinearity)
    if problems:
        raise TexalignError(
            f"activation: {activation} is the map after the network's own next nonlinearity, but not all tapped maps "
            f"go into one: {'; '.join(problems)}. Say `activation: before_relu` for this network, or tap modules that "
            f"a nonlinearity follows (activation may be {' or '.join(names.ACTIVATIONS)})"
        )
    return found


def _each(taps: Taps, work, with_layer: bool = False) -> dict:
    """What `work` makes of each tap, by layer; what it raises for several is raised at once."""
    found, problems = {}, []
    for layer, tap in taps.items():
        try:
            found[layer] = work(tap, layer) if with_layer else work(tap)
        except TexalignError as error:
            problems.append(f"{layer} ({tap}): {error}")
    if problems:
        raise TexalignError("; ".join(problems))
    return found


def _call(tap: Tap, calls: int, images: Images) -> int:
    if calls == 0:
        raise TexalignError("the pass ended without running it; tap modules that take part in it")
    if tap.call is None:
        if calls > 1:
            raise TexalignError(
                f"it runs {calls} times in a pass; say which call, {{module: {tap.module}, call: 1}} up to "
                f"{calls}, or {LAST}"
            )
        return 1
    if tap.call == LAST:
        return calls
    if tap.call > calls:
        raise TexalignError(f"it runs {calls} times in a pass, so there is no call {tap.call}")
    return tap.call


def _stated(output: Mapping[Path, Shape], maps: str) -> tuple[Path, Layout]:
    layouts, problems = {}, []
    for path, shape in output.items():
        try:
            layouts[path] = stated_layout(maps, len(shape))
        except TexalignError as error:
            problems.append(str(error))
    if len(layouts) != 1:
        raise TexalignError(
            problems[0] if problems else f"it puts out {_listed(output)}, and which is the map is not clear"
        )
    return next(iter(layouts.items()))


def _measured(
    network: nn.Module, taps: Taps, calls: Mapping[str, int], first: Seen, modules: list[str]
) -> dict[str, tuple[Path, Layout]]:
    """Where in each layer's output the map is, and its layout, from second passes until all are told."""
    found: dict[str, tuple[Path, Layout]] = {}
    problem: dict[str, str] = {}
    size = first.images.height
    # Where the network takes no other size, what is to be told then is told from one size.
    for height, width in (*second_sizes(size), (size, size)):
        if (height, width) == (size, size) and problem:
            break
        try:
            second = observe(network, Images(3, height, width), modules)
        except Exception as error:  # whatever a network raises for images of a size that it does not take
            logging.debug("a pass over images of %d x %d failed: %s", height, width, error)
            continue
        for layer, tap in taps.items():
            if layer in found:
                continue
            outputs = first.shapes[tap.module][calls[layer] - 1]
            try:
                found[layer] = pick_map(outputs, second.shapes[tap.module][calls[layer] - 1], (first, second))
            except (AxesUnknown, IndexError) as error:
                reason = str(error) if isinstance(error, AxesUnknown) else "it ran less often in another pass"
                problem[layer] = f"{_listed(outputs)} for {first.images}: {reason}"
        if len(found) == len(taps):
            return found
    unknown = [f"{layer} ({taps[layer]}) puts out {problem[layer]}" for layer in taps if layer not in found]
    raise TexalignError(
        f"which axes of the maps are which cannot be told: {'; '.join(unknown)}. Tap another module, or say it with "
        f"`maps: {' | '.join(names.MAPS)} | tokens+N`"
    )


def pick_map(
    first: Mapping[Path, Shape], second: Mapping[Path, Shape], passes: tuple[Seen, Seen]
) -> tuple[Path, Layout]:
    """The one map in an output that was seen in two passes, as its path and layout. Raises AxesUnknown."""
    told: dict[Path, Layout] = {}
    reasons = []
    for path, shape in first.items():
        try:
            shapes = (shape, second.get(path, ()))
            told[path] = tell_axes(shapes, (passes[0].images, passes[1].images), passes[0].grids)
        except AxesUnknown as error:
            reasons.append(str(error))
    spread = {path: layout for path, layout in told.items() if layout.space} or told
    if len(spread) == 1:
        return next(iter(spread.items()))
    if spread:
        raise AxesUnknown("several of these are maps")
    raise AxesUnknown("; ".join(dict.fromkeys(reasons)) or "there is no tensor in it")


def _listed(output: Mapping[Path, Shape]) -> str:
    """Shapes in an output, in words."""
    if list(output) == [()]:
        return str(output[()])
    return (
        ", ".join(f"{'.'.join(map(str, path)) or 'tensor'}: {shape}" for path, shape in output.items()) or "no tensor"
    )
