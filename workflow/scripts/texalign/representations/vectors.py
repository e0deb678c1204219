"""Vectors of images in memory under one representation; without torch, so that what only reads them starts fast."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Vectors:
    """n images as one layer of a network represents them: `values`, (n, size) float32, read-only.

    `paths`, `classes`: of the images, n each. `layer` is the name of `module` in a study; both, and `model`, are empty
    strings where they are not known.
    """

    values: np.ndarray
    paths: Sequence[str]
    classes: Sequence[str]
    representation: str = ""
    model: str = ""
    layer: str = ""
    module: str = ""

    def __len__(self) -> int:
        """Number of images."""
        return len(self.values)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """`values`, so that NumPy takes vectors where it takes an array."""
        return np.array(self.values, dtype, copy=copy)

    def __repr__(self) -> str:
        n, size = self.values.shape
        place = f"{self.model} {self.layer} ({self.module})"
        return f"<Vectors of {n} images, {size} numbers each, {self.representation} at {place}>"
