"""From an RDM to clusters of its images, in one call."""

import numpy as np

from texalign import names
from texalign.clusters.protocols import protocol_distances
from texalign.clusters.ward import cut_all, ward_linkage
from texalign.errors import TexalignError
from texalign.rdms.rdm import Rdm

# Of which dissimilarities a protocol takes what Ward sees.
_TAKES = {"unit": "cosine", "raw": "euclidean", "rdm_rows": "euclidean"}


def ward_labels(rdm: Rdm, n_clusters: int | None = None, protocol: str = "unit") -> np.ndarray:
    """Cluster of each image, (n,) int16, by Ward's method: 0 … n_clusters - 1, numbered by their first images.

    `n_clusters`: by default as many as the images have classes. `protocol`: what Ward sees, a name of
    `names.PROTOCOLS`; `unit` takes an RDM of cosine distances, the others one of Euclidean distances.

    Raises TexalignError for an unknown protocol, an RDM of the other dissimilarity, and unless there are at least 1 and
    at most n clusters.
    """
    if protocol not in names.PROTOCOLS:
        raise TexalignError(f"unknown protocol {protocol!r}; known: {', '.join(names.PROTOCOLS)}")
    if rdm.dissimilarity != _TAKES[protocol]:
        raise TexalignError(
            f"protocol {protocol} takes {_TAKES[protocol]} distances, and this RDM has {rdm.dissimilarity} ones; "
            f"make or open it with dissimilarity={_TAKES[protocol]!r}"
        )
    if n_clusters is None:
        n_clusters = len(set(rdm.classes))
    distances = protocol_distances(protocol, rdm.condensed, rdm.condensed)
    return cut_all(ward_linkage(distances), n_clusters)[-1]
