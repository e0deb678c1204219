"""Splits of labelled images for classifiers: the dataset's own, or made by seed."""

import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from texalign.errors import TexalignError
from texalign.images.index import ImageIndex

PARTS = ("train", "val", "test")


@dataclass(frozen=True)
class Split:
    """Images to train on, to choose parameters by, and to test on: their numbers in the image index."""

    name: str
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def read_splits(source: str | Path, index: ImageIndex) -> list[Split]:
    """Splits 1, 2, ... from lists `train1.txt`, `val1.txt`, `test1.txt`, ... of class/image, as DTD comes with.

    `source` is a folder of such lists, or a tar archive with a folder `labels` of them. Listed images that the study
    does not have are left out. Raises TexalignError when there is no whole split, or an image of the study is not in
    exactly one part of it.
    """
    lists = dict(_archived(Path(source)) if Path(source).is_file() else _in_folder(Path(source)))
    numbers = {record.path: number for number, record in enumerate(index.records)}
    splits = []
    while all(f"{part}{len(splits) + 1}" in lists for part in PARTS):
        name = str(len(splits) + 1)
        parts = [
            np.array([numbers[image] for image in lists[f"{part}{name}"] if image in numbers], int) for part in PARTS
        ]
        times = np.bincount(np.concatenate(parts), minlength=len(numbers))
        if (times != 1).any():
            wrong = index.records[int(np.argmax(times != 1))].path
            raise TexalignError(
                f"{source}: split {name} lists {wrong} {times.max() if times.max() > 1 else 0} times, expected once in "
                "train, val or test; are these the splits of these images?"
            )
        splits.append(Split(name, *parts))
    if not splits:
        raise TexalignError(f"{source}: has no lists train1.txt, val1.txt and test1.txt")
    return splits


def _in_folder(folder: Path) -> Iterable[tuple[str, list[str]]]:
    for path in sorted(folder.glob("*.txt")):
        yield path.stem, path.read_text(encoding="utf-8").split()


def _archived(archive: Path) -> Iterable[tuple[str, list[str]]]:
    with tarfile.open(archive) as file:
        for member in file:
            path = PurePosixPath(member.name)
            if member.isfile() and path.parent.name == "labels" and path.suffix == ".txt":
                yield path.stem, file.extractfile(member).read().decode().split()


def make_splits(index: ImageIndex, count: int, seed: int) -> list[Split]:
    """Splits of each class into three equal parts, by seed: no dataset's own, so what they give can only be compared
    with care.
    """
    rng = np.random.default_rng(seed)
    splits = []
    for number in range(1, count + 1):
        drawn: list[list[np.ndarray]] = [[], [], []]
        for code in range(len(index.class_names)):
            members = rng.permutation(np.flatnonzero(index.class_indices == code))
            for part, images in zip(drawn, np.array_split(members, 3), strict=True):
                part.append(images)
        splits.append(Split(f"seed {seed}, {number}", *(np.sort(np.concatenate(part)) for part in drawn)))
    return splits
