"""RDMs against RDMs: layers of networks, handmade front ends, the class model and people, on one map.

Three views of two RDMs: Spearman's correlation of their dissimilarities, linear CKA of the kernels behind them, and the
share of mutual nearest neighbours. Each is compared with what permuted images give.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import fft
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform
from scipy.stats import rankdata

from texalign.errors import TexalignError


@dataclass(frozen=True)
class Comparison:
    """One measure of all pairs of RDMs: `values` and `p`, (n_rdms, n_rdms), and mean and deviation of the null.

    `p`: (1 + permutations that reach the value) / (1 + permutations), one sided; 1 on the diagonal.
    """

    measure: str
    values: np.ndarray
    p: np.ndarray
    null_mean: np.ndarray
    null_sd: np.ndarray


def rank_scores(square: np.ndarray) -> np.ndarray:
    """Ranks of the dissimilarities about their mean, of length 1 as a matrix, zero on the diagonal, (n, n)."""
    ranks = rankdata(squareform(square, checks=False))
    scores = squareform(ranks - ranks.mean())
    return _unit(scores, "all dissimilarities are equal")


def kernel_scores(square: np.ndarray) -> np.ndarray:
    """Inner products about the mean of vectors with these distances, of length 1 as a matrix: products of two such
    matrices are linear CKA (Kornblith et al. 2019, ICML, equation 1 with linear kernels).

    Distances that are not Euclidean, as people's seldom are, have a kernel too, which is then not positive.
    """
    kernel = np.square(square, dtype=float) * -0.5
    means = kernel.mean(axis=1)
    return _unit(kernel - means - (means[:, None] - means.mean()), "all dissimilarities are zero")


def neighbour_scores(square: np.ndarray, neighbours: int) -> np.ndarray:
    """Which images are among the nearest of each, (n, n), so scaled that products of two such matrices are the mean
    share of neighbours in common (Huh et al. 2024, ICML: mutual nearest neighbours).

    Of equally near images the earlier counts. Raises TexalignError unless 1 <= neighbours < n.
    """
    n = len(square)
    if not 1 <= neighbours < n:
        raise TexalignError(f"{neighbours} neighbours among {n} images; give 1 to {n - 1}")
    others = square.astype(float, copy=True)
    np.fill_diagonal(others, np.inf)
    nearest = np.argsort(others, axis=1, kind="stable")[:, :neighbours]
    scores = np.zeros((n, n))
    np.put_along_axis(scores, nearest, 1 / np.sqrt(n * neighbours), axis=1)
    return scores


def _unit(scores: np.ndarray, otherwise: str) -> np.ndarray:
    length = np.linalg.norm(scores)
    if not length > 0:
        raise TexalignError(f"an RDM cannot be compared: {otherwise}")
    return scores / length


MEASURES: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "spearman": lambda square, _neighbours: rank_scores(square),
    "cka": lambda square, _neighbours: kernel_scores(square),
    "mutual_neighbours": neighbour_scores,
}


def compare(measure: str, rdms: Sequence[np.ndarray], *, neighbours: int, n_permutations: int, seed: int) -> Comparison:
    """One measure (a key of `MEASURES`) between all pairs of RDMs, (n, n) each, of the same images.

    The null: images of one of the two trade places, by cyclic shifts in random orders, the same ones for all pairs; all
    shifts of an order come from one pass of fast Fourier transforms (as in `texalign.perception.resampling`). Memory:
    8 n^2 bytes an RDM.

    Raises TexalignError as the measures do.
    """
    n = len(rdms[0])
    scores = [MEASURES[measure](square, neighbours) for square in rdms]
    rng = np.random.default_rng([seed, 9])
    # One of n - 1 shifts an order, until there are enough; the first of each order is the identity.
    products: list[np.ndarray] = []
    while sum(part.shape[2] for part in products) < n_permutations:
        wanted = min(n - 1, n_permutations - sum(part.shape[2] for part in products))
        shifts = rng.permutation(np.arange(1, n))[:wanted]
        products.append(_shifted(scores, rng.permutation(n), shifts))
    null = np.concatenate(products, axis=2)
    values = np.array([[np.vdot(first, second) for second in scores] for first in scores])
    reached = np.sum(null >= values[..., None] - 1e-5, axis=2)
    p = (1 + reached) / (1 + n_permutations)
    np.fill_diagonal(p, 1)
    return Comparison(measure, values, p, null.mean(axis=2), null.std(axis=2))


def _shifted(scores: Sequence[np.ndarray], order: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Products of all pairs of matrices, of which the second is shifted along its diagonals, (rdms, rdms, shifts)."""
    n = len(order)
    columns = np.lib.stride_tricks.sliding_window_view(np.tile(order, 2), n)[:n]
    diagonals = (np.broadcast_to(order, (n, n)), columns)
    spectra = [fft.rfft(matrix[diagonals].astype(np.float32), axis=1) for matrix in scores]
    found = np.empty((len(scores), len(scores), len(shifts)))
    for i, first in enumerate(spectra):
        for j, second in enumerate(spectra[: i + 1]):
            by_shift = fft.irfft(np.einsum("dk,dk->k", first.conj(), second, dtype=complex), n)
            found[i, j] = by_shift[shifts]
            # Shifting one matrix forwards is shifting the other backwards.
            found[j, i] = by_shift[-shifts]
    return found


def map_positions(similarities: np.ndarray) -> np.ndarray:
    """Positions of the RDMs in the plane, (n_rdms, 2), whose distances are near sqrt(2 - 2 similarity): classical
    multidimensional scaling (Torgerson 1952).

    `similarities`: correlations or CKA, (n_rdms, n_rdms), 1 on the diagonal. The larger axis is the first; signs are
    such that the first RDM lies to the lower left.
    """
    centred = np.array(similarities, float)
    means = centred.mean(axis=1)
    centred = centred - means - (means[:, None] - means.mean())
    values, vectors = np.linalg.eigh((centred + centred.T) / 2)
    positions = vectors[:, [-1, -2]] * np.sqrt(np.maximum(values[[-1, -2]], 0))
    return positions * np.where(positions[0] > 0, -1, 1)


def clustered_order(similarities: np.ndarray) -> np.ndarray:
    """Order of the RDMs that puts like beside like, (n_rdms,): leaves of average linkage, ordered to be near."""
    distances = np.sqrt(np.maximum(2 - similarities - similarities.T, 0))
    np.fill_diagonal(distances, 0)
    return leaves_list(linkage(squareform(distances, checks=False), "average", optimal_ordering=True))
