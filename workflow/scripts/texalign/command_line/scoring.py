"""What `texalign score` computes: every layer of one network on one set of labelled images."""

import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from tqdm import tqdm

from texalign.artifacts import hdf5, matrices
from texalign.artifacts.records import column
from texalign.clusters import ward
from texalign.clusters.protocols import registry as protocols
from texalign.errors import TexalignError
from texalign.images.labelled import LabelledImages
from texalign.information import probes, uncertainty
from texalign.information.contingency import LabelledClusters
from texalign.information.rows import Inference, LayerName, Probed, joined
from texalign.networks.network import Network
from texalign.rdms.compute import column_blocks, vector_rdms
from texalign.representations import registry
from texalign.representations.extract import extract, images_per_batch


@dataclass(frozen=True)
class _Scored(LayerName):
    module: str = column("module that the layer taps")
    map: str = column("channels, height and width of its map; Linear outputs have one position")


@dataclass(frozen=True)
class LayerScore(Probed, Inference, _Scored):
    """What `texalign score` tells of a layer."""

    chance_permutations: int = column("permutations of the labels that knn_chance and linear_chance are taken from")


@dataclass(frozen=True)
class Question:
    """What is asked of every layer: by which representation and protocol, and how its uncertainty is estimated.

    `neighbours`: nearest images that vote for the class of an image. `device`: torch's, to run the network on.
    """

    representation: str
    protocol: str
    resampling: uncertainty.Resampling
    neighbours: int
    device: str = "cpu"


def score_network(network: Network, images: LabelledImages, question: Question, folder: str | Path) -> list[LayerScore]:
    """A row a layer: mutual information of the classes with as many clusters, its uncertainty, and probes.

    The numbers are those of the workflow's tables. Vectors go to a temporary file in `folder`, as in the workflow, so
    that memory is bounded by the distances: about 50 n^2 bytes for n images.

    Raises TexalignError when the images have one class only, a name is unknown, or a step raises it.
    """
    class_names, classes = np.unique(images.classes, return_inverse=True)
    if len(class_names) < 2:
        raise TexalignError(f"all {len(images)} images are of one class; at least 2 classes are needed to compare")
    with TemporaryDirectory(dir=folder, prefix=".texalign-") as scratch:
        file = Path(scratch) / "vectors.h5"
        _write_vectors(file, network, images, question)
        with hdf5.open_h5(file) as vectors:
            return [_score_layer(vectors, layer, network, classes, question) for layer in network.taps]


def _write_vectors(file: Path, network: Network, images: LabelledImages, question: Question) -> None:
    representation = registry.get(question.representation)
    device = torch.device(question.device)
    batch_size = images_per_batch(network.tapped, network.image_size, device, float("inf"))
    batches = images.batches(batch_size, network.image_size, threads=len(os.sched_getaffinity(0)))
    with (
        hdf5.create_h5(file, {}) as created,
        matrices.VectorWriter(created, len(images), network.taps, representation.name) as writer,
        tqdm(total=len(images), unit="image", mininterval=1, leave=False) as progress,
    ):
        extract(
            network.tapped,
            _counted(batches, progress),
            network.normalization,
            [representation],
            lambda _representation, layer, shape, vectors: writer.append(layer, shape, vectors),
            device,
        )


def _counted(batches: Iterable[np.ndarray], progress: tqdm) -> Iterator[np.ndarray]:
    for batch in batches:
        yield batch
        progress.update(len(batch))


def _score_layer(
    vectors: hdf5.CheckedFile, layer: str, network: Network, classes: np.ndarray, question: Question
) -> LayerScore:
    logging.info("layer %s (%s)", layer, network.taps[layer])
    array = matrices.vector_dataset(vectors, layer)
    rdms = vector_rdms(vectors, layer, column_blocks(array))
    protocol = protocols.get(question.protocol)
    distances = protocol.distances(rdms[protocol.dissimilarity])
    clusters = ward.cut_all(ward.ward_linkage(distances), int(classes.max()) + 1)[-1]
    labels = LabelledClusters.of(classes, clusters)
    permuted = labels.permuted_tables(question.resampling.n_permutations, question.resampling.seed)
    found = uncertainty.infer_information(labels, permuted, question.resampling)
    probed = probes.probe_columns(
        probes.probe_distances(distances, classes, question.neighbours, question.resampling.seed)
    )
    return joined(
        LayerScore,
        # Both have a number of permutations: the table's is that of the null of mutual information.
        probed,
        uncertainty.inference_columns(labels, found, question.resampling),
        representation=question.representation,
        protocol=question.protocol,
        model=network.name,
        layer=layer,
        module=str(network.taps[layer]),
        map=" x ".join(str(array.attrs[edge]) for edge in ("channels", "height", "width")),
        chance_permutations=probed.n_permutations,
    )
