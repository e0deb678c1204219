"""Feature maps of one module, taken by a plain hook and laid out by hand, for tests of what the library measures."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

Reading = Callable[[Tensor], Tensor]


def plain_gram(network: nn.Module, module: str, images: Tensor, to_positions: Reading, bend: Reading) -> Tensor:
    """Gram matrices (n, C, C), float64, of a module's output at its only call: `bend` is the nonlinearity that follows,
    `to_positions` makes (n, positions, C) of the output."""
    kept: list[Tensor] = []
    hook = network.get_submodule(module).register_forward_hook(lambda _m, _i, output: kept.append(_copy(output)))
    with torch.no_grad():
        network(images)
    hook.remove()
    (output,) = kept
    rows = to_positions(bend(output)).double()
    return torch.einsum("npi,npj->nij", rows, rows)


def _copy(output: object) -> Tensor:
    return (output[0] if isinstance(output, tuple) else output).clone()


def first(output: Tensor) -> Tensor:
    """Channels first: (n, C, h, w)."""
    return output.flatten(2).transpose(1, 2)


def last(output: Tensor) -> Tensor:
    """Channels last: (n, h, w, C)."""
    return output.flatten(1, 2)


def tokens(prefix: int) -> Reading:
    """Tokens (n, T, C), without the first `prefix`."""
    return lambda output: output[:, prefix:]


def vector(output: Tensor) -> Tensor:
    """Vectors (n, C)."""
    return output[:, None]
