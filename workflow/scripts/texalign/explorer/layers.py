"""What the explorer has of one layer: its RDM, each image's neighbours, and the trees of all protocols."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import leaves_list
from scipy.spatial.distance import squareform

from texalign.explorer.coding import coded
from texalign.explorer.nearest import NearestImages, nearest
from texalign.explorer.parts import encoded

# How many of an image's neighbours are shown.
NEIGHBOURS = 10


@dataclass(frozen=True)
class Tree:
    """A Ward tree of n images: `order`, its leaves from left to right, and the `clusters` of one cut, (n,) each."""

    order: np.ndarray
    clusters: np.ndarray

    @classmethod
    def of(cls, linkage: np.ndarray, clusters: np.ndarray) -> "Tree":
        """The tree of a linkage, (n-1, 4), as scipy draws it, so that a cluster's images lie side by side."""
        return cls(leaves_list(linkage), clusters)


def layer_part(condensed: np.ndarray, trees: Mapping[str, Tree]) -> dict[str, object]:
    """A layer's part of the explorer, from its condensed dissimilarities, (n(n-1)/2,), and trees by protocol.

    Memory: a square float32 RDM beside the condensed one. Raises TexalignError when no dissimilarity is finite.
    """
    square = squareform(condensed, checks=False)
    bytes_ = coded(condensed)
    return {
        "n": len(square),
        "codes": encoded(bytes_.codes),
        "edges": bytes_.edges.tolist(),
        "limits": list(bytes_.limits),
        "neighbours": neighbours_part(nearest(square, NEIGHBOURS)),
        "trees": {
            protocol: {
                "order": encoded(tree.order.astype(np.int32)),
                "clusters": encoded(tree.clusters.astype(np.int32)),
                "count": int(tree.clusters.max()) + 1,
            }
            for protocol, tree in trees.items()
        },
    }


def neighbours_part(found: NearestImages) -> dict[str, object]:
    """Nearest images as the page reads them: `count` of each image, one image after the other."""
    return {
        "count": found.images.shape[1],
        "images": encoded(found.images),
        "distances": encoded(found.distances),
    }
