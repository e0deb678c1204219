"""Labelled texture images: one folder a class, indexed, checked, decoded and resized once for all networks."""

import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from texalign.artifacts.files import atomic_path, file_sha256
from texalign.artifacts.tables import read_tsv, write_tsv
from texalign.errors import TexalignError


@dataclass(frozen=True)
class ImageRecord:
    """One row of the image index. `path` is relative to the image folder, `width` and `height` are in pixels."""

    path: str
    class_name: str
    class_index: int
    sha256: str
    width: int
    height: int
    mode: str


# The index calls the class `class`, a word that Python keeps for itself.
_COLUMNS = {field.name: field.name for field in fields(ImageRecord)} | {"class_name": "class"}


@dataclass(frozen=True)
class ImageIndex:
    """All images of a study, sorted by path: this order is the order of the rows of every matrix.

    Raises TexalignError when there are fewer than 2 classes, or the images are not sorted by path.
    """

    records: tuple[ImageRecord, ...]

    def __post_init__(self) -> None:
        paths = [record.path for record in self.records]
        if paths != sorted(set(paths)):
            raise TexalignError("the image index is not sorted by path, or lists an image twice")
        if len(self.class_names) < 2:
            raise TexalignError(f"the images have {len(self.class_names)} class(es), at least 2 are needed to compare")

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


def list_images(folder: str | Path) -> list[Path]:
    """Image files of `folder`, one subfolder a class, sorted by relative path; hidden entries are passed over.

    Raises TexalignError naming what does not fit: no such folder, an image outside the class folders, a folder inside a
    class, a class without images, a file that is not an image by its suffix.
    """
    root = Path(folder)
    if not root.is_dir():
        raise TexalignError(f"{root}: is not a folder; images are expected as {root}/<class>/<image>")
    paths: list[Path] = []
    for entry in _visible(root):
        if not entry.is_dir():
            if _is_image(entry):
                raise TexalignError(f"{entry}: is an image outside the class folders; move it to {root}/<class>/")
            continue
        images = list(_visible(entry))
        for image in images:
            if image.is_dir():
                raise TexalignError(
                    f"{image}: is a folder inside a class; images are expected as {root}/<class>/<image>"
                )
            if not _is_image(image):
                raise TexalignError(f"{image}: is not an image that Pillow reads, by its suffix; remove or convert it")
        if not images:
            raise TexalignError(f"{entry}: the class {entry.name!r} has no images; add some or remove the folder")
        paths += images
    return sorted(paths, key=lambda path: path.relative_to(root).as_posix())


def _visible(folder: Path) -> Iterator[Path]:
    return (entry for entry in sorted(folder.iterdir()) if not entry.name.startswith("."))


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in Image.registered_extensions()


def index_images(folder: str | Path, threads: int = 1) -> ImageIndex:
    """Index the images of `folder` (see `list_images`): class by subfolder, size and mode by header, hash by content.

    Raises TexalignError naming the file when an image's header cannot be read.
    """
    root = Path(folder)
    paths = list_images(root)
    class_indices = {name: index for index, name in enumerate(sorted({path.parent.name for path in paths}))}

    def record(path: Path) -> ImageRecord:
        with open_image(path) as image:
            width, height, mode = image.width, image.height, image.mode
        name = path.parent.name
        relative = path.relative_to(root).as_posix()
        return ImageRecord(relative, name, class_indices[name], file_sha256(path), width, height, mode)

    with ThreadPoolExecutor(threads) as pool:
        return ImageIndex(tuple(pool.map(record, paths)))


def write_index(path: str | Path, index: ImageIndex) -> None:
    """Write the image index as TSV, one row an image."""
    rows = ({_COLUMNS[name]: value for name, value in asdict(record).items()} for record in index.records)
    write_tsv(path, list(_COLUMNS.values()), rows)


def read_index(path: str | Path) -> ImageIndex:
    """Read an image index that `write_index` wrote. Raises TexalignError naming the file when columns are missing."""
    rows = read_tsv(path)
    if rows and set(rows[0]) != set(_COLUMNS.values()):
        raise TexalignError(f"{path}: has columns {', '.join(rows[0])}; expected {', '.join(_COLUMNS.values())}")
    types = {field.name: field.type for field in fields(ImageRecord)}
    return ImageIndex(
        tuple(ImageRecord(**{name: types[name](row[column]) for name, column in _COLUMNS.items()}) for row in rows)
    )


def write_checksums(path: str | Path, folder: str | Path) -> None:
    """Write the SHA-256 of every image below `folder`, in the format of sha256sum: one small file that tells whether a
    folder of images has changed.
    """
    root = Path(folder)
    lines = (f"{file_sha256(image)}  {image.relative_to(root).as_posix()}\n" for image in list_images(root))
    with atomic_path(path) as partial:
        partial.write_text("".join(lines), encoding="utf-8")


def check_origin(path: str | Path, attributes: Mapping[str, object], index: ImageIndex) -> None:
    """Raise TexalignError when an artifact, by its attributes, was made from other images than those of `index`."""
    if attributes.get("images_sha256") != index.sha256:
        raise TexalignError(f"{path}: was made from other images than the index lists; delete it and run again")


def open_image(path: Path) -> Image.Image:
    try:
        return Image.open(path)
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise TexalignError(f"{path}: cannot be read as an image ({error}); replace or remove it") from error
