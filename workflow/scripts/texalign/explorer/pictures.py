"""Thumbnails of all images, many to a sheet, so that a browser decodes only those sheets that are seen."""

import io
from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
from PIL import Image

from texalign.explorer.parts import encoded

EDGE = 96
COLUMNS = 10
QUALITY = 80


def sheets(images: Iterable[np.ndarray], edge: int) -> Iterator[bytes]:
    """Sheets of `COLUMNS` x `COLUMNS` thumbnails, JPEG, row after row in the order of the images, (h, w, 3) uint8."""
    remaining = iter(images)
    while batch := list(islice(remaining, COLUMNS * COLUMNS)):
        rows = -(-len(batch) // COLUMNS)
        sheet = Image.new("RGB", (COLUMNS * edge, rows * edge))
        for place, pixels in enumerate(batch):
            thumbnail = Image.fromarray(pixels).resize((edge, edge), Image.Resampling.LANCZOS)
            sheet.paste(thumbnail, (place % COLUMNS * edge, place // COLUMNS * edge))
        stream = io.BytesIO()
        sheet.save(stream, "JPEG", quality=QUALITY)
        yield stream.getvalue()


def pictures_part(images: Iterable[np.ndarray], size: int) -> dict[str, object]:
    """The explorer's thumbnails; `size`: edge of the images in pixels, beyond which none is enlarged."""
    edge = min(EDGE, size)
    return {"edge": edge, "columns": COLUMNS, "sheets": [encoded(sheet) for sheet in sheets(images, edge)]}
