"""What a result was made with."""

import platform
from importlib import metadata


def versions(*packages: str) -> dict[str, str]:
    """Version of Python and of each installed package, as HDF5 attributes and JSON carry them."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in packages}}
