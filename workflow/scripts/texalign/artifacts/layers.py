"""Tables of the layers that are tapped in networks: named by a study's config, or chosen by rule."""

from dataclasses import dataclass

from texalign.artifacts.records import column

NAMED, SPREAD = "config", "spread"


@dataclass(frozen=True)
class TappedLayer:
    """A layer of a network. Of one that a config names, what is measured in a pass is left empty: vectors have it."""

    model: str = column("network")
    layer: str = column("layer, numbered in order")
    module: str = column("module that it taps, with `@` and the call where it runs several times")
    chosen: str = column(f"who chose it: `{NAMED}`, or the rule of `{SPREAD}`")
    type: str | None = column("type of the module; as all below, empty where the config names the layer", default=None)
    axes: str | None = column("which axis of its output is which", default=None)
    channels: int | None = column("channels of its map", default=None)
    height: int | None = column("height of its map, in positions", default=None)
    width: int | None = column("width of its map, in positions", default=None)
    depth: float | None = column("share of the network's weighted maps computed by then, 0 to 1", default=None)
    nonlinearity: str | None = column(
        "the nonlinearity that its map goes into, or what else becomes of it", default=None
    )
