"""How well a representation tells the classes apart, without clusters: from its distances, or the kernel behind them.

The distances are those that a protocol's Ward tree sees. They are Euclidean, so that double centring gives back the
inner products of the vectors that have them, which is all that a linear classifier needs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack
from scipy.spatial.distance import squareform
from scipy.stats import rankdata

from texalign.errors import TexalignError
from texalign.information.rows import ClassProbeRow, OfLayer, Probed, joined

# Ridge penalties that the linear probe chooses from, in units of the kernel's mean eigenvalue.
RIDGES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
# Permutations of the labels that chance is taken from: the mean accuracy of 5,640 images is then known to .001.
PERMUTATIONS = 20
_BLOCK_ROWS = 512


@dataclass(frozen=True)
class ClassModelCorrelation:
    """How well distances follow the class model, in which images of a class are at 0 and all others at 1 of each other.

    `spearman`: Spearman's rank correlation. `tau_a`: Kendall's tau-a, which does not reach 1, as the model's distances
    are tied (Nili et al. 2014, PLoS Comput. Biol. 10, e1003553). `auc`: probability that two images of different
    classes are farther apart than two of one class, ties counting half; .5 is chance.
    """

    spearman: float
    tau_a: float
    auc: float


@dataclass(frozen=True)
class LinearProbe:
    """Leave-one-out predictions of a linear classifier, codes (n,) int64, and the ridge penalty that it chose."""

    predictions: np.ndarray
    ridge: float


def class_model_correlation(condensed: np.ndarray, classes: np.ndarray) -> ClassModelCorrelation:
    """Correlation of distances, n(n-1)/2 in scipy's order, with the class model; `classes`: labels, (n,).

    With a model of two values all three follow from the ranks' sum over the pairs of different classes (Mann and
    Whitney's U). Raises TexalignError when the lengths do not fit, all distances are equal, or there are not both pairs
    of one class and of different classes.
    """
    classes = np.asarray(classes)
    n = len(classes)
    if condensed.shape != (n * (n - 1) // 2,):
        raise TexalignError(f"distances of shape {condensed.shape} for {n} images, expected ({n * (n - 1) // 2},)")
    between = np.concatenate([classes[i + 1 :] != classes[i] for i in range(n)])
    n_pairs = len(between)
    n_between = int(np.count_nonzero(between))
    n_within = n_pairs - n_between
    if not n_between or not n_within:
        raise TexalignError("the class model needs pairs of images of one class, and pairs of different classes")
    ranks = rankdata(condensed)
    spread = float(ranks.std())
    if spread == 0:
        raise TexalignError("all distances are equal: their order tells nothing")
    rank_sum = float(ranks[between].sum())
    auc = (rank_sum - n_between * (n_between + 1) / 2) / (n_between * n_within)
    share = n_between / n_pairs
    covariance = rank_sum / n_pairs - share * (n_pairs + 1) / 2
    return ClassModelCorrelation(
        spearman=float(covariance / (spread * np.sqrt(share * (1 - share)))),
        tau_a=(2 * auc - 1) * n_between * n_within / (n_pairs * (n_pairs - 1) / 2),
        auc=auc,
    )


@dataclass(frozen=True)
class Neighbours:
    """The nearest other images of each image, nearest first, and their distances, (n, neighbours) each."""

    images: np.ndarray
    distances: np.ndarray

    @classmethod
    def of(cls, distances: np.ndarray, neighbours: int) -> "Neighbours":
        """From square distances, (n, n). Of equally near images the earlier one counts.

        Raises TexalignError unless 1 <= neighbours < n.
        """
        n = len(distances)
        if not 1 <= neighbours < n:
            raise TexalignError(f"{neighbours} neighbours among {n} images; give 1 to {n - 1}")
        images = np.empty((n, neighbours), dtype=np.int64)
        lengths = np.empty((n, neighbours))
        for first in range(0, n, _BLOCK_ROWS):
            block = distances[first : first + _BLOCK_ROWS].copy()
            rows = np.arange(len(block))
            block[rows, first + rows] = np.inf
            nearest = np.argsort(block, axis=1, kind="stable")[:, :neighbours]
            images[first : first + len(block)] = nearest
            lengths[first : first + len(block)] = np.take_along_axis(block, nearest, axis=1)
        return cls(images, lengths)

    def vote(self, classes: np.ndarray) -> np.ndarray:
        """Class of each image by the vote of its nearest others (leave-one-out), codes (n,) int64.

        `classes`: codes 0 ... C-1, (n,). Of classes with equally many votes the one whose voters are nearer, by the sum
        of their distances.
        """
        members = _indicators(classes)
        predictions = np.empty(len(classes), dtype=np.int64)
        for first in range(0, len(classes), _BLOCK_ROWS):
            rows = slice(first, first + _BLOCK_ROWS)
            voters = members[self.images[rows]]
            votes = voters.sum(axis=1)
            lengths = np.einsum("ij,ijc->ic", self.distances[rows], voters)
            lengths[votes < votes.max(axis=1, keepdims=True)] = np.inf
            predictions[rows] = lengths.argmin(axis=1)
        return predictions


def silhouettes(distances: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Silhouette of each image with the classes as clusters, (n,), between -1 and 1 (Rousseeuw 1987).

    (b - a) / max(a, b), a being the image's mean distance to others of its class, b that to the class nearest by mean
    distance; 0 for the only image of a class and where a and b are 0. `distances`: square, (n, n), zeros on the
    diagonal. `classes`: codes 0 ... C-1, (n,), C at least 2.
    """
    n = len(classes)
    members = _indicators(classes)
    sizes = members.sum(axis=0)
    sums = distances @ members
    own = np.arange(n), classes
    alone = sizes[classes] == 1
    a = sums[own] / np.maximum(sizes[classes] - 1, 1)
    means = sums / sizes
    means[own] = np.inf
    b = means.min(axis=1)
    larger = np.maximum(a, b)
    return np.divide(b - a, larger, out=np.zeros(n), where=(larger > 0) & ~alone)


def centred_kernel(distances: np.ndarray) -> np.ndarray:
    """Inner products about the mean of vectors that have these Euclidean distances, (n, n) float64.

    `distances`: square, (n, n). Double centring of -d^2 / 2 (Torgerson 1952, Psychometrika 17, 401).
    """
    kernel = np.square(distances, dtype=np.float64)
    kernel *= -0.5
    means = kernel.mean(axis=1)
    kernel -= means
    kernel -= means[:, None] - means.mean()
    return kernel


def linear_probes(kernel: np.ndarray, labellings: Sequence[np.ndarray]) -> list[LinearProbe]:
    """Class of each image by a linear classifier of all others (leave-one-out), in closed form, for several labellings.

    Ridge regression of the classes' indicators with an intercept that is not penalised; the class of the largest value
    is predicted. With G = K + ridge I, and C what is left of its inverse when constants are projected out, the residual
    of an image left out is (C Y)_i / C_ii (Cawley and Talbot 2004, Neural Netw. 17, 1467): one Cholesky factor for
    all n classifiers, and all labellings. Of `RIDGES` that with the smallest sum of squares of these residuals is
    taken, one penalty for all images and classes of a labelling. Cost: n^3 / 3 operations of factoring and n^3 / 3 of
    inverting the factor, per penalty, and 2 n^2 for each class of each labelling; memory 8 n^2 bytes beside the kernel.

    `kernel`: inner products about the mean, (n, n). `labellings`: codes 0 ... C-1, (n,) each. Raises TexalignError when
    the kernel is zero, or not positive definite with a penalty, as those of Euclidean distances are.
    """
    n = len(kernel)
    scale = float(kernel.trace()) / n
    if not scale > 0:
        raise TexalignError("all images are equal: there is nothing to learn their classes from")
    targets = [_indicators(classes) for classes in labellings]
    ends = np.cumsum([0, *(its.shape[1] for its in targets)])
    lowest = np.full(len(targets), np.inf)
    best = [LinearProbe(np.empty(0, dtype=np.int64), np.nan)] * len(targets)
    for ridge in RIDGES:
        residuals = _left_out_residuals(kernel, ridge * scale, np.concatenate(targets, axis=1))
        for number, its in enumerate(targets):
            own = residuals[:, ends[number] : ends[number + 1]]
            squares = float(np.einsum("ic,ic->", own, own))
            if squares < lowest[number]:
                lowest[number] = squares
                best[number] = LinearProbe((its - own).argmax(axis=1), ridge)
    return best


def linear_probe(kernel: np.ndarray, classes: np.ndarray) -> LinearProbe:
    """`linear_probes` of a single labelling."""
    return linear_probes(kernel, [classes])[0]


def _left_out_residuals(kernel: np.ndarray, penalty: float, targets: np.ndarray) -> np.ndarray:
    """What ridge regression without an image lacks of its targets, (n, C)."""
    n = len(kernel)
    factor = np.array(kernel, order="F")
    factor[np.diag_indices(n)] += penalty
    factor, info = lapack.dpotrf(factor, lower=1, overwrite_a=1, clean=1)
    if info:
        raise TexalignError(
            f"the kernel of the distances is not positive definite with a ridge penalty of {penalty}: they are not "
            "Euclidean, or too far apart in size for their precision"
        )
    solved, _ = lapack.dpotrs(factor, np.column_stack([targets, np.ones(n)]), lower=1)
    coefficients, ones = solved[:, :-1], solved[:, -1]
    inverse_factor, _ = lapack.dtrtri(factor, lower=1, overwrite_c=1)
    diagonal = np.einsum("ij,ij->j", inverse_factor, inverse_factor)
    coefficients = coefficients - np.outer(ones, coefficients.sum(axis=0) / ones.sum())
    return coefficients / (diagonal - ones**2 / ones.sum())[:, None]


def _indicators(classes: np.ndarray) -> np.ndarray:
    """Which class each image has, (n, C) of 0 and 1, from codes 0 ... C-1."""
    return np.eye(int(np.max(classes)) + 1)[classes]


# ---------------------------------------------------------------------------------------------------------- all probes


@dataclass(frozen=True)
class Probes:
    """All probes of one matrix of distances.

    `classes`: code of each image, (n,). `knn`, `linear`: leave-one-out predictions of `neighbours` nearest
    neighbours and of the linear classifier. `silhouettes`: (n,). `knn_chance`, `linear_chance`: accuracy of each
    classifier with labels permuted among the images, mean over `n_permutations`.
    """

    classes: np.ndarray
    neighbours: int
    knn: np.ndarray
    knn_chance: float
    linear: LinearProbe
    linear_chance: float
    n_permutations: int
    silhouettes: np.ndarray
    class_model: ClassModelCorrelation


def probe_distances(
    condensed: np.ndarray, classes: np.ndarray, neighbours: int, seed: int = 0, n_permutations: int = PERMUTATIONS
) -> Probes:
    """Run all probes on Euclidean distances, n(n-1)/2 in scipy's order; `classes`: codes 0 ... C-1, (n,).

    Chance is measured, since leaving an image out leaves one fewer of its class among the others: without any
    information, classifiers are right less often than one in C. `seed`: of the permutations, which are the same for
    every layer and network of a study. Memory: 24 n^2 bytes beside the distances. Raises TexalignError as the probes
    do, and for fewer than 1 permutation.
    """
    if n_permutations < 1:
        raise TexalignError(f"{n_permutations} permutations; chance needs at least 1")
    rng = np.random.default_rng([seed, 4])
    permuted = [rng.permutation(classes) for _ in range(n_permutations)]
    class_model = class_model_correlation(condensed, classes)
    distances = squareform(condensed)
    neighbourhoods = Neighbours.of(distances, neighbours)
    silhouette = silhouettes(distances, classes)
    linear, *linear_permuted = linear_probes(centred_kernel(distances), [classes, *permuted])
    return Probes(
        classes=classes,
        neighbours=neighbours,
        knn=neighbourhoods.vote(classes),
        knn_chance=_accuracy([neighbourhoods.vote(its) for its in permuted], permuted),
        linear=linear,
        linear_chance=_accuracy([its.predictions for its in linear_permuted], permuted),
        n_permutations=n_permutations,
        silhouettes=silhouette,
        class_model=class_model,
    )


def _accuracy(predictions: Sequence[np.ndarray], labellings: Sequence[np.ndarray]) -> float:
    return float(np.mean(np.stack(predictions) == np.stack(labellings)))


def probe_columns(probed: Probes) -> Probed:
    """Columns of the table of probes: accuracies are shares of all images, chance that of permuted labels."""
    return Probed(
        n_images=len(probed.classes),
        n_classes=int(probed.classes.max()) + 1,
        knn_accuracy=float(np.mean(probed.knn == probed.classes)),
        knn_chance=probed.knn_chance,
        knn_neighbours=probed.neighbours,
        linear_accuracy=float(np.mean(probed.linear.predictions == probed.classes)),
        linear_chance=probed.linear_chance,
        linear_ridge=probed.linear.ridge,
        n_permutations=probed.n_permutations,
        silhouette=float(probed.silhouettes.mean()),
        class_model_spearman=probed.class_model.spearman,
        class_model_tau_a=probed.class_model.tau_a,
        class_model_auc=probed.class_model.auc,
    )


def class_rows(of_layer: OfLayer, probed: Probes, class_names: Sequence[str]) -> list[ClassProbeRow]:
    """Rows of the table of probes by class, in order of the codes: recall of both classifiers, mean silhouette."""
    rows = []
    for code, name in enumerate(class_names):
        own = probed.classes == code
        rows.append(
            joined(
                ClassProbeRow,
                of_layer,
                class_name=name,
                n_images=int(np.count_nonzero(own)),
                knn_recall=float(np.mean(probed.knn[own] == code)),
                linear_recall=float(np.mean(probed.linear.predictions[own] == code)),
                silhouette=float(probed.silhouettes[own].mean()),
            )
        )
    return rows
