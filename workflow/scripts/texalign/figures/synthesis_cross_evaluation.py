"""How networks judge each other's syntheses."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from texalign.errors import TexalignError
from texalign.figures.kit import LABEL_PITCH, MatrixSheet, figure_style
from texalign.synthesis.results import Judgement


def mean_relative_losses(judgements: Sequence[Judgement], models: Sequence[str]) -> np.ndarray:
    """Geometric mean over textures and seeds of the relative losses: (n_models, n_models), row: the network that made
    the images, column: the network that judges them.

    Raises TexalignError when a network has not judged the images of another.
    """
    means = np.empty((len(models), len(models)))
    for row, maker in enumerate(models):
        for column, judge in enumerate(models):
            found = [j.relative_loss for j in judgements if (j.model, j.judge) == (maker, judge)]
            if not found:
                raise TexalignError(f"{judge} has not judged any image of {maker}")
            # An image that is its exemplar to the last bit has loss 0.
            means[row, column] = math.exp(np.mean(np.log(np.maximum(found, 1e-12))))
    return means


@figure_style()
def synthesis_cross_evaluation(judgements: Sequence[Judgement]) -> Figure:
    """Matrix of networks that made images by networks that judge them, on a logarithmic colour scale.

    Raises TexalignError when there are no judgements, or the matrix is not complete.
    """
    if not judgements:
        raise TexalignError("no judgements to plot")
    models = list(dict.fromkeys(judgement.judge for judgement in judgements))
    means = mean_relative_losses(judgements, models)
    n_images = len({(judgement.model, judgement.texture, judgement.seed) for judgement in judgements})
    side = max(2.8, len(models) * max(0.42, LABEL_PITCH))
    sheet = MatrixSheet(
        side,
        side,
        models,
        models,
        title="Images of one network as seen by another: Gram loss, relative to a random pair of exemplars",
        note=f"n = {n_images} images of {len({judgement.texture for judgement in judgements})} textures; geometric "
        "mean over the images of a network. 1: no more alike than unrelated textures.",
    )
    # Logarithms, for Matplotlib labels logarithmic scales with formulas, which these figures do not parse.
    logarithms = np.log10(means)
    lowest = math.floor(logarithms.min())
    highest = max(math.ceil(logarithms.max()), lowest + 1)
    image = sheet.axes.imshow(logarithms, aspect="auto", vmin=lowest, vmax=highest, interpolation="nearest")
    sheet.axes.set_xticks(range(len(models)), models, rotation=90)
    sheet.axes.set_yticks(range(len(models)), models)
    sheet.axes.set(xlabel="Network that judges", ylabel="Network that made the image")
    for (row, column), mean in np.ndenumerate(means):
        dark = logarithms[row, column] < lowest + 0.6 * (highest - lowest)
        sheet.axes.text(column, row, f"{mean:.2g}", ha="center", va="center", color="white" if dark else "black")
    sheet.colour_bar(image, "Loss relative to a random pair of exemplars (log₁₀)")
    return sheet.figure
