"""RDMs in the formats of other programs, with the labels of layers and images."""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from texalign.artifacts.files import atomic_path
from texalign.errors import TexalignError
from texalign.images.index import ImageIndex


@dataclass(frozen=True)
class RdmStack:
    """RDMs of all layers of one network: `dissimilarities`, (n_layers, n(n-1)/2) float32 in scipy's order.

    Raises TexalignError when the number of layers, modules and RDMs differs, or their length does not fit the images.
    """

    model: str
    dissimilarity: str
    layers: Sequence[str]
    modules: Sequence[str]
    dissimilarities: np.ndarray
    index: ImageIndex

    def __post_init__(self) -> None:
        expected = (len(self.layers), len(self.index) * (len(self.index) - 1) // 2)
        if self.dissimilarities.shape != expected or len(self.modules) != len(self.layers):
            raise TexalignError(f"RDMs of shape {self.dissimilarities.shape}, expected {expected}")

    @property
    def paths(self) -> list[str]:
        return [record.path for record in self.index.records]

    @property
    def classes(self) -> list[str]:
        return [record.class_name for record in self.index.records]


def write_npz(path: str | Path, stack: RdmStack) -> None:
    """Write RDMs as NumPy's .npz, readable without pickle.

    Arrays: `dissimilarities` (n_layers, n(n-1)/2), `layers` and `modules` (n_layers,), `images` and `classes` (n,),
    `model` and `dissimilarity` ().
    """
    with atomic_path(path) as partial:
        np.savez(
            partial,
            dissimilarities=stack.dissimilarities,
            layers=np.array(stack.layers),
            modules=np.array(stack.modules),
            images=np.array(stack.paths),
            classes=np.array(stack.classes),
            model=np.array(stack.model),
            dissimilarity=np.array(stack.dissimilarity),
        )


def write_rsatoolbox(path: str | Path, stack: RdmStack) -> None:
    """Write RDMs as the pickled dictionary that `rsatoolbox.rdm.load_rdm(str(path))` reads as one RDMs object, .pkl.

    One RDM a layer, described by `model`, `layer` and `module`; one pattern an image, described by `image` and `class`.
    The dictionary is that of rsatoolbox.rdm.RDMs.to_dict (checked with rsatoolbox 0.3.2), of nothing but NumPy arrays,
    lists and strings. Its HDF5 format would hold the same, but only names in ASCII.
    """
    n_layers = len(stack.layers)
    rdms = {
        "dissimilarities": stack.dissimilarities,
        "dissimilarity_measure": stack.dissimilarity,
        "descriptors": {"model": stack.model},
        "rdm_descriptors": {
            "model": [stack.model] * n_layers,
            "layer": list(stack.layers),
            "module": list(stack.modules),
            "index": list(range(n_layers)),
        },
        "pattern_descriptors": {
            "image": stack.paths,
            "class": stack.classes,
            "index": list(range(len(stack.index))),
        },
    }
    with atomic_path(path) as partial, partial.open("wb") as stream:
        pickle.dump(rdms, stream, protocol=4)
