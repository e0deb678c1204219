"""Images with their labels, wherever they are: a folder of classes, files, or an array in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from texalign.errors import TexalignError
from texalign.images.files import list_images
from texalign.images.pixels import decode_images

Images = str | Path | Sequence[str | Path] | np.ndarray


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """n images in order: `paths` names them, `classes` are their labels, n each.

    Either `files`, n, or `pixels`, (n, height, width, 3) uint8.
    """

    paths: tuple[str, ...]
    classes: tuple[str, ...]
    files: tuple[Path, ...] = ()
    pixels: np.ndarray | None = None

    @classmethod
    def of(cls, images: Images, classes: Sequence[str] | None = None) -> "LabelledImages":
        """From a folder with one subfolder a class; or image files; or an array (n, height, width, 3) uint8.

        Images of a folder are sorted by path, and labelled by their subfolder; `classes`, n, labels the others, whose
        order stays. Without it files are labelled by the folder that they are in, and images of an array not at all
        (the empty string).

        Raises TexalignError when the folder does not fit (see `list_images`), the array has another shape or type, or
        there is another number of labels than of images.
        """
        if isinstance(images, str | Path):
            if classes is not None:
                raise TexalignError(f"{images}: a folder's images are labelled by its subfolders; leave out `classes`")
            files = tuple(list_images(images))
            paths = tuple(file.relative_to(images).as_posix() for file in files)
            return cls(paths, tuple(file.parent.name for file in files), files)
        if isinstance(images, np.ndarray):
            if images.ndim != 4 or images.shape[3] != 3 or images.dtype != np.uint8 or not len(images):
                raise TexalignError(
                    f"images of shape {images.shape} and type {images.dtype}; expected (n, height, width, 3) uint8"
                )
            found = cls(tuple(map(str, range(len(images)))), ("",) * len(images), pixels=images)
        else:
            files = tuple(Path(image) for image in images)
            found = cls(tuple(map(str, files)), tuple(file.resolve().parent.name for file in files), files)
        if classes is None:
            return found
        if len(classes) != len(found):
            raise TexalignError(f"{len(classes)} class labels for {len(found)} images")
        return cls(found.paths, tuple(map(str, classes)), found.files, found.pixels)

    def __len__(self) -> int:
        return len(self.paths)

    def batches(self, n: int, size: int, threads: int = 1) -> Iterator[np.ndarray]:
        """The images, n at a time: (n, height, width, 3) uint8. Files are resized to `size` x `size` pixels, bilinearly
        and without keeping the aspect ratio; arrays stay as they are.
        """
        if self.pixels is not None:
            for start in range(0, len(self), n):
                yield self.pixels[start : start + n]
            return
        batch: list[np.ndarray] = []
        for image in decode_images(self.files, size, threads):
            batch.append(image)
            if len(batch) == n:
                yield np.stack(batch)
                batch = []
        if batch:
            yield np.stack(batch)
