"""Labelled texture images: one folder a class, indexed and checked once for all networks."""

import collections
import hashlib
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from texalign.artifacts.damage import mend
from texalign.artifacts.files import atomic_path, file_sha256
from texalign.artifacts.records import column, read_records, write_records
from texalign.errors import TexalignError
from texalign.images.files import list_images, open_image, refuse


@dataclass(frozen=True)
class ImageRecord:
    """One row of the image index."""

    path: str = column("file, relative to the folder of images")
    class_name: str = column("class, the name of its subfolder", name="class")
    class_index: int = column("number of the class, from 0 in the order of names")
    sha256: str = column("SHA-256 of the file")
    width: int = column("width in pixels, of the file as it is stored")
    height: int = column("height in pixels")
    mode: str = column("Pillow's name of what a pixel is: RGB, L (grey), P (palette), ...")


# The class of all images of a study that has no labels, only other human evidence.
UNLABELLED = "(unlabelled)"


@dataclass(frozen=True)
class ImageIndex:
    """All images of a study, sorted by path: this order is the order of the rows of every matrix.

    Raises TexalignError when there are fewer than 2 classes, except of images without labels, their numbers are not in
    the order of names, or the images are not sorted by path.
    """

    records: tuple[ImageRecord, ...]

    def __post_init__(self) -> None:
        paths = [record.path for record in self.records]
        if paths != sorted(set(paths)):
            raise TexalignError("the image index is not sorted by path, or lists an image twice")
        if self.labelled and len(self.class_names) < 2:
            raise TexalignError(f"the images have {len(self.class_names)} class(es), at least 2 are needed to compare")
        numbers = {name: number for number, name in enumerate(self.class_names)}
        if any(record.class_index != numbers[record.class_name] for record in self.records):
            raise TexalignError("the classes of the image index are not numbered in the order of their names")

    @property
    def labelled(self) -> bool:
        """Whether the images have class labels."""
        return self.class_names != (UNLABELLED,)

    @property
    def classes_or_none(self) -> np.ndarray | None:
        """`class_indices`, or None where the images have no labels."""
        return self.class_indices if self.labelled else None

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, in order of their index."""
        return tuple(sorted({record.class_name for record in self.records}))

    @property
    def class_indices(self) -> np.ndarray:
        """Class index of every image, (n_images,) int."""
        return np.array([record.class_index for record in self.records])

    @property
    def sha256(self) -> str:
        """Hash of what the images are and in which order: binds every artifact to the images it came from."""
        lines = (f"{record.path}\t{record.class_name}\t{record.sha256}\n" for record in self.records)
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def __len__(self) -> int:
        return len(self.records)


def index_images(folder: str | Path, threads: int = 1, labelled: bool = True) -> ImageIndex:
    """Index the images of `folder` (see `list_images`): class by subfolder, size and mode by header, hash by content.

    Without labels the subfolders mean nothing, and all images have the class `UNLABELLED`.

    Pictures that are there several times are said in the log: within a class they are one judgement counted twice, in
    two classes they contradict each other, which is for the user to judge.

    Raises TexalignError naming all files that cannot be used (see `open_image`), and classes with a single image, which
    nothing can find again.
    """
    root = Path(folder)
    paths = list_images(root)
    names = {path: path.parent.name if labelled else UNLABELLED for path in paths}
    class_indices = {name: index for index, name in enumerate(sorted(set(names.values())))}
    problems: list[str] = []

    def record(path: Path) -> ImageRecord | None:
        try:
            with open_image(path) as image:
                width, height, mode = image.width, image.height, image.mode
            sha256 = file_sha256(path)
        except TexalignError as error:
            problems.append(str(error))
            return None
        name = names[path]
        return ImageRecord(path.relative_to(root).as_posix(), name, class_indices[name], sha256, width, height, mode)

    with ThreadPoolExecutor(threads) as pool:
        records = list(pool.map(record, paths))
    counts = collections.Counter(names.values())
    if single := sorted(name for name, count in counts.items() if count == 1):
        problems.append(
            f"{root}: the class(es) {', '.join(map(repr, single))} have a single image, at least 2 are needed of each; "
            "add some or remove the folder"
        )
    refuse(sorted(problems))
    _tell_repeated(records)
    return ImageIndex(tuple(records))


def _tell_repeated(records: Sequence[ImageRecord]) -> None:
    by_content: dict[str, list[ImageRecord]] = collections.defaultdict(list)
    for record in records:
        by_content[record.sha256].append(record)
    repeated = [same for same in by_content.values() if len(same) > 1]
    across = [same for same in repeated if len({record.class_name for record in same}) > 1]
    for same in across[:20]:
        logging.warning("the same picture in several classes: %s", ", ".join(record.path for record in same))
    if len(across) > 20:
        logging.warning("and %d more pictures in several classes", len(across) - 20)
    if len(repeated) > len(across):
        logging.warning("%d pictures are several times in their class", len(repeated) - len(across))


def write_index(path: str | Path, index: ImageIndex, lineage: str | None = None) -> None:
    """Write the image index as TSV, one row an image."""
    write_records(path, ImageRecord, index.records, lineage)


def read_index(path: str | Path, lineage: str | None = None) -> ImageIndex:
    """Read an image index that `write_index` wrote.

    Raises TexalignError naming the file when it is damaged, of another lineage, or not such an index.
    """
    records = read_records(path, ImageRecord, lineage)
    try:
        return ImageIndex(tuple(records))
    except TexalignError as error:
        raise TexalignError(f"{path}: {error}; {mend(path)}") from error


def write_checksums(path: str | Path, folder: str | Path, lineage: str | None = None) -> None:
    """Write the SHA-256 of every image below `folder`, in the format of sha256sum: one small file that tells whether a
    folder of images has changed.
    """
    root = Path(folder)
    lines = (f"{file_sha256(image)}  {image.relative_to(root).as_posix()}\n" for image in list_images(root))
    with atomic_path(path, lineage) as partial:
        partial.write_text("".join(lines), encoding="utf-8")


def check_origin(path: str | Path, attributes: Mapping[str, object], index: ImageIndex) -> None:
    """Raise TexalignError when an artifact, by its attributes, was made from other images than those of `index`."""
    if attributes.get("images_sha256") != index.sha256:
        raise TexalignError(f"{path}: was made from other images than the index lists; {mend(path)}")
