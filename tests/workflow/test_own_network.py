"""A network of the user's own, from a module in the working directory, on the user's own images."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from texalign.artifacts import hdf5, tables
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
    "precision": "mixed",
    "networks": {
        "mine": {
            "source": "python",
            "callable": "my_networks:build",
            "arguments": {"width": 7},
            "weights": {"random": 3},
            "layers": ["0", "2"],
        },
        "chosen": {
            "source": "python",
            "callable": "my_networks:build",
            "arguments": {"width": 3},
            "weights": {"random": 3},
            "layers": {"spread": 2},
        },
    },
    "synthesis": {
        "exemplars": {"fein": {"class": "fein", "file": "a b.png"}},
        "networks": ["chosen"],
        "evaluations": 2,
    },
}


def make_images(folder: Path) -> None:
    """Two classes of several formats, sizes and modes; names with spaces and accents."""
    rng = np.random.default_rng(0)
    for name, mode in (("fein/a b.png", "RGB"), ("fein/é.jpg", "L"), ("grob/c.tif", "RGB"), ("grob/d.webp", "RGB")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (60, 70, 3), np.uint8)).convert(mode).save(folder / name)


def layers_are_in_one_table_whoever_chose_them(checkout: Checkout) -> None:
    """Those of the rule are what was tapped, in the files of vectors and by a synthesis."""
    rows = tables.read_tsv(checkout.folder / "results/own/tables/layers.tsv")
    found = [(row["model"], row["layer"], row["module"], row["chosen"], row["channels"]) for row in rows]
    assert found == [
        *(("mine", "L1", "0", "config", ""), ("mine", "L2", "2", "config", "")),
        *(("chosen", "L1", "0", "spread", "3"), ("chosen", "L2", "2", "spread", "5")),
    ]
    assert [row["depth"] for row in rows[2:]] == ["0.5", "1.0"]
    with hdf5.open_h5(checkout.folder / "results/own/gram/chosen.h5") as file:
        assert json.loads(file.attrs["layers"]) == {"L1": "0", "L2": "2"}
        assert [file[layer].attrs["module"] for layer in ("L1", "L2")] == ["0", "2"]
        assert all(0 < error < 0.05 for error in json.loads(file.attrs["mixed_relative_error"]).values())
    made = json.loads((checkout.folder / "results/own/synthesis/gram/chosen/fein.json").read_text())
    assert made["settings"]["layers"] == {"L1": "0", "L2": "2"}


def test_own_network_and_images_run_and_a_change_of_the_module_counts(checkout: Checkout):
    make_images(checkout.folder / "my images")
    (checkout.folder / "my_networks.py").write_text(MODULE)
    checkout.snakemake("--cores", "2", "best_mi", "synthesis", config=CONFIG)
    with hdf5.open_h5(checkout.folder / "results/own/gram/mine.h5") as file:
        assert file["L1"].shape == (4, 7 * 8 // 2)
        assert file["L2"].attrs["module"] == "2"
    layers_are_in_one_table_whoever_chose_them(checkout)
    (checkout.folder / "my_networks.py").write_text(MODULE.replace("5, 3)", "6, 3)"))
    assert ("extract_representations", "model=mine") in checkout.jobs("best_mi", config=CONFIG)
