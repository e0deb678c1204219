"""Batch normalisation folded into the convolutions before it: the same feature maps from fewer passes over memory."""

import logging
from collections import Counter
from collections.abc import Collection, Iterator
from itertools import chain

import torch
from torch import Tensor, fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from texalign.networks.axes import Images
from texalign.networks.observation import random_images
from texalign.networks.taps import TappedNetwork

# Largest difference of a map from the one before folding, as a share of its largest entry, that is rounding. What was
# measured over all batch normalisations of the paper's twelve networks stayed below 1e-5.
ROUNDING = 1e-3


def fold(network: TappedNetwork, image_size: int) -> int:
    """Fold what can be folded before a tapped network is run, and make sure that its maps stay; return how many.

    One image of noise is passed before and after. Should maps differ by more than rounding, because the network uses a
    weight in a way that its graph does not show, folding is undone, which is logged.
    """
    images = random_images(network.network, Images(1, image_size, image_size), seed=2)
    with torch.no_grad():
        before = network.feature_maps(images)
        pairs = fold_batch_norm(network.network, network.modules)
        after = network.feature_maps(images) if pairs else before
    worst = max(_difference(after[layer], before[layer]) for layer in before)
    if worst > ROUNDING:
        for name, module in chain.from_iterable(pairs):
            network.network.set_submodule(name, module)
        logging.warning(
            "batch normalisation is not folded: a map differed by %.1e of its largest entry from the one before", worst
        )
        return 0
    return len(pairs)


def _difference(found: Tensor, expected: Tensor) -> float:
    """Largest difference, as a share of the largest entry; infinite where one is not a number and the other is."""
    if not torch.equal(found.isnan(), expected.isnan()):
        return float("inf")
    return float((found - expected).nan_to_num().abs().max() / expected.nan_to_num().abs().max().clamp_min(1e-30))


Pair = tuple[tuple[str, nn.Module], tuple[str, nn.Module]]


def fold_batch_norm(network: nn.Module, tapped: Collection[str] = ()) -> list[Pair]:
    """Fold batch normalisations of a network in eval mode into the convolutions before them; return what was replaced.

    In eval mode a batch normalisation is linear in each channel, so that it can be multiplied into the weights of the
    convolution whose output it gets, if nothing else gets that output: the convolution is not among the `tapped`
    modules, and both run once in a pass. An identity takes the place of the normalisation, which may be tapped: what
    it puts out is the same up to rounding. Changes `network` in place, whose weights must have been loaded.

    Both must be proved alone. What runs after what is read from a symbolic trace (torch.fx): a network that cannot be
    traced, because it decides by values what to do, is left as it is, which is logged. Left as they are too: modules
    whose weights another module has as well (tied) or the trace reads by themselves (functional use), those with hooks
    or parametrizations (weight and spectral normalisation among them), and modules that go by two names.
    """
    try:
        graph = fx.Tracer().trace(network)
    except Exception as error:  # whatever a network's own code raises when it is given symbols for values
        logging.info("batch normalisation is not folded: the network cannot be traced (%s)", error)
        return []
    modules = dict(network.named_modules())
    calls = [node for node in graph.nodes if node.op == "call_module"]
    runs = Counter(id(network.get_submodule(node.target)) for node in calls)
    shared = set(_shared(network)) | {
        id(value) for node in graph.nodes if node.op == "get_attr" for value in _values(network, node.target)
    }
    pairs: list[Pair] = []
    for node in calls:
        before = node.args[0] if len(node.args) == 1 else None
        if (
            not isinstance(before, fx.Node)
            or before.op != "call_module"
            or not {node.target, before.target} <= set(modules)
        ):
            continue
        convolution, normalization = modules[before.target], modules[node.target]
        if (
            type(convolution) is nn.Conv2d
            and type(normalization) is nn.BatchNorm2d
            and normalization.running_mean is not None
            and len(before.users) == 1
            and before.target not in tapped
            and all(_is_alone(module, shared) and runs[id(module)] == 1 for module in (convolution, normalization))
        ):
            pairs.append(((before.target, convolution), (node.target, normalization)))
    for (convolution_name, convolution), (normalization_name, normalization) in pairs:
        with torch.no_grad():
            fused = fuse_conv_bn_eval(convolution, normalization).requires_grad_(False)
        network.set_submodule(convolution_name, fused)
        network.set_submodule(normalization_name, nn.Identity())
    return pairs


def _shared(network: nn.Module) -> Iterator[int]:
    """Identities of what two names stand for: modules, parameters, buffers; and of tensors that share their memory."""
    named = [value for _, value in network.named_modules(remove_duplicate=False)]
    tensors = [
        value
        for _, value in chain(
            network.named_parameters(remove_duplicate=False), network.named_buffers(remove_duplicate=False)
        )
    ]
    named += tensors
    names = Counter(map(id, named))
    yield from (identity for identity, count in names.items() if count > 1)
    memory = Counter(value.untyped_storage().data_ptr() for value in {id(value): value for value in tensors}.values())
    yield from (id(value) for value in tensors if memory[value.untyped_storage().data_ptr()] > 1)


def _values(network: nn.Module, target: str) -> Iterator[object]:
    """What the trace reads by name: a parameter or buffer, or whatever else."""
    module, _, name = target.rpartition(".")
    yield getattr(network.get_submodule(module), name)


def _is_alone(module: nn.Module, shared: Collection[int]) -> bool:
    """Whether nothing but its own forward pass uses a module, and that pass is torch's own."""
    hooks = (
        module._forward_hooks,
        module._forward_pre_hooks,
        module._backward_hooks,
        module._forward_hooks_with_kwargs,
    )
    return (
        id(module) not in shared
        and not any(hooks)
        and "forward" not in vars(module)
        and not list(module.children())  # of which parametrizations are one
        and not any(id(value) in shared for value in chain(module.parameters(), module.buffers()))
    )
