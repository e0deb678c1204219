"""What goes on the map of RDMs: images that all of it shares, and people's and the classes' RDMs of them."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from scipy.spatial.distance import squareform

from texalign.errors import TexalignError
from texalign.perception.agreement import subset
from texalign.perception.evidence import Evidence, HumanRdms
from texalign.perception.rows import ComparedRow
from texalign.rdms.comparison import Comparison

CLASS_MODEL = "classes"
PEOPLE = "people"


@dataclass(frozen=True)
class Mapped:
    """An RDM on the map: `name`, as `alexnet/L5` or `people/descriptions`, and square dissimilarities, (n, n)."""

    name: str
    square: np.ndarray


def on_map(people: Mapping[str, Evidence]) -> dict[str, HumanRdms]:
    """The evidence that has a dissimilarity for every pair of its images, once observers are averaged."""
    rdms = {name: own for name, own in people.items() if isinstance(own, HumanRdms)}
    return {name: own for name, own in rdms.items() if not np.isnan(own.dissimilarities).all(axis=0).any()}


def drawn_images(
    n: int, people: Mapping[str, Evidence], classes: np.ndarray | None, most: int, seed: int
) -> np.ndarray:
    """Rows of the images to compare by, ascending: those that all people judged, drawn down to `most` of them.

    Drawn evenly over the classes where there are any. Raises TexalignError when fewer than 10 are left.
    """
    judged = reduce(np.intersect1d, [own.rows for own in on_map(people).values()], np.arange(n))
    if len(judged) < 10:
        raise TexalignError(f"only {len(judged)} images were judged in all of the human evidence; a map needs 10")
    rng = np.random.default_rng([seed, 10])
    order = rng.permutation(len(judged))
    if classes is not None:
        # The first of every class, then the second, and so on.
        own = classes[judged[order]]
        turn = np.array([np.sum(own[:place] == code) for place, code in enumerate(own)])
        order = order[np.argsort(turn, kind="stable")]
    return np.sort(judged[order[:most]])


def square_of(condensed: np.ndarray, n: int, rows: np.ndarray) -> np.ndarray:
    """Square dissimilarities, (len(rows), len(rows)), of some of n images."""
    if len(condensed) != n * (n - 1) // 2:
        raise TexalignError(f"{len(condensed)} dissimilarities for {n} images")
    return squareform(subset(condensed, rows).astype(float))


def human_squares(people: Mapping[str, Evidence], classes: np.ndarray | None, rows: np.ndarray) -> list[Mapped]:
    """RDMs of the class model and of people (the mean over observers) for some of the study's images."""
    found = []
    if classes is not None:
        found.append(Mapped(CLASS_MODEL, (classes[rows, None] != classes[rows]).astype(float)))
    for name, own in on_map(people).items():
        mean = np.nanmean(own.dissimilarities, axis=0)
        places = np.searchsorted(own.rows, rows)
        found.append(Mapped(f"{PEOPLE}/{name}", squareform(subset(mean, places).astype(float))))
    return found


def comparable(mapped: Sequence[Mapped]) -> list[Mapped]:
    """Those RDMs that have an order: all dissimilarities defined, and not all equal. Others are said in the log.

    Raises TexalignError when none is left.
    """
    found = []
    for own in mapped:
        values = squareform(own.square, checks=False)
        if np.isnan(values).any():
            logging.warning("%s is not on the map: some of its dissimilarities are not defined", own.name)
        elif values.min() == values.max():
            logging.warning("%s is not on the map: all of its dissimilarities are equal", own.name)
        else:
            found.append(own)
    if not found:
        raise TexalignError("no RDM can be compared: dissimilarities of all of them are undefined, or all equal")
    return found


def compared_rows(compared: Comparison, names: Sequence[str], n_images: int) -> list[ComparedRow]:
    """Rows of the table of the map: one a pair of RDMs, each pair once, and each RDM with itself."""
    return [
        ComparedRow(
            measure=compared.measure,
            first=names[i],
            second=names[j],
            value=float(compared.values[i, j]),
            null_mean=float(compared.null_mean[i, j]),
            null_sd=float(compared.null_sd[i, j]),
            null_p=float(compared.p[i, j]),
            n_images=n_images,
        )
        for i in range(len(names))
        for j in range(i, len(names))
    ]
