"""Ward clusterings of images from the dissimilarities of their Gram vectors: one tree, cut many times."""

import numpy as np
from scipy.cluster import hierarchy
from scipy.spatial.distance import num_obs_y, squareform

PROTOCOLS = ("unit_gram", "gram", "rdm_rows")

# Below this share of |x_i|^2 + |x_j|^2, a squared distance taken from inner products has lost too many digits.
_CANCELLATION = 1e-6
_BLOCK_ROWS = 512


def protocol_distances(protocol: str, euclidean: np.ndarray, cosine: np.ndarray) -> np.ndarray:
    """Distances between images that Ward's method sees under a protocol, n(n-1)/2 float64 in scipy's condensed order.

    `euclidean`, `cosine`: distances between the images' Gram vectors, n(n-1)/2 each, in the same order.

    - `unit_gram`: Euclidean distances of the Gram vectors scaled to length 1, sqrt(2 cosine distance);
    - `gram`: Euclidean distances of the Gram vectors as they are;
    - `rdm_rows`: Euclidean distances between the rows of the square Euclidean matrix; 12 n^2 bytes and two blocks of
      512 n doubles (430 MB for 5,640 images) beside the inputs, and n^3 floating-point operations.

    Raises ValueError for an unknown protocol, lengths that differ or belong to no number of images, and distances that
    are not finite or are negative by more than rounding.
    """
    if protocol not in PROTOCOLS:
        raise ValueError(f"unknown protocol {protocol!r}; choose from {', '.join(PROTOCOLS)}")
    if len(euclidean) != len(cosine):
        raise ValueError(f"{len(euclidean)} Euclidean but {len(cosine)} cosine distances")
    num_obs_y(euclidean)  # raises ValueError unless the length is n(n-1)/2
    if not (np.isfinite(euclidean).all() and np.isfinite(cosine).all()):
        raise ValueError("a distance is not finite")
    distances = _non_negative(cosine if protocol == "unit_gram" else euclidean)
    if protocol == "unit_gram":
        return np.sqrt(2 * distances)
    if protocol == "gram":
        return distances
    return _row_distances(distances)


def ward_linkage(condensed: np.ndarray) -> np.ndarray:
    """Ward's tree of n images, (n-1, 4) float64 as scipy's `linkage` gives it, from n(n-1)/2 condensed distances.

    Equal to scikit-learn's `AgglomerativeClustering(linkage="ward")` on vectors that have these Euclidean distances.
    Raises ValueError when the distances are not finite or belong to no number of images.
    """
    return hierarchy.linkage(condensed, "ward")


def cut_all(linkage: np.ndarray, max_clusters: int) -> np.ndarray:
    """Labels of the cuts of one tree into 1 ... K clusters, (K, n) int16 (int32 from K = 32,768).

    Row k-1 holds the cut into k clusters. `linkage`: (n-1, 4) as from `ward_linkage`; K is `max_clusters`. A cut into k
    clusters makes exactly the first n - k merges, so that merges at equal heights never give fewer clusters. Clusters
    are numbered from 0 by their first images, as by scipy's `cut_tree`.

    Raises ValueError unless 1 <= K <= n.
    """
    n = len(linkage) + 1
    if not 1 <= max_clusters <= n:
        raise ValueError(f"cannot cut a tree of {n} images into 1 to {max_clusters} clusters")
    merged = linkage[:, :2].astype(np.int64)  # merge t makes node n + t; nodes below n are images
    labels = np.empty((max_clusters, n), dtype=np.int16 if max_clusters < 2**15 else np.int32)
    roots = _cluster_of_each_image(merged, n - max_clusters)
    nodes, first, codes = np.unique(roots, return_index=True, return_inverse=True)
    by_appearance = np.argsort(first)
    labels[-1] = np.argsort(by_appearance)[codes]
    clusters = nodes[by_appearance].tolist()  # the tree's node of each label
    for k in range(max_clusters - 1, 0, -1):
        # Labels follow the clusters' first images, so the merged cluster takes the smaller one, and those above the
        # larger move down by one: the order of first appearance holds.
        kept, dropped = sorted(clusters.index(node) for node in merged[n - k - 1])
        relabel = np.arange(k + 1, dtype=labels.dtype)
        relabel[dropped] = kept
        relabel[dropped + 1 :] -= 1
        labels[k - 1] = relabel[labels[k]]
        clusters[kept] = 2 * n - k - 1
        del clusters[dropped]
    return labels


def _cluster_of_each_image(merged: np.ndarray, n_merges: int) -> np.ndarray:
    """The topmost node over each of n images after the tree's first `n_merges` merges, (n,) int64."""
    n = len(merged) + 1
    top = list(range(n + n_merges))
    for merge, (left, right) in reversed(list(enumerate(merged[:n_merges].tolist()))):
        top[left] = top[right] = top[n + merge]
    return np.array(top[:n], dtype=np.int64)


def _non_negative(distances: np.ndarray) -> np.ndarray:
    """A float64 copy of distances, what rounding took below zero set to zero."""
    copy = np.array(distances, dtype=np.float64)
    if copy.min() < -1e-5 * copy.max():
        raise ValueError(f"a distance is negative: {copy.min()}")
    return np.maximum(copy, 0, out=copy)


def _row_distances(condensed: np.ndarray) -> np.ndarray:
    """Euclidean distances between the rows of the square matrix of `condensed`, which is overwritten with them.

    From inner products, in blocks of rows of one triangle: n^3 operations of matrix multiplication, where pdist's 1.5
    n^3 are plain loops. Columns are centred first, which moves all rows alike and keeps the products small; pairs so
    close that the subtraction still cancels are computed directly.
    """
    rows = squareform(condensed)
    rows -= rows.mean(axis=0)
    squares = np.einsum("ij,ij->i", rows, rows)
    n = len(rows)
    start = 0
    for first in range(0, n, _BLOCK_ROWS):
        products = rows[first : first + _BLOCK_ROWS] @ rows[first:].T
        for i, row in enumerate(products, start=first):
            others = slice(i + 1, n)
            sums = squares[i] + squares[others]
            squared = sums - 2 * row[i + 1 - first :]
            for close in _blocks(np.flatnonzero(squared < _CANCELLATION * sums)):
                differences = rows[others][close] - rows[i]
                squared[close] = np.einsum("ij,ij->i", differences, differences)
            np.sqrt(squared, out=condensed[start : start + len(squared)])
            start += len(squared)
    return condensed


def _blocks(indices: np.ndarray) -> list[np.ndarray]:
    return [indices[start : start + _BLOCK_ROWS] for start in range(0, len(indices), _BLOCK_ROWS)]
