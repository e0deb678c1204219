"""Images of a folder, of files and of an array, with their labels and in batches."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from texalign.errors import TexalignError
from texalign.images.labelled import LabelledImages


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of uniform images, 20 x 10 pixels; grey value by image."""
    for value, name in enumerate(["brick/a.png", "brick/b.png", "woven/a.png"], start=1):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (20, 10), (value, value, value)).save(tmp_path / name)
    return tmp_path


def test_a_folder_labels_by_its_subfolders(folder: Path):
    images = LabelledImages.of(folder)
    assert images.paths == ("brick/a.png", "brick/b.png", "woven/a.png")
    assert images.classes == ("brick", "brick", "woven")
    batches = list(images.batches(2, 8))
    assert [batch.shape for batch in batches] == [(2, 8, 8, 3), (1, 8, 8, 3)]
    assert np.concatenate(batches)[:, 0, 0, 0].tolist() == [1, 2, 3]


def test_files_keep_their_order_and_may_be_labelled(folder: Path):
    files = [folder / "woven/a.png", str(folder / "brick/a.png")]
    images = LabelledImages.of(files)
    assert images.paths == tuple(map(str, files))
    assert images.classes == ("woven", "brick")
    assert np.concatenate(list(images.batches(5, 4)))[:, 0, 0, 0].tolist() == [3, 1]
    assert LabelledImages.of(files, ["x", "y"]).classes == ("x", "y")


def test_arrays_stay_as_they_are():
    pixels = np.random.default_rng(0).integers(0, 256, (3, 6, 5, 3), np.uint8)
    images = LabelledImages.of(pixels, ["x", "y", "y"])
    np.testing.assert_array_equal(np.concatenate(list(images.batches(2, 224))), pixels)
    assert images.paths == ("0", "1", "2")
    assert LabelledImages.of(pixels).classes == ("", "", "")


@pytest.mark.parametrize(
    ("images", "classes", "message"),
    [
        (np.zeros((2, 3, 4, 4), np.uint8), None, r"shape \(2, 3, 4, 4\) and type uint8"),
        (np.zeros((2, 4, 4, 3)), None, "type float64"),
        (np.zeros((0, 4, 4, 3), np.uint8), None, r"shape \(0, 4, 4, 3\)"),
        (np.zeros((2, 4, 4, 3), np.uint8), ["x"], "1 class labels for 2 images"),
        ("no/such/folder", None, "is not a folder"),
        ("no/such/folder", ["x"], "leave out `classes`"),
    ],
)
def test_what_does_not_fit_is_refused(images: object, classes: list[str] | None, message: str):
    with pytest.raises(TexalignError, match=message):
        LabelledImages.of(images, classes)
