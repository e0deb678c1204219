"""Images decoded and resized once for all networks."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps

from texalign.artifacts import seals
from texalign.artifacts.arrays import CheckedArray
from texalign.artifacts.hdf5 import create_h5, open_h5
from texalign.artifacts.lineage import lineage_of
from texalign.errors import TexalignError
from texalign.images.files import open_image, printable, refuse
from texalign.images.index import ImageIndex, check_origin

# A file of 16 bits whose largest value is below this most likely holds 12 or 14 bits of a camera: 4 times too dark.
_LEAST_OF_16_BITS = 1 << 14


def load_rgb(path: str | Path) -> Image.Image:
    """An image file as 8-bit RGB, turned as its EXIF data say, which is how people see it.

    Grey scale is repeated in the three channels, palettes are resolved, 16 bits are scaled to 8. Raises TexalignError
    naming the file for what `open_image` refuses, when it cannot be decoded completely, when 16-bit data use less than
    a quarter of their range, and when it has transparent pixels, whose colour depends on what is behind.
    """
    if lineage_of(path):  # one of the workflow's own: an exemplar, or a synthesis
        seals.check(path)
    path = Path(path)
    with open_image(path) as image:
        sixteen_bits = any(";16" in str(tile) for tile in image.tile)
        try:
            image.load()
            turned = _turned(image)
        # Of damaged files Pillow's decoders raise whatever they run into.
        except Exception as error:
            raise TexalignError(f"{printable(path)}: cannot be decoded ({error}); replace or remove it") from error
    if _is_transparent(turned):
        raise TexalignError(
            f"{printable(path)}: has transparent pixels; lay it on a background and save it without transparency"
        )
    if turned.mode.startswith("I;16"):
        values = np.asarray(turned)
        _check_range(path, int(values.max()))
        # Pillow's own conversion clips at 255.
        return Image.fromarray(np.round(values / 257).astype(np.uint8)).convert("RGB")
    rgb = turned.convert("RGB")
    if sixteen_bits:
        _check_range(path, int(np.asarray(rgb).max()) * 257)
    return rgb


def _turned(image: Image.Image) -> Image.Image:
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    # EXIF data that cannot be parsed turn nothing, in any program.
    except Exception:
        return image
    return image if orientation == 1 else ImageOps.exif_transpose(image)


def _check_range(path: Path, largest: int) -> None:
    if 0 < largest < _LEAST_OF_16_BITS:
        raise TexalignError(
            f"{printable(path)}: holds 16-bit values that end at about {largest} of 65535, like data of 12 or 14 bits "
            "that were not scaled; scale them, or save the image with 8 bits"
        )


def _is_transparent(image: Image.Image) -> bool:
    if not image.has_transparency_data:
        return False
    return image.convert("RGBA").getchannel("A").getextrema()[0] < 255


def resize_to_square(image: Image.Image, size: int) -> np.ndarray:
    """Bilinear resize to `size` x `size` pixels, aspect ratio not kept (as the paper did): (size, size, 3) uint8."""
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR))


def crop_to_square(image: Image.Image, size: int) -> np.ndarray:
    """The middle square of an image, as large as its shorter edge, resized as `resize_to_square`: aspect ratio kept."""
    edge = min(image.size)
    left, top = ((length - edge) / 2 for length in image.size)
    box = (left, top, left + edge, top + edge)
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR, box=box))


FITS: Mapping[str, Callable[[Image.Image, int], np.ndarray]] = {"squash": resize_to_square, "crop": crop_to_square}


def decode_images(paths: Sequence[Path], size: int, threads: int = 1, fit: str = "squash") -> Iterable[np.ndarray]:
    """Yield every image decoded and made square by one of `FITS`, (size, size, 3) uint8, in order; `threads` at a time.

    Raises TexalignError for an unknown fit, and naming all images that cannot be decoded, once all have been tried.
    """
    if fit not in FITS:
        raise TexalignError(f"unknown fit {fit!r}; known: {', '.join(FITS)}")
    problems: list[str] = []

    def decode(path: Path) -> np.ndarray | None:
        try:
            return FITS[fit](load_rgb(path), size)
        except TexalignError as error:
            problems.append(str(error))
            return None

    with ThreadPoolExecutor(threads) as pool:
        # Slices bound the memory that finished images take while they wait for their turn.
        step = 16 * threads
        for start in range(0, len(paths), step):
            for image in pool.map(decode, paths[start : start + step]):
                if not problems:
                    yield image
    refuse(sorted(problems))


def write_pixels(
    path: str | Path,
    images: Iterable[np.ndarray],
    n_images: int,
    size: int,
    attributes: Mapping[str, object],
    lineage: str | None = None,
) -> None:
    """Write decoded images to HDF5: dataset `pixels`, (n_images, size, size, 3) uint8, one chunk an image."""
    with create_h5(path, attributes, lineage) as file:
        shape = (size, size, 3)
        pixels = file.create_array("pixels", (n_images, *shape), np.uint8, chunks=(1, *shape), packed=False)
        for row, image in enumerate(images):
            pixels.write(row, image[None])


@contextmanager
def open_pixels(path: str | Path, index: ImageIndex, lineage: str | None = None) -> Iterator[CheckedArray]:
    """Decoded images, (n_images, size, size, 3) uint8. Raises TexalignError when they are not the images of `index`."""
    with open_h5(path, lineage) as file:
        check_origin(path, file.attrs, index)
        yield file["pixels"]


def pixel_batches(
    pixels: CheckedArray, batch_size: int, on_batch: Callable[[int], object] = lambda _: None
) -> Iterator[np.ndarray]:
    """Decoded images in batches of (batch_size, size, size, 3) uint8; `on_batch` gets each batch's size once used."""
    for start in range(0, len(pixels), batch_size):
        batch = pixels[start : start + batch_size]
        yield batch
        on_batch(len(batch))
