"""How much more, or less, one representation tells than another, with its uncertainty.

All representations, layers and networks of a study are resampled by the same drawn images, so that what they share in
the luck of the draw cancels in their differences (see `texalign.information.uncertainty`, `probe_draws`, and
`texalign.perception.agreement`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from texalign.artifacts.records import column
from texalign.artifacts.tables import Row
from texalign.errors import TexalignError
from texalign.information.deviations import LayerMeasure

# In the columns `model` and `layer`: the mean over all networks that have the layer, over all layers of the network.
MEAN = "*"


@dataclass(frozen=True)
class DifferenceRow:
    """A measure under a representation less that under the reference, at a layer or on a mean (`*`)."""

    measure: str = column(
        "what is compared: a column of the tables of mutual information, of probes, or of agreement by layer"
    )
    representation: str = column("texture representation")
    reference: str = column("the one that it is compared with")
    protocol: str = column("protocol of clustering")
    model: str = column("network, or * for the mean over networks")
    layer: str = column("layer, or * for the mean over layers")
    n_networks: int = column("networks that the mean is over")
    value: float = column("the measure under the representation, in its unit")
    reference_value: float = column("the measure under the reference")
    difference: float = column("value - reference_value")
    low: float = column("lower end of the difference's interval, from the same drawn images")
    high: float = column("upper end")
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
    """A measure, and how that of each draw of images deviates from the mean of all draws, (n_draws,), in its unit.

    `n_networks`: of how many networks it is the mean.
    """

    value: float
    deviations: np.ndarray
    n_networks: int = 1


ByPlace = dict[Place, Resampled]


def resampled_layers(
    measure: str, rows: Sequence[Row], deviations: Mapping[LayerMeasure, np.ndarray]
) -> dict[str, ByPlace]:
    """A measure at each layer of each network, and how it deviates in draws, by representation.

    `rows`: of a table of all layers that has the column `measure`; what is empty there is left out.

    Raises TexalignError when a layer has no deviations, or not as many as others.
    """
    found: dict[str, ByPlace] = {}
    expected: int | None = None
    for row in rows:
        if not row[measure]:
            continue
        place = Place(row["protocol"], row["model"], row["layer"])
        drawn = deviations.get((row["representation"], place.protocol, place.model, measure, place.layer))
        expected = len(drawn) if expected is None and drawn is not None else expected
        if drawn is None or len(drawn) != expected:
            number = "none" if drawn is None else f"{len(drawn)}, expected {expected}"
            raise TexalignError(
                f"{measure} of {row['representation']}, {', '.join(astuple(place))}: draws of images: {number}"
            )
        found.setdefault(row["representation"], {})[place] = Resampled(float(row[measure]), drawn)
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
    value = float(np.mean([part.value for part in parts]))
    return Resampled(value, np.mean([part.deviations for part in parts], axis=0), n_networks)


def difference_rows(
    measure: str, representations: Mapping[str, ByPlace], reference: str, confidence: float
) -> list[DifferenceRow]:
    """Every representation less `reference`, at every layer and mean.

    Intervals are basic bootstrap ones: how another sample of images of these classes would differ, with the clusters
    that there are, and the classifiers; of agreement with people, how other images would, judged by the same people.
    Networks are not resampled: a mean is of these networks. Draws that lack the measure under either representation
    are left out. The reference's own rows have the difference 0.

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
            raise TexalignError(
                f"{measure}: {name} and {reference} do not have the same networks, layers and protocols"
            )
        for place, value in own.items():
            difference = value.value - base[place].value
            lowest, highest = np.nanquantile(value.deviations - base[place].deviations, [tail, 1 - tail])
            found = (
                *(measure, name, reference, *astuple(place), value.n_networks, value.value, base[place].value),
                *(difference, difference - float(highest), difference - float(lowest)),
                *(confidence, len(value.deviations)),
            )
            rows.append(DifferenceRow(*found))
    return rows
