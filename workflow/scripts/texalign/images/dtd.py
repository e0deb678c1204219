"""The Describable Textures Dataset, by torchvision's own download."""

from pathlib import Path
from tempfile import TemporaryDirectory

from texalign.artifacts.files import atomic_path
from texalign.errors import TexalignError
from texalign.images.index import list_images
from texalign.networks.sources import import_torchvision

DTD_IMAGES = 5640
DTD_CLASSES = 47


def fetch_dtd(download_folder: str | Path, output: str | Path) -> None:
    """Download DTD's archive into `download_folder` unless it is there, check its MD5, unpack its images to `output`.

    `output` then holds one folder a class. Raises TexalignError when the archive cannot be had, saying what to put
    where by hand, and TexalignError unless it holds 5,640 images of 47 classes.
    """
    datasets = import_torchvision().datasets
    url, md5 = datasets.DTD._URL, datasets.DTD._MD5
    archive = Path(download_folder) / url.rpartition("/")[2]
    try:
        datasets.utils.download_url(url, str(download_folder), md5=md5)
    except (OSError, RuntimeError) as error:
        raise TexalignError(
            f"{url} could not be downloaded ({error}). Without a network, fetch it elsewhere, check that its MD5 is "
            f"{md5}, and save it as {archive}; the next run takes it from there"
        ) from error
    output = Path(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    # Beside the output, so that the images can be moved there without copying.
    with TemporaryDirectory(dir=output.parent) as unpacked:
        datasets.utils.extract_archive(str(archive), unpacked)
        images = Path(unpacked) / "dtd" / "images"
        paths = list_images(images)
        n_classes = len({path.parent for path in paths})
        if (len(paths), n_classes) != (DTD_IMAGES, DTD_CLASSES):
            raise TexalignError(
                f"{archive}: holds {len(paths)} images of {n_classes} classes, expected {DTD_IMAGES} of {DTD_CLASSES}"
            )
        with atomic_path(output) as partial:
            images.rename(partial)
