"""How networks, or representations, judge each other's syntheses."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from texalign.errors import TexalignError
from texalign.figures.kit import TYPE_POINTS, MatrixSheet, broken, figure_style, text_width
from texalign.synthesis.judgements import ANCHORS, SYNTHESIS, UNRELATED, Judgement

NEAREST = "nearest other exemplar"
# Widest matrix in inches whose columns are made as wide as their labels.
WIDEST = 10.0
CELL_HEIGHT = 0.3


@dataclass(frozen=True)
class Acceptance:
    """Geometric means over images of losses relative to unrelated exemplars.

    `values`: (n_makers, n_judges); `anchors`: images whose likeness is known, to (n_judges,), NaN where there are none.
    """

    makers: Sequence[str]
    judges: Sequence[str]
    values: np.ndarray
    anchors: dict[str, np.ndarray]
    n_images: int
    n_textures: int


def acceptance(judgements: Sequence[Judgement], maker: str, judge: str) -> Acceptance:
    """Means by those fields of a `Judgement` which are to tell makers and judges apart.

    Raises TexalignError when there are no judgements, or a judge has not judged the images of a maker.
    """
    if not judgements:
        raise TexalignError("no judgements to plot")
    syntheses = [each for each in judgements if each.kind == SYNTHESIS]
    makers = list(dict.fromkeys(getattr(each, maker) for each in syntheses))
    judges = list(dict.fromkeys(getattr(each, judge) for each in judgements))
    values = np.array([[_mean(_matching(syntheses, {maker: m, judge: j})) for j in judges] for m in makers])
    for row, column in np.argwhere(np.isnan(values)).tolist():
        raise TexalignError(f"{judges[column]} has not judged any image of {makers[row]}")

    def anchor(kind: str, chosen: Sequence[Judgement]) -> np.ndarray:
        return np.array([_mean(_matching(chosen, {"kind": kind, judge: j})) for j in judges])

    anchors = {kind: anchor(kind, judgements) for kind in ANCHORS}
    anchors[NEAREST] = anchor(UNRELATED, _nearest(judgements))
    images = {(e.model, e.representation, e.texture, e.seed) for e in syntheses}
    return Acceptance(makers, judges, values, anchors, len(images), len({e.texture for e in judgements}))


def between_networks(judgements: Sequence[Judgement], representation: str) -> Acceptance:
    """Networks by networks, all of whose images were made and are judged by one representation."""
    return acceptance(
        [
            each
            for each in judgements
            if each.judged_by == representation and (each.kind != SYNTHESIS or each.representation == representation)
        ],
        "model",
        "judge",
    )


def between_representations(judgements: Sequence[Judgement]) -> Acceptance:
    """Representations by representations; every image is judged by the network that made it."""
    return acceptance(
        [each for each in judgements if each.kind != SYNTHESIS or each.model == each.judge],
        "representation",
        "judged_by",
    )


def synthesis_cross_evaluation(judgements: Sequence[Judgement], representation: str) -> Figure:
    """Matrix of networks that made images by networks that judge them; below it images whose likeness is known.

    Raises TexalignError when there are no judgements, or the matrix is not complete.
    """
    return _matrix(
        between_networks(judgements, representation),
        title=f"Images made by one network (row) as seen by another (column): loss by {representation}, relative to "
        "unrelated exemplars",
        across="Network that judges",
    )


def synthesis_between_representations(judgements: Sequence[Judgement]) -> Figure:
    """Matrix of representations that images match by representations that judge them, in the same network.

    Raises as `synthesis_cross_evaluation`.
    """
    return _matrix(
        between_representations(judgements),
        title="Images that match one representation (row) as seen by another (column): loss relative to unrelated "
        "exemplars",
        across="Representation that judges, in the network that made the image",
    )


@figure_style()
def _matrix(found: Acceptance, title: str, across: str) -> Figure:
    # An empty row between images that were made and those that show what numbers mean.
    labels = [*found.makers, "", *found.anchors]
    values = np.vstack([found.values, np.full((1, len(found.judges)), np.nan), *found.anchors.values()])
    judges = [broken(judge, 12) for judge in found.judges]
    width = max(0.45, *(text_width(line, TYPE_POINTS) + 0.1 for judge in judges for line in judge.splitlines()))
    turned = width * len(judges) > WIDEST
    judges = list(found.judges) if turned else judges
    width = max(0.45, 0.45 if turned else width)
    sheet = MatrixSheet(
        max(3.2, width * len(found.judges)),
        CELL_HEIGHT * len(labels),
        labels,
        judges,
        title=title,
        note=f"n = {found.n_images} synthetic images of {found.n_textures} textures; geometric means over images. "
        "0: the same to the judge; 1: as far off as other exemplars are from the same target (geometric mean). Below "
        "the gap: images whose likeness is known, over all targets.",
        turned=turned,
    )
    logarithms = np.log10(values)
    lowest = min(math.floor(np.nanmin(logarithms)), -1)
    highest = max(math.ceil(np.nanmax(logarithms)), 0)
    image = sheet.axes.imshow(logarithms, aspect="auto", vmin=lowest, vmax=highest, interpolation="nearest")
    sheet.axes.set_xticks(range(len(judges)), judges, rotation=90 if turned else 0)
    sheet.axes.set_yticks([row for row, label in enumerate(labels) if label], [label for label in labels if label])
    sheet.axes.set(xlabel=across)
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            dark = logarithms[row, column] < lowest + 0.6 * (highest - lowest)
            colour = "white" if dark else "black"
            sheet.axes.text(column, row, f"{value:.2g}", ha="center", va="center", color=colour)
    bar = sheet.colour_bar(image, "Loss relative to unrelated exemplars")
    bar.set_ticks(range(lowest, highest + 1), labels=[f"{10.0**power:g}" for power in range(lowest, highest + 1)])
    return sheet.figure


def _matching(judgements: Sequence[Judgement], fields: Mapping[str, str]) -> list[Judgement]:
    return [each for each in judgements if all(getattr(each, name) == value for name, value in fields.items())]


def _mean(judgements: Sequence[Judgement]) -> float:
    if not judgements:
        return math.nan
    # An image that is its exemplar to the last bit has loss 0.
    return math.exp(np.mean(np.log(np.maximum([each.relative_loss for each in judgements], 1e-12))))


def _nearest(judgements: Sequence[Judgement]) -> list[Judgement]:
    """Of the unrelated exemplars of each target, the one that the judge takes for the most alike."""
    nearest: dict[tuple[str, str, str], Judgement] = {}
    for each in judgements:
        key = (each.judge, each.judged_by, each.texture)
        if each.kind == UNRELATED and (key not in nearest or each.relative_loss < nearest[key].relative_loss):
            nearest[key] = each
    return list(nearest.values())
