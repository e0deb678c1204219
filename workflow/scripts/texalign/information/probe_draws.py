"""Probes of images drawn anew within each class, so that representations can be compared on the same drawn images.

Nothing is learnt again: each image keeps the prediction that it got when it was left out, as it keeps its cluster in
draws of mutual information. How other images would have been learnt from is not in it.
"""

import numpy as np
from scipy.spatial.distance import squareform

from texalign.information.contingency import drawn_images
from texalign.information.probes import Probes


def probe_deviations(condensed: np.ndarray, probed: Probes, n_draws: int, seed: int) -> dict[str, np.ndarray]:
    """How each draw deviates from the mean of all draws, (n_draws,), by probe.

    `condensed`: the distances that `probed` is of. The images drawn are those of mutual information's draws.
    """
    classes = probed.classes
    counts = np.concatenate([_counted(drawn) for drawn in drawn_images(classes, n_draws, seed)])
    right = np.column_stack([probed.knn == classes, probed.linear.predictions == classes]).astype(np.float32)
    accuracies = counts @ right / len(classes)
    values = {
        "knn_accuracy": accuracies[:, 0],
        "linear_accuracy": accuracies[:, 1],
        "class_model_auc": drawn_auc(condensed, classes, probed.class_model.auc, counts),
    }
    return {name: drawn - drawn.mean(dtype=float) for name, drawn in values.items()}


def _counted(drawn: np.ndarray) -> np.ndarray:
    """How often each image was drawn, (n_draws, n) float32, from the images drawn, (n_draws, n)."""
    n_draws, n = drawn.shape
    codes = drawn + np.arange(n_draws)[:, None] * n
    return np.bincount(codes.ravel(), minlength=n_draws * n).reshape(n_draws, n).astype(np.float32)


def drawn_auc(condensed: np.ndarray, classes: np.ndarray, auc: float, counts: np.ndarray) -> np.ndarray:
    """AUC of the class model in draws of images, (n_draws,), but for terms of second order.

    A pair counts as the product of how often its images were drawn; an image and its own copy are no pair. The AUC is
    a mean over pairs of different classes and pairs of one class, of which a draw changes both weights: to first order
    it is the mean over the ones of their place among the others as they are, plus the other way round, less the AUC
    (Hajek's projection). Means over weighted pairs are products of matrices. `counts`: (n_draws, n), of each class as
    many as it has. Memory: 16 n^2 bytes.
    """
    between = np.concatenate([classes[i + 1 :] != classes[i] for i in range(len(classes))])
    apart, near = np.sort(condensed[between]), np.sort(condensed[~between])
    found = np.full(len(counts), -auc)
    # Above which share of the pairs of one class each pair of two classes is, and below which share of those it is.
    for own, others, above in ((between, near, True), (~between, apart, False)):
        places = _place(others, condensed[own])
        values, weights = np.zeros(len(condensed), np.float32), np.zeros(len(condensed), np.float32)
        values[own], weights[own] = places if above else 1 - places, 1
        found += _weighted(counts, squareform(values)) / _weighted(counts, squareform(weights))
    return found


def _place(ordered: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Share of the ordered values that each value is above, ties counting half."""
    return (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / (2 * len(ordered))


def _weighted(counts: np.ndarray, square: np.ndarray) -> np.ndarray:
    """Twice the sum over pairs of values weighted by both images' counts, (n_draws,)."""
    return np.einsum("bi,bi->b", counts @ square, counts, dtype=float)
