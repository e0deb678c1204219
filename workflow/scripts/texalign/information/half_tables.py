"""Tables of what trees on halves of the images give: by half, by layer, and by network."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from texalign import names
from texalign.artifacts.records import column
from texalign.errors import TexalignError
from texalign.information.halves import choose_across_halves
from texalign.information.intervals import tree_interval
from texalign.information.rows import MiRow, OfLayer, joined


@dataclass(frozen=True)
class HalfRow(OfLayer):
    """One measure of the clusters of one half of the images."""

    split: int = column("split of the images into halves, from 1; the same for every layer, network and protocol")
    half: str = column("a or b")
    n_images: int = column("images of the half")
    measure: str = column("measure of agreement of the half's clusters with the classes")
    value: float = column("its value")


@dataclass(frozen=True)
class TreeRow(OfLayer):
    """How much the information at a layer owes to the images, tree and all."""

    mi_nsb_bits: float = column("mutual information on all images, bits")
    tree_low_bits: float = column("lower end of what other images of these classes would give, tree rebuilt, bits")
    tree_high_bits: float = column("upper end, bits")
    tree_sd_bits: float = column("standard error of the estimate from other images, tree rebuilt, bits")
    halves_mean_bits: float = column("mean of the halves, bits: what half as many images give")
    confidence: float = column("confidence of the interval")
    n_splits: int = column("splits of the images into halves")


@dataclass(frozen=True)
class BestOnHalvesRow:
    """What a network's best layer is worth when it is chosen on one half of the images and read on the other."""

    representation: str = column("texture representation")
    protocol: str = column("protocol of clustering")
    model: str = column("network")
    measure: str = column("measure by which the layer is chosen")
    layer: str = column("best layer on all images")
    value: float = column("its value on all images")
    chosen_value: float = column(
        "value of the best layer on the half that it is chosen on, mean over splits and halves"
    )
    read_value: float = column("value of the same layer on the other half, mean over splits and halves")
    optimism: float = column("chosen_value - read_value: what choosing adds, for half of the images")
    layer_share: float = column("how often the best layer on all images is the one chosen on a half")
    n_splits: int = column("splits of the images into halves")


Layer = tuple[str, str, str, str]


def tree_rows(halves: Iterable[HalfRow], mi: Sequence[MiRow], confidence: float) -> list[TreeRow]:
    """Rows of every layer in the order of the table of mutual information, `mi`.

    Raises TexalignError when a layer has no halves, or lacks one.
    """
    by_layer = _by_layer(halves, "mi_nsb_bits")
    rows = []
    for row in mi:
        values = _of_layer(by_layer, row)
        interval, sd = tree_interval(row.mi_nsb_bits, values, confidence)
        rows.append(
            joined(
                TreeRow,
                row,
                tree_low_bits=interval.low_bits,
                tree_high_bits=interval.high_bits,
                tree_sd_bits=sd,
                halves_mean_bits=float(values.mean()),
                confidence=confidence,
                n_splits=len(values),
            )
        )
    return rows


def best_on_halves(halves: Iterable[HalfRow], mi: Sequence[MiRow], measure: str) -> list[BestOnHalvesRow]:
    """A row for each representation, protocol and network; `mi`, `measure` as for `tree_rows` and `names.MEASURES`.

    Raises TexalignError when a layer has no halves of this measure, or lacks one.
    """
    if measure not in names.MEASURES:
        raise TexalignError(f"{measure!r} is no measure of clusters; choose from {', '.join(names.MEASURES)}")
    sign = -1 if measure in names.LOWER_IS_BETTER else 1
    by_layer = _by_layer(halves, measure)
    networks: dict[tuple[str, str, str], list[MiRow]] = {}
    for row in mi:
        networks.setdefault((row.representation, row.protocol, row.model), []).append(row)
    rows = []
    for (representation, protocol, model), layers in networks.items():
        layers = sorted(layers, key=lambda row: row.position)
        values = np.stack([_of_layer(by_layer, row) for row in layers])
        found = choose_across_halves(values, higher_is_better=sign > 0)
        best = int(np.argmax([sign * getattr(row, measure) for row in layers]))
        rows.append(
            BestOnHalvesRow(
                representation=representation,
                protocol=protocol,
                model=model,
                measure=measure,
                layer=layers[best].layer,
                value=getattr(layers[best], measure),
                chosen_value=found.chosen,
                read_value=found.read,
                optimism=found.optimism,
                layer_share=float(found.shares[best]),
                n_splits=values.shape[1],
            )
        )
    return rows


def _by_layer(halves: Iterable[HalfRow], measure: str) -> Mapping[Layer, list[HalfRow]]:
    by_layer: dict[Layer, list[HalfRow]] = {}
    for row in halves:
        if row.measure == measure:
            by_layer.setdefault(row.key, []).append(row)
    return by_layer


def _of_layer(by_layer: Mapping[Layer, list[HalfRow]], row: MiRow) -> np.ndarray:
    """Values of both halves of each split, (n_splits, 2)."""
    layer = row.key
    found = {(half.split, half.half): half.value for half in by_layer.get(layer, [])}
    splits = sorted({split for split, _ in found})
    complete = {(split, half) for split in splits for half in "ab"}
    if not found or set(found) != complete or len(found) != len(by_layer[layer]):
        raise TexalignError(
            f"the halves of {', '.join(layer)} are missing or not complete; make them anew: --forcerun resample_trees"
        )
    return np.array([[found[split, half] for half in "ab"] for split in splits])
