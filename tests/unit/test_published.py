"""Classifiers whose accuracies papers report, the splits they use, and the program that sets them beside ours."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from support import PROJECT
from texalign import names
from texalign.artifacts import hdf5, matrices
from texalign.artifacts.tap import numbered_taps
from texalign.images.index import ImageIndex, ImageRecord
from texalign.images.splits import Split, make_splits, read_splits
from texalign.information import published
from texalign.representations.triangles import unpack_triangle

CLASSES = ("a", "b", "c")


def image_index(each: int = 30) -> ImageIndex:
    return ImageIndex(
        tuple(
            ImageRecord(
                path=f"{name}/{number:03}.jpg",
                class_name=name,
                class_index=code,
                width=8,
                height=8,
                mode="RGB",
                sha256="0" * 64,
            )
            for code, name in enumerate(CLASSES)
            for number in range(each)
        )
    )


def grams(n: int, channels: int = 6) -> np.ndarray:
    """Packed Gram matrices of three classes that overlap, (3 n, 21) float32."""
    rng = np.random.default_rng(0)
    found = []
    for code in np.repeat(np.arange(3), n):
        mixing = np.random.default_rng(code).normal(size=(channels, channels)) + 1.5 * rng.normal(size=(channels,) * 2)
        maps = mixing @ rng.normal(size=(channels, 20))
        full = maps @ maps.T
        rows, columns = np.triu_indices(channels)
        found.append(full[rows, columns] * np.where(rows == columns, 1, np.sqrt(2)))
    return np.array(found, np.float32)


def write(path: Path, vectors: np.ndarray, representation: str, index: ImageIndex) -> Path:
    taps = numbered_taps(["layer"])
    with (
        hdf5.create_h5(path, {"images_sha256": index.sha256}) as file,
        matrices.VectorWriter(file, len(vectors), taps, representation) as writer,
    ):
        writer.append("L1", matrices.MapShape(6, 2, 2), vectors)
    return path


def paper(representation: str, classifier: str) -> published.PublishedAccuracy:
    return published.PublishedAccuracy(
        "x_2020", "X 2020", "torchvision:vgg16", "layer", representation, classifier, 224, "1", 70.0, None
    )


def test_names_have_a_classifier_each_and_what_is_shipped_can_be_read():
    assert set(published.CLASSIFIERS) == set(names.CLASSIFIERS)
    shipped = published.read_published(PROJECT / "resources/published.csv")
    assert shipped["ericsson_2021"].accuracy_percent == 72.23
    assert all(entry.source for entry in shipped.values())


def test_the_kernel_is_that_of_signed_roots_of_full_matrices(tmp_path: Path):
    vectors, index = grams(30), image_index()
    with hdf5.open_h5(write(tmp_path / "gram.h5", vectors, "gram", index)) as file:
        found = published.signed_root_kernel(matrices.vector_dataset(file, "L1"))
    full = unpack_triangle(vectors.astype(np.float64), 6).reshape(90, -1)
    roots = np.sign(full) * np.sqrt(np.abs(full))
    roots /= np.linalg.norm(roots, axis=1, keepdims=True)
    np.testing.assert_allclose(found, roots @ roots.T, atol=1e-6)


def test_svms_are_scikit_learns_on_the_vectors_themselves():
    index = image_index()
    vectors = unpack_triangle(grams(30).astype(np.float64), 6).reshape(90, -1)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    (split,) = make_splits(index, 1, 0)
    train = np.concatenate([split.train, split.validation])
    scores = []
    for code in range(3):
        target = index.class_indices[train] == code
        machine = SVC(kernel="linear", C=1).fit(vectors[train], target)
        inside = machine.decision_function(vectors[train])
        high, low = np.median(inside[target]), np.median(inside[~target])
        middle, half = (high + low) / 2, (high - low) / 2
        scores.append((machine.decision_function(vectors[split.test]) - middle) / half)
    expected = np.mean(np.argmax(scores, axis=0) == index.class_indices[split.test])
    assert 0.4 < expected < 1
    assert published.svm_accuracy(vectors @ vectors.T, index.class_indices, split) == expected


def test_the_penalty_is_chosen_on_validation_images_only():
    index = image_index()
    vectors = grams(30)
    vectors = (vectors - vectors.mean(0)) / vectors.std(0)
    (split,) = make_splits(index, 1, 1)
    classes = index.class_indices
    best, chosen = -1.0, 0.0
    for penalty in np.logspace(-6, 5, 45):
        model = LogisticRegression(C=1 / penalty, max_iter=100).fit(vectors[split.train], classes[split.train])
        if model.score(vectors[split.validation], classes[split.validation]) > best:
            best, chosen = model.score(vectors[split.validation], classes[split.validation]), penalty
    both = np.concatenate([split.train, split.validation])
    expected = (
        LogisticRegression(C=1 / chosen)
        .fit(vectors[both], classes[both])
        .score(vectors[split.test], classes[split.test])
    )
    assert published.logistic_accuracy(vectors, classes, split) == expected
    # Labels of test images enter nothing but the score.
    wrong = classes.copy()
    wrong[split.test] = (wrong[split.test] + 1) % 3
    assert published.logistic_accuracy(vectors, wrong, split) + expected <= 1


def lists(index: ImageIndex, split: Split) -> dict[str, str]:
    parts = {"train1": split.train, "val1": split.validation, "test1": split.test}
    return {name: "".join(f"{index.records[i].path}\n" for i in part) for name, part in parts.items()}


def test_splits_are_read_from_a_folder_and_from_the_archive(tmp_path: Path):
    index = image_index()
    (made,) = make_splits(index, 1, 0)
    folder = tmp_path / "labels"
    folder.mkdir()
    with tarfile.open(tmp_path / "archive.tar.gz", "w:gz") as archive:
        for name, text in lists(index, made).items():
            text += "other/1.jpg\n"  # of a class that the study leaves out
            (folder / f"{name}.txt").write_text(text)
            member = tarfile.TarInfo(f"dtd/labels/{name}.txt")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    for source in (folder, tmp_path / "archive.tar.gz"):
        (read,) = read_splits(source, index)
        for part in ("train", "validation", "test"):
            np.testing.assert_array_equal(getattr(read, part), getattr(made, part))
    with pytest.raises(ValueError, match="uses splits 1-10, there are only 1"):
        published.chosen_splits(
            published.PublishedAccuracy("x", "", "", "", "gram", "logistic", 224, "1-10", None, None), [made]
        )
    (folder / "val1.txt").write_text("")
    with pytest.raises(ValueError, match=r"split 1 lists .* 0 times, expected once"):
        read_splits(folder, index)
    with pytest.raises(ValueError, match=r"has no lists train1\.txt"):
        read_splits(tmp_path, index)


def test_splits_made_here_have_a_third_of_every_class_in_each_part():
    index = image_index(31)
    first, second = make_splits(index, 2, 5)
    for split in (first, second):
        parts = (split.train, split.validation, split.test)
        assert sorted(np.concatenate(parts)) == list(range(93))
        for part in parts:
            assert set(np.bincount(index.class_indices[part])) <= {10, 11}
    assert set(first.test) != set(second.test)


def test_vectors_of_something_else_are_refused(tmp_path: Path):
    index = image_index()
    file = write(tmp_path / "mean.h5", grams(30), "mean", index)
    splits = make_splits(index, 1, 0)
    with pytest.raises(ValueError, match="holds mean, expected gram"):
        published.accuracies(paper("gram", "svm_signed_roots"), file, "L1", index, splits)
    with pytest.raises(ValueError, match="other images"):
        published.accuracies(paper("mean", "logistic"), file, "L1", image_index(29), splits)
    (found,) = published.accuracies(paper("mean", "logistic"), file, "L1", index, splits)
    assert 0.4 < found <= 1
    assert published.percent([0.5, 0.7]) == pytest.approx((60, 100 * np.std([0.5, 0.7], ddof=1)))
