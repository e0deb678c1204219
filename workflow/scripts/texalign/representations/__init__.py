"""Texture representations of feature maps, one file each, and the one pass that computes them.

    texalign.representations.get("gram")  # an object that turns feature maps into vectors

The names are those of `texalign.names.REPRESENTATIONS`; what each is, is told by its class.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    # Looked up when it is used, and relative: not every program that imports one representation depends on all.
    if name == "get":
        from .registry import get

        return get
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
