"""What a result was made with."""

import json
import platform
from collections.abc import Mapping
from importlib import metadata


def versions(*packages: str) -> dict[str, str]:
    """Version of Python and of each installed package, as HDF5 attributes and JSON carry them."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in packages}}


def versions_by_step(step: str, *packages: str, earlier: Mapping[str, object] | None = None) -> dict[str, str]:
    """Attribute `versions` of a file that `step` writes: JSON, versions by step, those of `earlier` attributes too.

    Files carry along what made those that they are made from; steps may have run in other environments.
    """
    steps = json.loads(str((earlier or {}).get("versions", "{}")))
    return {"versions": json.dumps({**steps, step: versions(*packages)}, sort_keys=True)}
