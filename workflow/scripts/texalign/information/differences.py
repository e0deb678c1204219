"""How much more, or less, one representation tells about the classes than another, with its uncertainty.

All representations, layers and networks of a study are resampled by the same drawn images (see
`texalign.information.uncertainty`), so that what they share in the luck of the draw cancels in their differences.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from texalign.artifacts.records import column
from texalign.artifacts.tables import Row
from texalign.errors import TexalignError
from texalign.information.rows import InferenceRow

# In the columns `model` and `layer`: the mean over all networks that have the layer, over all layers of the network.
MEAN = "*"


@dataclass(frozen=True)
class DifferenceRow:
    """Mutual information under a representation less that under the reference, at a layer or on a mean (`*`)."""

    representation: str = column("texture representation")
    reference: str = column("the one that it is compared with")
    protocol: str = column("protocol of clustering")
    model: str = column("network, or * for the mean over networks")
    layer: str = column("layer, or * for the mean over layers")
    n_networks: int = column("networks that the mean is over")
    mi_nsb_bits: float = column("mutual information under the representation, bits")
    reference_bits: float = column("mutual information under the reference, bits")
    difference_bits: float = column("mi_nsb_bits - reference_bits, bits")
    low_bits: float = column("lower end of the difference's interval, from the same drawn images, bits")
    high_bits: float = column("upper end, bits")
    confidence: float = column("confidence of the interval")
    n_bootstraps: int = column("draws of the images")


@dataclass(frozen=True)
class Place:
    """A layer of a network under a protocol, or a mean over layers, networks, or both (`MEAN`)."""

    protocol: str
    model: str
    layer: str


@dataclass(frozen=True)
class Resampled:
    """Mutual information, and how that of each draw of images deviates from the mean of all draws, (n_draws,); bits.

    `n_networks`: of how many networks it is the mean.
    """

    bits: float
    deviations: np.ndarray
    n_networks: int = 1


ByPlace = dict[Place, Resampled]


def resampled_layers(
    rows: Sequence[InferenceRow], deviations: Iterable[tuple[str, Sequence[Row]]]
) -> dict[str, ByPlace]:
    """What was estimated and resampled at each layer of each network, by representation.

    `rows`: the study's table of mutual information with its uncertainty. `deviations`: tables of deviations, each with
    its name: a row a draw, with columns representation, protocol, model, draw and one a layer.

    Raises TexalignError when a layer has no deviations, or not as many as others.
    """
    drawn: dict[tuple[str, Place], np.ndarray] = {}
    for name, table in deviations:
        if not table:
            raise TexalignError(f"{name}: has no rows")
        first = table[0]
        for layer in set(first) - {"representation", "protocol", "model", "draw"}:
            place = Place(first["protocol"], first["model"], layer)
            drawn[first["representation"], place] = np.array([float(row[layer]) for row in table])
    found: dict[str, ByPlace] = {}
    for row in rows:
        place = Place(row.protocol, row.model, row.layer)
        values = drawn.get((row.representation, place))
        if values is None or len(values) != row.n_bootstraps:
            raise TexalignError(
                f"deviations of {row.representation}, {', '.join(astuple(place))}: "
                f"{'none' if values is None else len(values)} for {row.n_bootstraps} draws"
            )
        found.setdefault(row.representation, {})[place] = Resampled(row.mi_nsb_bits, values)
    return found


def with_means(layers: ByPlace) -> ByPlace:
    """The same, and the means over a network's layers, over the networks that have a layer, and over networks of these
    means over layers.
    """
    found = dict(layers)
    for protocol in dict.fromkeys(place.protocol for place in layers):
        own = {place: value for place, value in layers.items() if place.protocol == protocol}
        models, names = ({getattr(place, key): None for place in own} for key in ("model", "layer"))
        for model in models:
            parts = [value for place, value in own.items() if place.model == model]
            found[Place(protocol, model, MEAN)] = _mean(parts, 1)
        for name in names:
            parts = [value for place, value in own.items() if place.layer == name]
            found[Place(protocol, MEAN, name)] = _mean(parts, len(parts))
        over_layers = [found[Place(protocol, model, MEAN)] for model in models]
        found[Place(protocol, MEAN, MEAN)] = _mean(over_layers, len(over_layers))
    return found


def _mean(parts: Sequence[Resampled], n_networks: int) -> Resampled:
    bits = float(np.mean([part.bits for part in parts]))
    return Resampled(bits, np.mean([part.deviations for part in parts], axis=0), n_networks)


def difference_rows(representations: Mapping[str, ByPlace], reference: str, confidence: float) -> list[DifferenceRow]:
    """Every representation less `reference`, at every layer and mean.

    Intervals are basic bootstrap ones: how another sample of images of these
    classes would fall into the clusters there are. Networks are not resampled: a mean is of these networks. The
    reference's own rows have the difference 0.

    Raises TexalignError when there is no such reference, or a representation has other layers than it.
    """
    if reference not in representations:
        raise TexalignError(f"no representation {reference} to compare with; there are {', '.join(representations)}")
    tail = (1 - confidence) / 2
    base = with_means(representations[reference])
    rows: list[DifferenceRow] = []
    for name, layers in representations.items():
        own = with_means(layers)
        if set(own) != set(base):
            raise TexalignError(f"{name} and {reference} do not have the same networks, layers and protocols")
        for place, value in own.items():
            difference = value.bits - base[place].bits
            lowest, highest = np.quantile(value.deviations - base[place].deviations, [tail, 1 - tail])
            found = (
                *(name, reference, *astuple(place), value.n_networks, value.bits, base[place].bits, difference),
                *(difference - float(highest), difference - float(lowest), confidence, len(value.deviations)),
            )
            rows.append(DifferenceRow(*found))
    return rows
