"""Figures of synthetic textures: images pixel for pixel, losses and judgements at their place."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from texalign.figures.kit import save_figure
from texalign.figures.synthesis_cross_evaluation import mean_relative_losses, synthesis_cross_evaluation
from texalign.figures.synthesis_losses import LossCurve, synthesis_losses
from texalign.figures.synthesis_panel import SMALLEST_CELL, PanelImage, synthesis_panel
from texalign.synthesis.results import Judgement


def random_pixels(seed: int, size: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)


def find(page: np.ndarray, image: np.ndarray) -> list[tuple[int, int]]:
    """Upper left corners at which `image` is on `page`, value for value."""
    height, width = image.shape[:2]
    corners = np.argwhere((page[: -height + 1, : -width + 1] == image[0, 0]).all(axis=-1))
    return [(y, x) for y, x in corners.tolist() if np.array_equal(page[y : y + height, x : x + width], image)]


@pytest.mark.parametrize("size", [224, 201, 64])
def test_panel_shows_images_pixel_for_pixel(size: int, tmp_path: Path) -> None:
    originals = {name: random_pixels(seed, size) for seed, name in enumerate(["a", "a long name of a texture", "c"])}
    rows = {
        f"network_{row}": {
            name: PanelImage(random_pixels(10 * row + column, size), 0.01) for column, name in enumerate(originals)
        }
        for row in (1, 2)
    }
    del rows["network_2"]["a"]
    save_figure(synthesis_panel(originals, rows), [tmp_path / "panel.png"])
    page = np.asarray(Image.open(tmp_path / "panel.png").convert("RGB"))
    zoom = -(-SMALLEST_CELL // size)
    places = []
    for images in (originals, *({name: image.pixels for name, image in row.items()} for row in rows.values())):
        for pixels in images.values():
            (place,) = find(page, pixels.repeat(zoom, axis=0).repeat(zoom, axis=1))
            places.append(place)
    tops = sorted({y for y, _ in places})
    lefts = sorted({x for _, x in places})
    assert (len(places), len(tops), len(lefts)) == (8, 3, 3)


def test_panel_without_originals_is_refused() -> None:
    with pytest.raises(ValueError, match="no originals"):
        synthesis_panel({}, {})
    with pytest.raises(ValueError, match="network: no original of b"):
        synthesis_panel({"a": random_pixels(0, 8)}, {"network": {"b": PanelImage(random_pixels(1, 8), 0.1)}})


def test_loss_curves_only_fall_and_end_at_what_was_saved() -> None:
    curves = [
        LossCurve("alexnet", texture, np.array([1.0, 2.0, np.nan, 0.1, 0.05]), saved)
        for texture, saved in [("pebbles", 0.06), ("scaly", 0.05)]
    ]
    figure = synthesis_losses(curves, {"alexnet": "AlexNet"})
    panels = [axes for axes in figure.axes if axes.lines]
    assert [axes.get_title(loc="left") for axes in panels] == ["pebbles", "scaly"]
    line, dot = panels[0].lines
    assert line.get_ydata().tolist() == [1.0, 1.0, 1.0, 0.1, 0.05]
    assert (dot.get_xdata().tolist(), list(dot.get_ydata())) == ([5], [0.06])
    assert (panels[0].get_xscale(), panels[0].get_yscale()) == ("log", "log")
    with pytest.raises(ValueError, match="no losses"):
        synthesis_losses([], {})


def judgement(judge: str, model: str, texture: str, relative_loss: float) -> Judgement:
    return Judgement(judge, model, texture, 0, relative_loss * 7, 7, relative_loss)


def test_matrix_has_makers_in_rows_and_judges_in_columns() -> None:
    judgements = [
        judgement("a", "a", "x", 0.01),
        judgement("a", "a", "y", 0.0001),
        judgement("a", "b", "x", 0.5),
        judgement("b", "a", "x", 2.0),
        judgement("b", "b", "x", 0.1),
    ]
    means = mean_relative_losses(judgements, ["a", "b"])
    np.testing.assert_allclose(means, [[0.001, 2.0], [0.5, 0.1]])
    figure = synthesis_cross_evaluation(judgements)
    texts = {text.get_position(): text.get_text() for text in figure.axes[0].texts}
    assert texts == {(0, 0): "0.001", (1, 0): "2", (0, 1): "0.5", (1, 1): "0.1"}
    with pytest.raises(ValueError, match="b has not judged any image of a"):
        mean_relative_losses(judgements[:3], ["a", "b"])
