"""Everything that is inferred of a layer from its clusters, and the table of what each draw of images gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from texalign.artifacts import hdf5, matrices
from texalign.artifacts.tables import write_tsv
from texalign.images.index import ImageIndex, check_origin
from texalign.information.contingency import LabelledClusters
from texalign.information.recovery import class_recovery, recovery_row
from texalign.information.rows import InferenceRow, OfLayer, RecoveryRow, joined
from texalign.information.uncertainty import Resampling, infer_information, inference_columns


@dataclass(frozen=True)
class InferredLayer:
    """Mutual information of a layer with its uncertainty, the classes that its clusters find, and its draws.

    `deviations_bits`: mutual information of each draw of images less the mean of all, (n_bootstraps,), bits.
    """

    row: InferenceRow
    recovered: list[RecoveryRow]
    deviations_bits: np.ndarray


def infer_layer(clusters: str | Path, index: ImageIndex, model: str, resampling: Resampling) -> InferredLayer:
    """From the file of a layer's clusters, at as many clusters as the index has classes.

    Raises TexalignError when the clusters are not those of the index's images.
    """
    attributes = hdf5.read_attributes(clusters)
    check_origin(clusters, attributes, index)
    of_layer = OfLayer.of(attributes, model)
    found = matrices.read_cluster_labels(clusters)[len(index.class_names) - 1]
    labels = LabelledClusters.of(index.class_indices, found)
    permuted = labels.permuted_tables(resampling.n_permutations, resampling.seed)
    inference = infer_information(labels, permuted, resampling)
    return InferredLayer(
        row=joined(InferenceRow, of_layer, inference_columns(labels, inference, resampling)),
        recovered=[recovery_row(of_layer, each, index.class_names) for each in class_recovery(labels, permuted)],
        deviations_bits=inference.draws.deviations_bits,
    )


def write_deviations(path: str | Path, layers: Sequence[InferredLayer]) -> None:
    """Write the draws of a network's layers as TSV: a row a draw, a column a layer, in bits."""
    first = layers[0].row
    network = {name: getattr(first, name) for name in ("representation", "protocol", "model")}
    deviations = {each.row.layer: each.deviations_bits for each in layers}
    rows = (
        {**network, "draw": draw, **dict(zip(deviations, values, strict=True))}
        for draw, values in enumerate(zip(*deviations.values(), strict=True), start=1)
    )
    write_tsv(path, [*network, "draw", *deviations], rows)
