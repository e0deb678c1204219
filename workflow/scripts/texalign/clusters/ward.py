"""Ward's tree of images, cut into every number of clusters."""

import numpy as np
from scipy.cluster import hierarchy

from texalign.errors import TexalignError


def ward_linkage(condensed: np.ndarray) -> np.ndarray:
    """Ward's tree of n images, (n-1, 4) float64 as scipy's `linkage` gives it, from n(n-1)/2 condensed distances.

    Equal to scikit-learn's `AgglomerativeClustering(linkage="ward")` on vectors that have these Euclidean distances.
    Raises TexalignError when the distances are not finite or belong to no number of images.
    """
    return hierarchy.linkage(condensed, "ward")


def cut_all(linkage: np.ndarray, max_clusters: int) -> np.ndarray:
    """Labels of the cuts of one tree into 1 ... K clusters, (K, n) int16 (int32 from K = 32,768).

    Row k-1 holds the cut into k clusters. `linkage`: (n-1, 4) as from `ward_linkage`; K is `max_clusters`. A cut into k
    clusters makes exactly the first n - k merges, so that merges at equal heights never give fewer clusters. Clusters
    are numbered from 0 by their first images, as by scipy's `cut_tree`.

    Raises TexalignError unless 1 <= K <= n.
    """
    n = len(linkage) + 1
    if not 1 <= max_clusters <= n:
        raise TexalignError(f"cannot cut a tree of {n} images into 1 to {max_clusters} clusters")
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
