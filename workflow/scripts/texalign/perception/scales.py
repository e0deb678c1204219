"""Ratings of images on scales (rough to smooth, regular to random, ...) as dissimilarities."""

from pathlib import Path

import numpy as np
from scipy.spatial.distance import pdist

from texalign.errors import TexalignError
from texalign.images.index import ImageIndex
from texalign.perception.evidence import HumanRdms, condensed_positions
from texalign.perception.matching import ImageNames
from texalign.perception.triplets import read_table


def read_scales(path: str | Path, index: ImageIndex) -> HumanRdms:
    """Euclidean distances of ratings: a table with columns `image`, perhaps `observer`, and one column a scale.

    Ratings are taken in units of their standard deviation over the observer's images, so that no scale counts more for
    having larger numbers; a scale that an observer used for one value only counts nothing. Every cell is a number.
    Observers may have rated different images.

    Raises TexalignError naming file, line and column for what is not a number or rated twice, an observer of fewer than
    3 images, no scales, and as `ImageNames.coverage` and `HumanRdms`.
    """
    columns, rows = read_table(path)
    scales = [column for column in columns if column not in ("image", "observer")]
    if "image" not in columns or not scales:
        raise TexalignError(f"{path}: needs a column `image` and one or more scales; it has {', '.join(columns)}")
    names = ImageNames(index)
    unknown: list[str] = []
    ratings: dict[str, dict[int, list[float]]] = {}
    for number, row in rows:
        place = f"{path}, line {number}"
        image = names.row(row["image"], place)
        values = [_number(row[scale], f"{place}, column {scale}") for scale in scales]
        if image is None:
            unknown.append(row["image"])
            continue
        own = ratings.setdefault(row.get("observer", "everyone"), {})
        if image in own:
            raise TexalignError(f"{place}: {row['image']} is rated twice by the same observer")
        own[image] = values
    coverage = names.coverage(path, unknown, (image for own in ratings.values() for image in own))
    judged = np.array(sorted({image for own in ratings.values() for image in own}))
    dissimilarities = np.full((len(ratings), len(judged) * (len(judged) - 1) // 2), np.nan, np.float32)
    for observer, (name, own) in enumerate(ratings.items()):
        if len(own) < 3:
            raise TexalignError(
                f"{path}: observer {name} rated {len(own)} image(s) of the study, at least 3 are needed"
            )
        images = np.array(sorted(own))
        places = np.searchsorted(judged, images)
        i, j = np.triu_indices(len(places), 1)
        distances = pdist(_standardised(np.array([own[image] for image in images])))
        dissimilarities[observer, condensed_positions(len(judged), places[i], places[j])] = distances
    return HumanRdms(judged, tuple(ratings), dissimilarities, coverage)


def _number(cell: str, place: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise TexalignError(f"{place}: {cell!r} is not a finite number")
    return value


def _standardised(ratings: np.ndarray) -> np.ndarray:
    spread = ratings.std(axis=0)
    return (ratings - ratings.mean(axis=0)) / np.where(spread > 0, spread, 1)
