"""Batch normalisation folded into the convolutions before it: the same feature maps from fewer passes over memory."""

import logging
from collections import Counter
from collections.abc import Collection

import torch
from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold_batch_norm(network: nn.Module, tapped: Collection[str] = ()) -> int:
    """Fold batch normalisations of a network in eval mode into the convolutions before them; return how many.

    In eval mode a batch normalisation is linear in each channel, so that it can be multiplied into the weights of the
    convolution whose output it gets, if nothing else gets that output: the convolution is not among the `tapped`
    modules, and both run once in a pass. An identity takes the place of the normalisation, which may be tapped: what
    it puts out is the same up to rounding. Changes `network` in place, whose weights must have been loaded.

    What runs after what is read from a symbolic trace (torch.fx). A network that cannot be traced, because it decides
    by values what to do, is left as it is, which is logged.
    """
    try:
        graph = fx.Tracer().trace(network)
    except Exception as error:  # whatever a network's own code raises when it is given symbols for values
        logging.info("batch normalisation is not folded: the network cannot be traced (%s)", error)
        return 0
    modules = dict(network.named_modules())
    calls = [node for node in graph.nodes if node.op == "call_module"]
    times_run = Counter(id(modules[node.target]) for node in calls)
    folded = 0
    for node in calls:
        convolution_node = node.args[0] if node.args else None
        if not isinstance(convolution_node, fx.Node) or convolution_node.op != "call_module":
            continue
        convolution, normalization = modules[convolution_node.target], modules[node.target]
        if (
            type(convolution) is nn.Conv2d
            and type(normalization) is nn.BatchNorm2d
            and normalization.running_mean is not None
            and len(convolution_node.users) == 1
            and times_run[id(convolution)] == times_run[id(normalization)] == 1
            and convolution_node.target not in tapped
        ):
            with torch.no_grad():
                fused = fuse_conv_bn_eval(convolution, normalization).requires_grad_(False)
            network.set_submodule(convolution_node.target, fused)
            network.set_submodule(node.target, nn.Identity())
            folded += 1
    return folded
