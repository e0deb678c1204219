"""Figures of synthetic textures: images pixel for pixel, losses and judgements at their place."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from texalign.figures.kit import save_figure
from texalign.figures.synthesis_cross_evaluation import (
    NEAREST,
    between_networks,
    between_representations,
    synthesis_between_representations,
    synthesis_cross_evaluation,
)
from texalign.figures.synthesis_losses import LossCurve, synthesis_losses
from texalign.figures.synthesis_panel import SMALLEST_CELL, PanelImage, Shown, by_representation, by_texture, panel
from texalign.synthesis.judgements import ANCHORS, Judgement
from texalign.synthesis.results import LossByLayer, SynthesisResult


def random_pixels(seed: int, size: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)


def find(page: np.ndarray, image: np.ndarray) -> list[tuple[int, int]]:
    """Upper left corners at which `image` is on `page`, value for value."""
    height, width = image.shape[:2]
    corners = np.argwhere((page[: -height + 1, : -width + 1] == image[0, 0]).all(axis=-1))
    return [(y, x) for y, x in corners.tolist() if np.array_equal(page[y : y + height, x : x + width], image)]


def result(model: str, texture: str, representation: str = "gram", saved: float = 0.05) -> SynthesisResult:
    flat, other = LossByLayer(10.0, {"L1": 10.0}), LossByLayer(10 * saved, {"L1": 10 * saved})
    settings = {"representation": representation}
    return SynthesisResult(model, texture, 0, settings, "evaluations", 5, [], flat, flat, other, other, "cpu", 1, {})


def captions(figure: Figure) -> list[str]:
    return [
        text.get_text() for text in figure.texts if text.get_text().startswith("own ") and ":" not in text.get_text()
    ]


@pytest.mark.parametrize("size", [224, 201, 64])
def test_panel_shows_images_pixel_for_pixel(size: int, tmp_path: Path) -> None:
    originals = {name: random_pixels(seed, size) for seed, name in enumerate(["a", "a long name of a texture", "c"])}
    made = [
        Shown(result(model, name), random_pixels(10 * row + column, size))
        for row, model in enumerate(["network_1", "network_2"], start=1)
        for column, name in enumerate(originals)
        if (model, name) != ("network_2", "a")
    ]
    save_figure(by_texture(originals, made, []), [tmp_path / "panel.png"], colours=None)
    page = np.asarray(Image.open(tmp_path / "panel.png").convert("RGB"))
    zoom = -(-SMALLEST_CELL // size)
    places = []
    for pixels in [*originals.values(), *(each.pixels for each in made)]:
        (place,) = find(page, pixels.repeat(zoom, axis=0).repeat(zoom, axis=1))
        places.append(place)
    tops = sorted({y for y, _ in places})
    lefts = sorted({x for _, x in places})
    assert (len(places), len(tops), len(lefts)) == (8, 3, 3)


def test_panel_says_whose_the_numbers_are_and_how_other_networks_judge() -> None:
    """A network's own loss alone reads as if it could be compared between networks.

    Correction 2 of docs/differences.md.
    """
    originals = {"a": random_pixels(0, 8)}
    made = [Shown(result("x", "a", saved=0.0065), random_pixels(1, 8)), Shown(result("y", "a"), random_pixels(2, 8))]
    judgements = [
        judgement("x", "x", "a", 1e-5),  # its own opinion does not count
        judgement("y", "x", "a", 0.25),
        judgement("z", "x", "a", 1.0),
        judgement("x", "y", "a", 0.3),
        judgement("z", "x", "a", 9.0, judged_by="mean"),
        judgement("y", "x", "b", 9.0),
    ]
    figure = by_texture(originals, made, judgements)
    assert captions(figure) == ["own 0.0065\nothers 0.5", "own 0.05\nothers 0.3"]
    note = " ".join(figure.texts[-1].get_text().split())
    assert "not to be compared between networks" in note
    assert "others: loss in the other networks relative to unrelated exemplars there" in note
    assert captions(by_texture(originals, made, [])) == ["own 0.0065", "own 0.05"]


def test_one_texture_by_all_representations() -> None:
    made = [Shown(result(m, t, r), random_pixels(1, 8)) for m in "xy" for r in ("gram", "mean") for t in ("a", "b")]
    judgements = [
        judgement("x", "x", "a", 0.5, judged_by="mean"),
        judgement("x", "x", "a", 0.1),
        judgement("y", "x", "a", 9.0, judged_by="mean"),
    ]
    figure = by_representation(random_pixels(0, 8), "a", made, judgements)
    texts = [text.get_text() for text in figure.texts]
    assert texts[:3] == ["original", "gram", "mean"]
    assert captions(figure) == ["own 0.05\nothers 0.5", "own 0.05", "own 0.05", "own 0.05"]
    assert len(figure.axes) == 6  # the original before each row


def test_panel_without_images_is_refused() -> None:
    with pytest.raises(ValueError, match="no images"):
        panel([], {}, "")
    with pytest.raises(ValueError, match="network: no column for b"):
        panel(["a"], {"network": {"b": PanelImage(random_pixels(1, 8))}}, "")


def test_loss_curves_only_fall_and_end_at_what_was_saved() -> None:
    curves = [
        LossCurve("alexnet", texture, np.array([1.0, 2.0, np.nan, 0.1, 0.05]), saved)
        for texture, saved in [("pebbles", 0.06), ("scaly", 0.05)]
    ]
    figure = synthesis_losses(curves, {"alexnet": "AlexNet"}, "gram")
    panels = [axes for axes in figure.axes if axes.lines]
    assert [axes.get_title(loc="left") for axes in panels] == ["pebbles", "scaly"]
    line, dot = panels[0].lines
    assert line.get_ydata().tolist() == [1.0, 1.0, 1.0, 0.1, 0.05]
    assert (dot.get_xdata().tolist(), list(dot.get_ydata())) == ([5], [0.06])
    assert (panels[0].get_xscale(), panels[0].get_yscale()) == ("log", "log")
    assert "not a better texture" in figure.get_supxlabel()
    with pytest.raises(ValueError, match="no losses"):
        synthesis_losses([], {}, "gram")


def test_networks_of_one_family_are_told_apart() -> None:
    """A fifth network of a family has the first one's line style again; shades of its colour tell them apart."""
    models = [f"resnet{number}" for number in range(6)]
    curves = [LossCurve(model, "pebbles", np.array([1.0, 0.1]), 0.1) for model in models]
    figure = synthesis_losses(curves, dict.fromkeys(models, "ResNet"), "gram")
    lines = figure.axes[0].lines
    drawn = {(lines[i].get_linestyle(), lines[i].get_color()) for i in range(0, len(lines), 2)}
    assert len(drawn) == len(models)
    (legend,) = figure.legends
    shown = [(handle.get_linestyle(), handle.get_color()) for handle in legend.legend_handles]
    assert set(shown) == drawn


def judgement(
    judge: str, model: str, texture: str, relative_loss: float, kind: str = "synthesis", judged_by: str = "gram"
) -> Judgement:
    made_by = "gram" if kind == "synthesis" else ""
    return Judgement(judge, judged_by, kind, model, made_by, texture, 0, relative_loss * 7, 7)


JUDGEMENTS = [
    judgement("a", "a", "x", 0.01),
    judgement("a", "a", "y", 0.0001),
    judgement("a", "b", "x", 0.5),
    judgement("b", "a", "x", 2.0),
    judgement("b", "b", "x", 0.1),
]
ANCHOR_JUDGEMENTS = [
    judgement("a", "", "x", 0.1, "flat grey"),
    judgement("a", "", "y", 0.4, "flat grey"),
    judgement("b", "", "x", 0.3, "flat grey"),
    judgement("a", "y", "x", 0.25, "unrelated"),
    judgement("a", "z", "x", 4.0, "unrelated"),
]


def test_matrix_has_makers_in_rows_judges_in_columns_and_known_images_below() -> None:
    found = between_networks([*JUDGEMENTS, *ANCHOR_JUDGEMENTS], "gram")
    np.testing.assert_allclose(found.values, [[0.001, 2.0], [0.5, 0.1]])
    np.testing.assert_allclose(found.anchors["flat grey"], [0.2, 0.3])
    np.testing.assert_allclose(found.anchors[NEAREST], [0.25, np.nan])
    figure = synthesis_cross_evaluation([*JUDGEMENTS, *ANCHOR_JUDGEMENTS], "gram")
    axes = figure.axes[0]
    texts = {text.get_position(): text.get_text() for text in axes.texts}
    rows = {
        label.get_text(): position for label, position in zip(axes.get_yticklabels(), axes.get_yticks(), strict=True)
    }
    assert list(rows) == ["a", "b", *ANCHORS, NEAREST]
    makers = {(0, 0): "0.001", (1, 0): "2", (0, 1): "0.5", (1, 1): "0.1"}
    grey = {(0, rows["flat grey"]): "0.2", (1, rows["flat grey"]): "0.3"}
    assert texts == {**makers, **grey, (0, rows[NEAREST]): "0.25"}
    with pytest.raises(ValueError, match="b has not judged any image of b"):
        between_networks(JUDGEMENTS[:4], "gram")
    with pytest.raises(ValueError, match="no judgements"):
        synthesis_cross_evaluation([], "gram")


def test_cells_and_colour_bar_speak_of_the_same_number() -> None:
    """Correction 1 of docs/differences.md."""
    figure = synthesis_cross_evaluation(JUDGEMENTS, "gram")
    image, bar = figure.axes[0].images[0], figure.axes[1]
    for tick, label in zip(bar.get_xticks(), bar.get_xticklabels(), strict=True):
        assert float(label.get_text()) == pytest.approx(10.0**tick)
    cells = {text.get_position(): float(text.get_text()) for text in figure.axes[0].texts}
    for (column, row), value in cells.items():
        assert image.get_array()[row, column] == pytest.approx(np.log10(value), abs=0.02)
    assert "log" not in bar.get_xlabel()


def test_labels_are_turned_only_where_there_is_no_room() -> None:
    def rotation(models: list[str]) -> float:
        judgements = [judgement(judge, model, "x", 0.1) for judge in models for model in models]
        figure = synthesis_cross_evaluation(judgements, "gram")
        figure.canvas.draw()
        labels = [label.get_window_extent() for label in figure.axes[0].get_xticklabels()]
        assert all(left.x1 <= right.x0 + 1 for left, right in pairwise(labels))
        return figure.axes[0].get_xticklabels()[0].get_rotation()

    assert rotation(["alexnet", "resnet101", "inception_v3"]) == 0
    assert rotation([f"a_long_name_of_network_{number}" for number in range(12)]) == 90


def test_representations_judge_each_other_in_the_network_that_made_the_image() -> None:
    judgements = [
        Judgement("a", "gram", "synthesis", "a", "gram", "x", 0, 0.1, 1.0),
        Judgement("a", "mean", "synthesis", "a", "gram", "x", 0, 0.2, 1.0),
        Judgement("a", "gram", "synthesis", "a", "mean", "x", 0, 0.8, 1.0),
        Judgement("a", "mean", "synthesis", "a", "mean", "x", 0, 0.01, 1.0),
        Judgement("b", "gram", "synthesis", "a", "mean", "x", 0, 99.0, 1.0),
    ]
    found = between_representations(judgements)
    assert (found.makers, found.judges) == (["gram", "mean"], ["gram", "mean"])
    np.testing.assert_allclose(found.values, [[0.1, 0.2], [0.8, 0.01]])
    synthesis_between_representations(judgements)
