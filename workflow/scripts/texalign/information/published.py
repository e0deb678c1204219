"""Accuracies that papers report of classifiers on texture representations, and the same computed here."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from texalign import names
from texalign.artifacts.arrays import CheckedArray
from texalign.artifacts.hdf5 import open_h5
from texalign.artifacts.matrices import vector_dataset
from texalign.artifacts.records import column
from texalign.artifacts.tables import read_cells
from texalign.errors import TexalignError
from texalign.images.index import ImageIndex, check_origin
from texalign.images.splits import Split
from texalign.rdms.compute import column_blocks

PUBLISHED_COLUMNS = (
    "id",
    "source",
    "architecture",
    "module",
    "representation",
    "classifier",
    "image_size",
    "splits",
    "accuracy_percent",
    "spread_percent",
)
# Penalties that logistic regression chooses from (Ericsson et al. 2021): 1/C, evenly spaced on a logarithmic scale.
PENALTIES = np.logspace(-6, 5, 45)
# Weight of errors against the margin in the SVM (Lin and Maji 2016).
SVM_C = 1.0


@dataclass(frozen=True)
class PublishedAccuracy:
    """A published accuracy: where it is from, of what, and on which of the dataset's splits (their numbers).

    `accuracy_percent` is None where the paper's number has not been entered.
    """

    id: str = column("name of the published number")
    source: str = column("paper, and where in it")
    architecture: str = column("network, as source:name")
    module: str = column("module whose maps are the features")
    representation: str = column("texture representation")
    classifier: str = column("classifier")
    image_size: int = column("edge of the paper's images, pixels")
    splits: str = column("the dataset's splits that the paper took")
    accuracy_percent: float | None = column("published accuracy, percent; empty where it has not been entered")
    spread_percent: float | None = column("published standard deviation over splits")


@dataclass(frozen=True)
class ValidationRow(PublishedAccuracy):
    """A published accuracy beside the same computed here."""

    model: str = column("network of the study")
    layer: str = column("layer of the study")
    here_percent: float = column("accuracy here, percent")
    here_spread_percent: float | None = column("standard deviation over splits here")
    here_image_size: int = column("edge of the images here, pixels")
    here_splits: str = column("splits here")
    n_images: int = column("images")
    n_classes: int = column("classes")


def read_published(path: str | Path) -> dict[str, PublishedAccuracy]:
    """Published accuracies by id. Raises TexalignError naming the file, line and column of what is wrong."""
    header, rows = read_cells(Path(path))
    if tuple(header) != PUBLISHED_COLUMNS:
        raise TexalignError(f"{path}: has columns {', '.join(header)}; expected {', '.join(PUBLISHED_COLUMNS)}")
    found = {}
    for line, cells in rows:
        row = dict(zip(header, cells, strict=True))
        for name, known in (("representation", names.REPRESENTATIONS), ("classifier", names.CLASSIFIERS)):
            if row[name] not in known:
                raise TexalignError(f"{path}, line {line}: {name} {row[name]!r} is not one of {', '.join(known)}")
        numbers = {key: float(row[key]) if row[key] else None for key in PUBLISHED_COLUMNS[-2:]}
        found[row["id"]] = PublishedAccuracy(**row | numbers | {"image_size": int(row["image_size"])})
    return found


def signed_root_kernel(array: CheckedArray) -> np.ndarray:
    """Inner products (n, n) of signed square roots of Gram matrices, each scaled to length 1.

    `array`: packed Gram matrices, (n, C(C+1)/2). Raises TexalignError naming an image whose matrix is zero.
    """
    n = array.shape[0]
    rows, columns = np.triu_indices(int(array.attrs["channels"]))
    # Off the diagonal a packed entry is sqrt(2) times the matrix's, and its root counts twice in a product.
    scale = np.where(rows == columns, 1.0, 2**0.25).astype(np.float32)
    kernel = np.zeros((n, n))
    for block in column_blocks(array):
        vectors = array[:, block]
        roots = np.sign(vectors) * np.sqrt(np.abs(vectors)) * scale[block]
        kernel += roots @ roots.T
    lengths = np.sqrt(kernel.diagonal())
    if not lengths.all():
        raise TexalignError(f"image {int(np.argmin(lengths))} has a Gram matrix of zeros, which cannot be classified")
    return kernel / np.outer(lengths, lengths)


def svm_accuracy(kernel: np.ndarray, classes: np.ndarray, split: Split) -> float:
    """Share of test images that linear SVMs, one class against the others, label rightly (Lin and Maji 2016).

    Trained on the training and validation images. Each class's scores are scaled and shifted so that the medians over
    its training images and over the others are 1 and -1 (as in the code of Cimpoi et al. 2016). `kernel`: inner
    products of all images, (n, n).
    """
    from sklearn.svm import SVC

    train = np.concatenate([split.train, split.validation])
    scores = []
    for code in np.unique(classes):
        target = classes[train] == code
        machine = SVC(kernel="precomputed", C=SVM_C).fit(kernel[np.ix_(train, train)], target)
        inside = machine.decision_function(kernel[np.ix_(train, train)])
        high, low = np.median(inside[target]), np.median(inside[~target])
        outside = machine.decision_function(kernel[np.ix_(split.test, train)])
        scores.append((2 * outside - high - low) / (high - low))
    predicted = np.unique(classes)[np.argmax(scores, axis=0)]
    return float(np.mean(predicted == classes[split.test]))


def logistic_accuracy(vectors: np.ndarray, classes: np.ndarray, split: Split) -> float:
    """Share of test images that multinomial logistic regression labels rightly (Ericsson et al. 2021).

    The penalty is the one of `PENALTIES` that labels most validation images rightly after training on the training
    images, the first of equals; trained with it on both. L-BFGS ends after 100 steps, converged or not, as theirs.
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    def trained(images: np.ndarray, penalty: float) -> LogisticRegression:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return LogisticRegression(C=1 / penalty).fit(vectors[images], classes[images])

    scores = [
        trained(split.train, penalty).score(vectors[split.validation], classes[split.validation])
        for penalty in PENALTIES
    ]
    best = trained(np.concatenate([split.train, split.validation]), PENALTIES[int(np.argmax(scores))])
    return float(best.score(vectors[split.test], classes[split.test]))


@dataclass(frozen=True)
class Classifier:
    """`prepare`: from a layer's vectors in their file to what `accuracy` takes, besides class codes and a split."""

    prepare: Callable[[CheckedArray], np.ndarray]
    accuracy: Callable[[np.ndarray, np.ndarray, Split], float]


CLASSIFIERS = {
    "svm_signed_roots": Classifier(signed_root_kernel, svm_accuracy),
    "logistic": Classifier(lambda array: array[:], logistic_accuracy),
}


def accuracies(
    published: PublishedAccuracy, file: str | Path, layer: str, index: ImageIndex, splits: Sequence[Split]
) -> list[float]:
    """The published accuracy computed anew, on each split, from a file of vectors.

    Raises TexalignError for vectors of another module, representation, or other images.
    """
    classifier = CLASSIFIERS[published.classifier]
    with open_h5(file) as vectors:
        check_origin(file, vectors.attrs, index)
        array = vector_dataset(vectors, layer, published.module)
        if array.attrs["representation"] != published.representation:
            raise TexalignError(f"{file}: holds {array.attrs['representation']}, expected {published.representation}")
        if "unmatched_size" in array.attrs:
            raise TexalignError(
                f"{file}: its vectors are projected to {array.shape[1]} numbers, the published ones are not; leave "
                "matched_dimensions out of the config"
            )
        prepared = classifier.prepare(array)
    return [classifier.accuracy(prepared, index.class_indices, split) for split in splits]


def chosen_splits(published: PublishedAccuracy, splits: Sequence[Split]) -> list[Split]:
    """The splits that a paper used, `1` or `1-10`, of the dataset's. Raises TexalignError when they are not there."""
    first, _, last = published.splits.partition("-")
    wanted = range(int(first), int(last or first) + 1)
    if wanted[-1] > len(splits):
        raise TexalignError(f"{published.id}: uses splits {published.splits}, there are only {len(splits)}")
    return [splits[number - 1] for number in wanted]


def percent(accuracies: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation over splits, in percent; NaN for the latter of one split."""
    spread = float(np.std(accuracies, ddof=1)) if len(accuracies) > 1 else math.nan
    return 100 * float(np.mean(accuracies)), 100 * spread
