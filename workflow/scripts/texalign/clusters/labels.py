"""From an RDM to clusters of its images, in one call."""

import numpy as np

from texalign.clusters.protocols import registry
from texalign.clusters.ward import cut_all, ward_linkage
from texalign.errors import TexalignError
from texalign.rdms.rdm import Rdm


def ward_labels(rdm: Rdm, n_clusters: int | None = None, protocol: str = "unit") -> np.ndarray:
    """Cluster of each image, (n,) int16, by Ward's method: 0 … n_clusters - 1, numbered by their first images.

    `n_clusters`: by default as many as the images have classes. `protocol`: what Ward sees, a name of
    `names.PROTOCOLS`, which says what the RDM has to hold: cosine distances for `unit`, Euclidean ones for `raw`.

    Raises TexalignError for an unknown protocol, an RDM of the other dissimilarity, and unless there are at least 1 and
    at most n clusters.
    """
    entry = registry.get(protocol)
    if rdm.dissimilarity != entry.dissimilarity:
        raise TexalignError(
            f"protocol {protocol} takes {entry.dissimilarity} distances, and this RDM has {rdm.dissimilarity} ones; "
            f"make or open it with dissimilarity={entry.dissimilarity!r}"
        )
    if n_clusters is None:
        n_clusters = len(set(rdm.classes))
    return cut_all(ward_linkage(entry.distances(rdm.condensed)), n_clusters)[-1]
