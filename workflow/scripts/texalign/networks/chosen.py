"""The layers of a study: chosen by rule into a table, or named and checked, before any network runs over images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from texalign.artifacts.layers import NAMED, SPREAD, TappedLayer
from texalign.artifacts.records import read_records, write_records
from texalign.artifacts.tap import Tap, Taps, numbered_taps
from texalign.errors import TexalignError
from texalign.networks.layers import LayerDescription, describe_layers, enough_layers
from texalign.networks.sources import Architecture
from texalign.networks.taps import unknown_modules


@dataclass(frozen=True)
class NamedLayers:
    """A network of a study whose config names the layers."""

    architecture: Architecture
    taps: Taps


def write_spread(
    path: str | Path,
    model: str,
    architecture: Architecture,
    count: int,
    image_size: int,
    activation: str,
    maps: str | None = None,
) -> None:
    """Choose `count` layers of the study's network `model` by the rule of `layers.spread_taps`, and write them.

    They are L1, L2, ... in the order of the rule, with what was seen of each.
    Raises TexalignError when the network has fewer that can be tapped.
    """
    described = describe_layers(architecture.build(), image_size, activation, count, maps)
    chosen = enough_layers(described, count, activation)
    taps = numbered_taps([layer.tap for layer in chosen])
    rows = [
        _seen(model, layer, tap, description) for (layer, tap), description in zip(taps.items(), chosen, strict=True)
    ]
    write_records(path, TappedLayer, rows)


def read_layers(path: str | Path, layers: Sequence[str]) -> dict[str, Tap]:
    """The taps of these layers in a table that `write_spread` wrote. Raises TexalignError for one that it lacks."""
    chosen = {row.layer: row.module for row in read_records(path, TappedLayer)}
    missing = [layer for layer in layers if layer not in chosen]
    if missing:
        raise TexalignError(f"{path}: has no layer {', '.join(missing)}; it has {', '.join(chosen)}")
    return {layer: Tap.parse(chosen[layer]) for layer in layers}


def write_study(
    path: str | Path, models: Sequence[str], named: Mapping[str, NamedLayers], spread: Mapping[str, str | Path]
) -> None:
    """One table of all layers of a study, once every module that the config names is found in its network.

    `named` and `spread`, the tables of layers that were chosen by rule, have the `models` between them. No weights are
    needed. Raises TexalignError naming every module that does not exist, over all networks, with the nearest ones, and
    every network that cannot be built.
    """
    problems = [
        f"networks.{model}: {problem}"
        for model in models
        if model in named and (problem := _problem(named[model])) is not None
    ]
    if problems:
        raise TexalignError("\n  ".join(["layers that the config names are not all there:", *problems]))
    rows: list[TappedLayer] = []
    for model in models:
        if model in named:
            rows += [TappedLayer(model, layer, str(tap), NAMED) for layer, tap in named[model].taps.items()]
        else:
            rows += read_records(spread[model], TappedLayer)
    write_records(path, TappedLayer, rows)


def _problem(entry: NamedLayers) -> str | None:
    try:
        wrong = unknown_modules(_skeleton(entry.architecture), entry.taps)
    except TexalignError as error:
        return str(error)
    return "; ".join(wrong) or None


def _skeleton(architecture: Architecture) -> nn.Module:
    """A network for the names of its modules: of packages without memory for its weights, where they can do without."""
    if architecture.source != "python":  # a user's own code runs once, as it is
        try:
            with torch.device("meta"):
                return architecture.build()
        except TexalignError:
            raise
        except Exception:  # whatever a package raises that needs the values of its initial weights: build them
            pass
    return architecture.build()


def _seen(model: str, layer: str, tap: Tap, seen: LayerDescription) -> TappedLayer:
    measured = {name: getattr(seen, name) for name in ("type", "axes", "channels", "height", "width", "depth")}
    return TappedLayer(model, layer, str(tap), SPREAD, **measured, nonlinearity=seen.after)
