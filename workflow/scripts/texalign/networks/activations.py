"""The nonlinearity that a network itself applies to a tapped map: found by following the map through a pass.

A map that the network never has is a wrong number, so nothing is applied that was not seen to be.
"""

import weakref
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

# Operations of torch that act on each entry by itself and bend it; in-place ones have the same name with a _ behind it.
NONLINEAR = {
    *("relu", "hardtanh", "leaky_relu", "elu", "gelu", "silu", "mish", "hardswish", "hardsigmoid", "sigmoid", "tanh"),
    *("softplus", "threshold", "clamp_min", "log_sigmoid_forward", "_prelu_kernel", "rrelu_with_noise"),
    *("relu6", "selu", "celu", "prelu", "log_sigmoid"),
}
# Operations that move entries or choose among them, so that a nonlinearity before or after is the same.
CARRYING = {
    *("view", "_unsafe_view", "reshape", "permute", "transpose", "t", "clone", "detach", "alias", "contiguous"),
    *("unsqueeze", "squeeze", "flatten", "expand", "slice", "select", "split", "chunk", "copy_", "_to_copy", "roll"),
    *("_reshape_alias", "lift_fresh", "unbind", "native_channel_shuffle", "channel_shuffle", "pixel_shuffle"),
    *("swapaxes", "movedim", "unflatten", "narrow", "view_as", "reshape_as", "to"),
}
# What is made of maps after a nonlinearity counts as after it too.
KEEPING = CARRYING | {
    *("max_pool2d", "max_pool2d_with_indices", "avg_pool2d", "_adaptive_avg_pool2d", "adaptive_avg_pool2d"),
    *(
        "adaptive_max_pool2d",
        "mean",
        "mkldnn_max_pool2d",
        "cat",
        "concat",
        "constant_pad_nd",
        "upsample_bilinear2d",
        "upsample_nearest2d",
    ),
}


@dataclass(frozen=True)
class Nonlinearity:
    """A function of each entry of a map, and what it is called."""

    name: str
    function: Callable[[Tensor], Tensor] = field(compare=False)


AS_IT_IS = Nonlinearity("as it is put out", lambda maps: maps)
ALREADY = Nonlinearity("already after a nonlinearity", AS_IT_IS.function)


def _name(operation: object) -> str:
    return operation.overloadpacket.__name__


def _applied(operation: object, arguments: tuple, options: dict) -> Nonlinearity:
    """What was applied in a pass, in place or not, as a function that leaves its argument alone."""
    name = _name(operation).removesuffix("_")
    if name == "relu":
        return Nonlinearity(name, torch.relu)
    packet = getattr(torch.ops.aten, name)
    stated = "".join(f", {value}" for value in (*arguments, *options.values()) if not isinstance(value, Tensor))
    return Nonlinearity(name + (f" ({stated[2:]})" if stated else ""), lambda maps: packet(maps, *arguments, **options))


def _gated(factor: float) -> Nonlinearity:
    """x sigmoid(c x), as functions of users write SiLU (c = 1) and CLIP's approximation of GELU (c = 1.702)."""
    return Nonlinearity(f"x sigmoid({factor:g} x)", lambda maps: maps * torch.sigmoid(factor * maps))


@dataclass
class _Followed:
    """A tapped map, and what became of it."""

    active: bool
    nonlinearities: dict[str, Nonlinearity] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)


class Follower(TorchDispatchMode):
    """Within this context, what becomes of the maps handed to `follow` is noted, under the names given there."""

    def __init__(self) -> None:
        super().__init__()
        self._followed: dict[str, _Followed] = {}
        # By the identity of tensors, which are kept alive: the names of maps, and factors they were multiplied by.
        self._marked: dict[int, tuple[Tensor, set[str], float | None]] = {}
        self._gates: dict[int, tuple[Tensor, set[str], float]] = {}
        self._active: dict[int, weakref.ref] = {}

    def follow(self, name: str, maps: Tensor) -> None:
        """Note from now on what becomes of `maps`."""
        self._followed[name] = _Followed(self._is_active(maps))
        known = self._marked.get(id(maps))
        self._marked[id(maps)] = (maps, {name} | (known[1] if known else set()), None)

    def found(self, name: str) -> Nonlinearity | str:
        """The nonlinearity that a map went into or came out of, or what else became of it, in words."""
        followed = self._followed[name]
        if followed.active:
            return ALREADY
        if len(followed.nonlinearities) == 1:
            return next(iter(followed.nonlinearities.values()))
        if followed.nonlinearities:
            return f"it goes into several nonlinearities: {', '.join(followed.nonlinearities)}"
        went = list(dict.fromkeys(followed.others))
        return f"it goes into {', '.join(went[:4])}" if went else "nothing in the network takes it up"

    def _is_active(self, tensor: Tensor) -> bool:
        reference = self._active.get(id(tensor))
        return reference is not None and reference() is tensor

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        result = operation(*args, **kwargs)
        name = _name(operation)
        taken = [value for argument in args for value in _tensors(argument)]
        base = name.removesuffix("_")
        made = list(_tensors(result))
        if base in NONLINEAR or (base in KEEPING and taken and all(map(self._is_active, taken))):
            self._active.update({id(tensor): weakref.ref(tensor) for tensor in made})
        else:
            for tensor in made:
                self._active.pop(id(tensor), None)
        for tensor in taken:
            if id(tensor) in self._marked:
                self._note(operation, base, tensor, args, kwargs, made)
        if name.endswith("_") and taken:  # its value is another one now
            self._marked.pop(id(taken[0]), None)
        return result

    def _note(self, operation, base: str, tensor: Tensor, args: tuple, kwargs: dict, made: list[Tensor]) -> None:
        _, names, factor = self._marked[id(tensor)]
        if base in CARRYING:
            for one in made:
                if one is not tensor:
                    self._marked[id(one)] = (one, names, factor)
            return
        if base == "mul" and factor is None:
            others = [value for value in args if value is not tensor]
            if others and isinstance(others[0], int | float):
                self._marked[id(made[0])] = (made[0], names, float(others[0]))
                return
            if others and isinstance(others[0], Tensor) and id(others[0]) in self._gates:
                _, gate_names, gate_factor = self._gates[id(others[0])]
                for name in names & gate_names:
                    self._followed[name].nonlinearities.pop("sigmoid", None)
                    gated = _gated(gate_factor)
                    self._followed[name].nonlinearities[gated.name] = gated
                self._active[id(made[0])] = weakref.ref(made[0])
                return
        if base == "sigmoid":
            self._gates[id(made[0])] = (made[0], names, factor or 1.0)
        for name in names:
            plain = not any(isinstance(value, Tensor) for value in args[1:])  # not with weights, as PReLU has
            if base in NONLINEAR and factor is None and args[0] is tensor and plain:
                applied = _applied(operation, args[1:], kwargs)
                self._followed[name].nonlinearities[applied.name] = applied
            elif base != "sigmoid":
                self._followed[name].others.append(base)


def _tensors(value: object) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, list | tuple):
        return [one for one in value if isinstance(one, Tensor)]
    return []
