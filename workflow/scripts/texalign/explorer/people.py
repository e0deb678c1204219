"""The images that people find nearest to each image, where their judgements tell."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from scipy.spatial.distance import squareform

from texalign.artifacts.hdf5 import read_attributes
from texalign.explorer.layers import NEIGHBOURS, neighbours_part
from texalign.explorer.nearest import NearestImages, nearest
from texalign.images.index import ImageIndex, check_origin
from texalign.perception.evidence import Evidence, HumanRdms
from texalign.perception.storage import read_joined


def human_neighbours(evidence: HumanRdms, n: int) -> NearestImages:
    """Nearest images in the mean over observers, as rows of the study's n images; of images not judged, none.

    A pair that nobody judged has no dissimilarity.
    """
    judged = ~np.isnan(evidence.dissimilarities)
    counts = judged.sum(axis=0)
    sums = np.where(judged, evidence.dissimilarities, 0).sum(axis=0, dtype=np.float64)
    mean = np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)
    own = nearest(squareform(mean.astype(np.float32), checks=False), NEIGHBOURS)
    count = own.images.shape[1]
    images, distances = np.full((n, count), -1, np.int32), np.full((n, count), np.nan, np.float32)
    images[evidence.rows] = np.where(own.images < 0, -1, evidence.rows[own.images])
    distances[evidence.rows] = own.distances
    return NearestImages(images, distances)


def people_parts(files: Iterable[str | Path], index: ImageIndex) -> list[dict[str, object]]:
    """What the page has of every body of judgements, `<name>.h5`; of choices in triplets, only how many there are.

    Raises TexalignError for evidence of other images.
    """
    return [_part(Path(path).stem, _read(path, index), len(index)) for path in files]


def _read(path: str | Path, index: ImageIndex) -> Evidence:
    check_origin(path, read_attributes(path), index)
    return read_joined(path).evidence


def _part(name: str, evidence: Evidence, n: int) -> dict[str, object]:
    if not isinstance(evidence, HumanRdms):
        return {"name": name, "trials": len(evidence.votes)}
    found = neighbours_part(human_neighbours(evidence, n))
    return {"name": name, "observers": len(evidence.observers), "judged": len(evidence.rows), "neighbours": found}
