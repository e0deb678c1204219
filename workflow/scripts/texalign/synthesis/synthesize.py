"""Texture synthesis: an image whose representation matches an exemplar's, found by L-BFGS over its pixels.

After Gatys, Ecker and Bethge (2015), Texture synthesis using convolutional neural networks, with any representation in
the place of their Gram matrices. Images are tensors (1, 3, height, width) with values from 0 to 1 throughout; what
counts as a result is the loss of the 8-bit image.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from texalign.representations.base import Representation
from texalign.synthesis.loss import ImageMaps, TextureLoss, default_weighting
from texalign.synthesis.optimise import Stopping, minimize
from texalign.synthesis.pixels import default_history, eight_bit, mid_grey, parametrization, to_tensor
from texalign.synthesis.results import LossByLayer, Restart
from texalign.synthesis.runs import Checkpoint


@dataclass(frozen=True)
class SynthesisSettings:
    """How an image is made; what the fields mean is told with `WEIGHTINGS`, `PARAMETRIZATIONS` and `Stopping`.

    `weighting` None is the representation's default, `history` None the parametrisation's own.
    """

    weighting: str | None = None
    layer_weights: Mapping[str, float] = field(default_factory=dict)
    parametrization: str = "sigmoid"
    spectrum: float = 0.5
    history: int | None = None
    evaluations: int = 800
    tolerance: float = 0.0

    def resolved(self, representation: str) -> "SynthesisSettings":
        """With the defaults of a representation and of the parametrisation filled in."""
        return replace(
            self,
            weighting=self.weighting or default_weighting(representation),
            history=self.history or default_history(self.parametrization),
        )


@dataclass(frozen=True)
class Synthesis:
    """An image made to match an exemplar: `image` (height, width, 3) uint8, and how it came about.

    `trace` holds the loss at every evaluation. Losses: of flat grey, of the start, of the best image, and of `image`,
    which is the best one in 8 bits. `seconds` are of wall clock, over all interrupted runs; `resumed` counts these.
    """

    image: np.ndarray
    trace: Sequence[float]
    restarts: Sequence[Restart]
    stopped: str
    seconds: float
    resumed: int
    flat: LossByLayer
    start: LossByLayer
    final: LossByLayer
    saved: LossByLayer

    @property
    def outcome(self) -> dict[str, object]:
        """What does not depend on the clock, as fields of a `SynthesisResult`."""
        names = ("stopped", "restarts", "flat", "start", "final", "saved")
        return {"evaluations": len(self.trace), **{name: getattr(self, name) for name in names}}


def synthesize(
    maps: ImageMaps,
    representation: Representation,
    exemplar: Tensor,
    settings: SynthesisSettings | None = None,
    *,
    seed: int = 0,
    start: Tensor | None = None,
    image_size: int | None = None,
    checkpoint: Checkpoint | None = None,
) -> Synthesis:
    """An image that has the exemplar's representation in the tapped layers of a network.

    It starts from Gaussian noise drawn from `seed`, `image_size` pixels wide and high (by default the exemplar's size),
    or from the image `start`. Raises TexalignError as `TextureLoss`, `Stopping` and `minimize` do.
    """
    settings = (settings or SynthesisSettings()).resolved(representation.name)
    stopping = Stopping(settings.evaluations, settings.tolerance)
    pixels = parametrization(settings.parametrization, maps.normalization, settings.spectrum)
    if start is None:
        size = image_size or exemplar.shape[-1]
        start = pixels.noise(seed, (1, 3, size, size))
    start = start.to(exemplar)
    loss = TextureLoss(maps, representation, exemplar, settings.weighting, settings.layer_weights)
    flat = loss.by_layer(mid_grey(start))
    run = minimize(loss, pixels, start, flat.total, stopping, settings.history, checkpoint)
    with torch.no_grad():
        final = pixels.pixels(run.best)
        image = eight_bit(final)
        return Synthesis(
            image=image,
            trace=run.trace,
            restarts=run.restarts,
            stopped=run.stopped,
            seconds=run.seconds,
            resumed=run.resumed,
            flat=flat,
            start=loss.by_layer(pixels.pixels(pixels.variables(start))),
            final=loss.by_layer(final),
            saved=loss.by_layer(to_tensor(image).to(exemplar)),
        )
