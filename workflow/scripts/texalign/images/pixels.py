"""Images decoded and resized once for all networks."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from texalign.artifacts.arrays import CheckedArray
from texalign.artifacts.hdf5 import create_h5, open_h5
from texalign.errors import TexalignError
from texalign.images.index import ImageIndex, check_origin, open_image


def load_rgb(path: str | Path) -> Image.Image:
    """An image file as 8-bit RGB. Grey scale is repeated in the three channels, transparency is dropped, 16-bit grey is
    scaled to 8 bits. Raises TexalignError naming the file when it cannot be decoded completely, or holds values without
    a known range (32-bit integers, floats).
    """
    path = Path(path)
    with open_image(path) as image:
        try:
            if image.mode.startswith("I;16"):
                # Pillow's own conversion clips at 255.
                return Image.fromarray(np.round(np.asarray(image) / 257).astype(np.uint8)).convert("RGB")
            if image.mode in ("I", "F"):
                raise TexalignError(f"{path}: mode {image.mode} has no known range of values; convert it to 8 bits")
            return image.convert("RGB")
        except (OSError, SyntaxError) as error:
            raise TexalignError(f"{path}: cannot be decoded ({error}); replace or remove it") from error


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

    Raises TexalignError for an unknown fit.
    """
    if fit not in FITS:
        raise TexalignError(f"unknown fit {fit!r}; known: {', '.join(FITS)}")
    with ThreadPoolExecutor(threads) as pool:
        # Slices bound the memory that finished images take while they wait for their turn.
        step = 16 * threads
        for start in range(0, len(paths), step):
            yield from pool.map(lambda path: FITS[fit](load_rgb(path), size), paths[start : start + step])


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
