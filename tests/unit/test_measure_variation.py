"""The variation of information, a measure of which less is better."""

import numpy as np
import pytest
from scipy.stats import entropy

from texalign.information import layers
from texalign.information.contingency import LabelledClusters
from texalign.information.measures.variation import VI_NSB_BITS


def test_of_many_images_it_is_what_frequencies_give():
    rng = np.random.default_rng(0)
    classes = rng.integers(3, size=60_000)
    clusters = np.where(rng.random(60_000) < 0.3, rng.integers(4, size=60_000), classes)
    labels = LabelledClusters.of(classes, clusters)
    table = labels.table() / 60_000
    parts = [entropy(p, base=2) for p in (table.sum(axis=1), table.sum(axis=0), table.ravel())]
    assert VI_NSB_BITS.value(labels) == pytest.approx(2 * parts[2] - parts[0] - parts[1], abs=1e-3)


def test_clusters_that_are_the_classes_vary_least():
    classes = np.repeat(np.arange(5), 200)
    same, other = (VI_NSB_BITS.value(LabelledClusters.of(classes, its)) for its in (classes, np.tile(range(5), 200)))
    assert abs(same) < 0.05 < other


def test_the_layer_of_the_lowest_value_is_chosen():
    rows = [
        {
            "representation": "gram",
            "protocol": "raw",
            "model": "a",
            "layer": f"L{i}",
            "position": i,
            "vi_nsb_bits": value,
        }
        for i, value in enumerate(("3.0", "1.0", "2.0"), start=1)
    ]
    (best,) = layers.best_layers(layers.with_criterion(rows, {}, "vi_nsb_bits"), "value")
    assert best["layer"] == "L2"
