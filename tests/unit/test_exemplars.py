"""The program that prepares exemplars of texture synthesis."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from support import PROJECT
from texalign.images.pixels import FITS, load_rgb

PROGRAM = PROJECT / "workflow/scripts/prepare_exemplar.py"


@pytest.mark.parametrize("fit", FITS)
def test_exemplars_are_made_square_as_the_studys_images_are(fit: str, tmp_path: Path):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 90, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "wide.png")
    flags = ["--image", "wide.png", "--size", "32", "--fit", fit, "--output", "exemplar.png"]
    subprocess.run([sys.executable, PROGRAM, *flags], cwd=tmp_path, check=True, capture_output=True)
    with Image.open(tmp_path / "exemplar.png") as made:
        assert np.array_equal(np.asarray(made), FITS[fit](load_rgb(tmp_path / "wide.png"), 32))
    assert not np.array_equal(
        FITS["squash"](load_rgb(tmp_path / "wide.png"), 32), FITS["crop"](load_rgb(tmp_path / "wide.png"), 32)
    )
