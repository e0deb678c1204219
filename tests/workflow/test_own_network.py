"""A network of the user's own, from a module in the working directory, on the user's own images."""

from pathlib import Path

import numpy as np
from PIL import Image

from texalign.artifacts import hdf5
from workflow_project import Checkout

MODULE = """
from torch import nn


def build(width):
    return nn.Sequential(nn.Conv2d(3, width, 3), nn.ReLU(inplace=True), nn.Conv2d(width, 5, 3), nn.ReLU(inplace=True))
"""

CONFIG = {
    "study": "own",
    "images": {"source": "folder", "folder": "my images", "size": 48},
    "protocols": ["unit"],
    "networks": {
        "mine": {
            "source": "python",
            "callable": "my_networks:build",
            "arguments": {"width": 7},
            "weights": {"random": 3},
            "layers": ["0", "2"],
        }
    },
}


def make_images(folder: Path) -> None:
    """Two classes of several formats, sizes and modes; names with spaces and accents."""
    rng = np.random.default_rng(0)
    for name, mode in (("fein/a b.png", "RGB"), ("fein/é.jpg", "L"), ("grob/c.tif", "RGB"), ("grob/d.webp", "RGB")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (60, 70, 3), np.uint8)).convert(mode).save(folder / name)


def test_own_network_and_images_run_and_a_change_of_the_module_counts(checkout: Checkout):
    make_images(checkout.folder / "my images")
    (checkout.folder / "my_networks.py").write_text(MODULE)
    checkout.snakemake("--cores", "2", "best_mi", config=CONFIG)
    with hdf5.open_h5(checkout.folder / "results/own/gram/mine.h5") as file:
        assert file["L1"].shape == (4, 7 * 8 // 2)
        assert file["L2"].attrs["module"] == "2"
    (checkout.folder / "my_networks.py").write_text(MODULE.replace("5, 3)", "6, 3)"))
    assert ("extract_representations", "model=mine") in checkout.jobs("best_mi", config=CONFIG)
