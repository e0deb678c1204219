"""Mixed precision: its error is measured on a sample of each run, written down, and refused where it is too much."""

import json
from pathlib import Path

import numpy as np
import pytest

from texalign.artifacts import hdf5
from texalign.artifacts.tap import numbered_taps
from texalign.errors import TexalignError
from texalign.networks.preprocessing import PAPER
from texalign.networks.sources import Architecture
from texalign.networks.taps import TappedNetwork
from texalign.representations import precision, registry
from texalign.representations.files import write_representations


def network() -> TappedNetwork:
    return TappedNetwork(Architecture("python", "toy_networks:circular").build(), numbered_taps(["0", "2"]))


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (6, 48, 48, 3), np.uint8)


def test_errors_are_those_of_the_worst_image():
    exact = np.random.default_rng(0).standard_normal((5, 7)).astype(np.float32)
    scaled = precision.compared(exact, np.float32(1.25) * exact)
    assert scaled.relative_error == pytest.approx(0.25)
    assert scaled.rdm_row_correlation == pytest.approx(1.0)
    moved = exact.copy()
    moved[3] += 1.0
    found = precision.compared(exact, moved)
    assert found.relative_error == pytest.approx(np.sqrt(7) / np.linalg.norm(exact[3]), rel=1e-6)
    rows = []
    for image in range(5):
        others = [other for other in range(5) if other != image]
        before, after = (
            [np.sqrt(((vectors[image].astype(float) - vectors[other]) ** 2).sum()) for other in others]
            for vectors in (exact, moved)
        )
        rows.append(np.corrcoef(before, after)[0, 1])
    assert found.rdm_row_correlation == pytest.approx(min(rows), abs=1e-9)


@pytest.mark.parametrize(
    ("exact", "mixed", "tolerable"),
    [
        (np.zeros((4, 3)), np.zeros((4, 3)), True),
        (np.zeros((4, 3)), np.ones((4, 3)), False),
        (np.eye(4), np.full((4, 4), np.inf), False),
        (np.eye(4), np.full((4, 4), np.nan), False),
        (np.eye(4, 9), np.eye(4, 9), True),
        (np.eye(2), np.eye(2), True),
    ],
)
def test_what_is_no_number_is_not_tolerable(exact: np.ndarray, mixed: np.ndarray, tolerable: bool):
    assert precision.compared(exact, mixed).tolerable == tolerable


def test_a_sample_is_even_over_all_images():
    assert precision.sample_of(5640)[:3] == [0, 376, 752]
    assert precision.sample_of(5640)[-1] == 5639
    assert precision.sample_of(3) == [0, 1, 2]
    assert len(precision.sample_of(5640)) == 16


def test_bfloat16_is_found_to_keep_eight_bits(images: np.ndarray):
    (layers,) = precision.measure(network(), images, PAPER, [registry.get("gram")], batch_size=4).values()
    for error in layers.values():
        assert 1e-4 < error.relative_error < 2**-6
        assert 0.999 < error.rdm_row_correlation < 1
    assert list(layers) == ["L1", "L2"]


def test_what_is_measured_is_in_the_file_or_the_run_is_refused(
    images: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    outputs = {name: tmp_path / f"{name}.h5" for name in ("gram", "mean")}
    own = precision.attributes(network(), images, PAPER, outputs)
    write_representations(outputs, network(), [images], PAPER, 6, {}, precision="mixed", own_attributes=own)
    errors = {}
    for name, file in outputs.items():
        with hdf5.open_h5(file) as opened:
            errors[name] = json.loads(opened.attrs["mixed_relative_error"])
            assert opened.attrs["mixed_sample"] == 6
            assert set(json.loads(opened.attrs["mixed_rdm_row_correlation"])) == {"L1", "L2"}
    assert errors["gram"]["L2"] != errors["mean"]["L2"]
    monkeypatch.setattr(precision, "LARGEST_CHANGE", errors["gram"]["L2"] / 2)
    with pytest.raises(TexalignError, match=r"gram L2 \(relative error .*set precision: float32"):
        precision.attributes(network(), images, PAPER, outputs)
