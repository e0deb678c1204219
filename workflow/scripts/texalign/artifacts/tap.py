"""What a layer of a study taps in its network: recorded in artifacts, taken by networks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from texalign.errors import TexalignError

LAST: Literal["last"] = "last"


@dataclass(frozen=True)
class Tap:
    """A module of a network, by its name there, and which of its calls in a pass.

    `call` counts from 1, or is `last`; None is for modules that run once. Written as text, `module` or `module@call`.
    """

    module: str
    call: int | Literal["last"] | None = None

    @classmethod
    def parse(cls, text: str) -> "Tap":
        """The tap that `str` wrote. Raises TexalignError for a call that is neither a number from 1 on nor `last`."""
        module, at, call = text.partition("@")
        if not at:
            return cls(module)
        if call == LAST:
            return cls(module, LAST)
        if not call.isdecimal() or int(call) < 1:
            raise TexalignError(f"{text!r}: the call of a module is a number, counted from 1, or {LAST}")
        return cls(module, int(call))

    def __str__(self) -> str:
        return self.module if self.call is None else f"{self.module}@{self.call}"


Taps = Mapping[str, Tap]
"""The tapped layers of a network, by their names in the study (`L1`, `L2`, ...), in the order of the study."""


def parse_taps(texts: Sequence[str]) -> dict[str, Tap]:
    """Tapped layers from texts `LAYER=MODULE` or `LAYER=MODULE@CALL`.

    Raises TexalignError for no text, one of another form, and a layer that is named twice.
    """
    if not texts:
        raise TexalignError("no layers to tap: the list of layers is empty")
    taps: dict[str, Tap] = {}
    for text in texts:
        layer, _, module = text.partition("=")
        if not layer or not module:
            raise TexalignError(
                f"{text!r} does not name a layer and its module; write LAYER=MODULE, such as L1=features.0"
            )
        if layer in taps:
            raise TexalignError(f"layer {layer} is named twice, as {taps[layer]} and as {module}; name it once")
        taps[layer] = Tap.parse(module)
    return taps


def numbered_taps(modules: Sequence[str | Tap]) -> dict[str, Tap]:
    """Taps of modules in order, as layers L1, L2, ...; the study's names where a config lists modules only."""
    taps = (module if isinstance(module, Tap) else Tap.parse(module) for module in modules)
    return {f"L{number}": tap for number, tap in enumerate(taps, start=1)}
