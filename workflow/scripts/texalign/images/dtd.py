"""The Describable Textures Dataset (Cimpoi et al. 2014): one archive, of which only the images are unpacked."""

import shutil
import tarfile
from pathlib import Path, PurePosixPath

from texalign.artifacts.fetch import fetch
from texalign.artifacts.files import atomic_path
from texalign.errors import TexalignError

# Release 1.0.1; where it is and what its MD5 is are torchvision's, by a test.
DTD_URL = "https://www.robots.ox.ac.uk/~vgg/data/dtd/download/dtd-r1.0.1.tar.gz"
DTD_MD5 = "fff73e5086ae6bdbea199a49dfb8a4c1"
DTD_IMAGES = 5640
DTD_CLASSES = 47


def dtd_archive(download_folder: str | Path) -> Path:
    """DTD's archive in `download_folder`, downloaded unless it is there and checked against its MD5; see `fetch`."""
    return fetch(DTD_URL, f"md5:{DTD_MD5}", download_folder)


def fetch_dtd(download_folder: str | Path, output: str | Path) -> None:
    """Download DTD's archive into `download_folder` unless it is there, check its MD5, unpack its images to `output`.

    `output` then holds one folder a class. Raises TexalignError when the archive cannot be had, saying what to put
    where by hand, and unless it holds 5,640 images of 47 classes.
    """
    archive = dtd_archive(download_folder)
    with atomic_path(output) as partial:
        paths = _unpack(archive, partial)
        n_classes = len({path.parent for path in paths})
        if (len(paths), n_classes) != (DTD_IMAGES, DTD_CLASSES):
            raise TexalignError(
                f"{archive}: holds {len(paths)} images of {n_classes} classes, expected {DTD_IMAGES} of {DTD_CLASSES}"
            )


def _unpack(archive: Path, folder: Path) -> list[Path]:
    """Files dtd/images/<class>/<image> of the archive, written to folder/<class>/<image>; nothing else is unpacked.

    Whatever an archive may hold, only ordinary files are made, and only two levels below `folder`.
    """
    paths = []
    try:
        with tarfile.open(archive) as file:
            for member in file:
                parts = PurePosixPath(member.name).parts
                if not member.isfile() or parts[:2] != ("dtd", "images") or len(parts) != 4:
                    continue
                class_name, name = parts[2:]
                if ".." in parts or name.startswith("."):
                    continue
                path = folder / class_name / name
                path.parent.mkdir(parents=True, exist_ok=True)
                with file.extractfile(member) as source, path.open("wb") as target:
                    shutil.copyfileobj(source, target)
                paths.append(path)
    except (tarfile.TarError, EOFError) as error:
        raise TexalignError(f"{archive}: cannot be unpacked ({error}); remove it and run again") from error
    return paths
