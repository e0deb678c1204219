"""Texture alignment: texture representations of neural networks, compared with people.

    import texalign

    network = texalign.Network("alexnet", weights="alexnet.pth")
    vectors = texalign.extract(network, "images/")  # one subfolder a class
    rdm = texalign.Rdm.of(vectors["features.10"])
    clusters = texalign.ward_labels(rdm)
    print(texalign.mutual_information(rdm.classes, clusters))

These names are looked up when they are first used, so that `import texalign` costs nothing. Every module below stands
alone: none knows Snakemake, a config file or global state, and each imports only from packages that come earlier on the
data's way. What runs a network imports torch; analysis does without.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # For editors. Relative, since Snakemake's rules read absolute imports to know what a program depends on.
    from . import representations as representations
    from .clusters.labels import ward_labels as ward_labels
    from .information.measures.registry import agreement as agreement
    from .information.mutual_information import mutual_information as mutual_information
    from .networks.network import Network as Network
    from .rdms.rdm import Rdm as Rdm
    from .representations.of_images import extract as extract
    from .synthesis.of_image import synthesize as synthesize

__version__ = "0.2.0"

# Where each name of the face lives; a package stands for itself.
_PLACES = {
    "Network": "networks.network",
    "Rdm": "rdms.rdm",
    "agreement": "information.measures.registry",
    "extract": "representations.of_images",
    "mutual_information": "information.mutual_information",
    "representations": "representations",
    "synthesize": "synthesis.of_image",
    "ward_labels": "clusters.labels",
}

__all__ = [
    "Network",
    "Rdm",
    "agreement",
    "extract",
    "mutual_information",
    "representations",
    "synthesize",
    "ward_labels",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_PLACES[name]}")
    found = module if name == _PLACES[name] else getattr(module, name)
    globals()[name] = found  # the next look-up does not come here
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
