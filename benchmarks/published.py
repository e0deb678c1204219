"""The published procedure, rewritten from its description with public libraries: what this project is measured against.

Not a copy of the published code. Where the description leaves a choice, the plain one is taken: what a user of torch,
h5py and scikit-learn would write first.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import h5py
import numpy as np
import torch
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics.pairwise import euclidean_distances
from torch import nn

BATCH = 8
HISTORY = 400


def extract_grams(network: nn.Module, modules: Sequence[str], images: np.ndarray, file: Path) -> None:
    """Gram matrices of images, (n, 3, height, width) float32: the whole network in batches of 8, every map kept until
    the pass ends, full matrices by einsum, written by `write_grams`.
    """
    maps: dict[str, torch.Tensor] = {}

    def keep(name: str) -> Callable:
        def hook(_module: torch.nn.Module, _inputs: tuple, output: torch.Tensor) -> None:
            maps[name] = output.clone().relu_()

        return hook

    hooks = [network.get_submodule(name).register_forward_hook(keep(name)) for name in modules]
    with torch.no_grad(), h5py.File(file, "w") as store:
        for start in range(0, len(images), BATCH):
            network(torch.from_numpy(images[start : start + BATCH]))
            for layer, name in enumerate(modules, start=1):
                grams = torch.einsum("nihw,njhw->nij", maps[name], maps[name])
                write_grams(store, layer, start, grams.numpy())
    for hook in hooks:
        hook.remove()


def write_grams(store: h5py.File, layer: int, first: int, grams: np.ndarray) -> None:
    """Gram matrices of a layer, (n, C, C), of images from `first` on: a dataset each, gzip at level 6."""
    for image, gram in enumerate(grams, start=first):
        store.create_dataset(f"{image}/L{layer}", data=gram, compression="gzip", compression_opts=6)


def read_grams(file: Path, layer: int) -> np.ndarray:
    """Full Gram matrices of a layer, (n, C, C)."""
    with h5py.File(file) as store:
        return np.stack([store[f"{image}/L{layer}"][:] for image in range(len(store))])


def distances(grams: np.ndarray) -> np.ndarray:
    """Euclidean distances of full Gram matrices, (n, n), by scikit-learn."""
    return euclidean_distances(grams.reshape(len(grams), -1))


def cluster(rdm: np.ndarray, n_clusters: int) -> np.ndarray:
    """Labels, (n,), of a Ward tree fitted to the rows of an RDM for this number of clusters alone."""
    return AgglomerativeClustering(n_clusters=n_clusters, linkage="ward").fit_predict(rdm)
