"""Parts of the explorer's data: files that the page takes in itself, or loads as scripts when they are asked for.

A browser lets a page that was opened from disk load scripts, and no other data, from the files beside it. A part is
therefore a script of one call, `explorerPart(name, value)`; arrays in it are bytes in base64, little-endian.
"""

import base64
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from texalign.artifacts import seals
from texalign.artifacts.damage import damaged
from texalign.artifacts.files import atomic_path

_BEGIN, _END = "explorerPart(", ");\n"


def encoded(values: np.ndarray | bytes) -> str:
    """An array's bytes, little-endian, or bytes as they are, in base64."""
    if isinstance(values, np.ndarray):
        values = np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes()
    return base64.b64encode(values).decode("ascii")


def write_part(path: str | Path, name: str, value: Mapping[str, object], lineage: str | None = None) -> None:
    """Write one part under its name. Raises ValueError for numbers that JSON does not have."""
    with atomic_path(path, lineage) as partial:
        partial.write_text(f"{_BEGIN}{as_json(name)},{as_json(value)}{_END}", encoding="utf-8")


def read_part(path: str | Path, lineage: str | None = None) -> str:
    """The script of a part, checked against its seal. Raises TexalignError for another file."""
    text = seals.read_bytes(path, lineage).decode("utf-8")
    if not (text.startswith(_BEGIN) and text.endswith(_END)):
        raise damaged(path, "it is no part of an explorer")
    return text


def as_json(value: object) -> str:
    """JSON that can stand within a script element, which only `</` and `<!--` could end or change."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    # Within JSON `<` occurs in text only.
    return text.replace("<", "\\u003c")
