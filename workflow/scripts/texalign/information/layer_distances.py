"""Distances of a network's layers as protocols see them, from its files of RDMs."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from texalign.artifacts import hdf5, matrices
from texalign.clusters.protocols import registry
from texalign.images.index import ImageIndex, check_origin
from texalign.information.rows import OfLayer


def layer_distances(
    files: Sequence[Path], protocols: Sequence[str], model: str, index: ImageIndex
) -> Iterator[tuple[OfLayer, np.ndarray]]:
    """Of each protocol and layer the condensed distances that its Ward tree sees.

    Raises TexalignError when a file is not of the index's images.
    """
    for protocol in protocols:
        entry = registry.get(protocol)
        for path in files:
            attributes = hdf5.read_attributes(path)
            check_origin(path, attributes, index)
            of_layer = OfLayer.of(attributes, model, protocol)
            logging.info("%s", of_layer)
            yield of_layer, entry.distances(matrices.read_rdm(path, entry.dissimilarity))
