"""Figures of uncertainty, recovered classes and probes: what they draw, at the paper's size and at the smallest."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.text import Text

from support import PAPER_NETWORKS
from texalign.figures import class_recovery, mi_intervals, probes_by_layer
from texalign.figures.kit import TYPE_POINTS, figure_style
from texalign.figures.mi_intervals import LayerInterval
from texalign.figures.probes_by_layer import LayerProbes

FAMILIES = {model: network.family for model, network in PAPER_NETWORKS.items()}


def intervals(models: list[str]) -> list[LayerInterval]:
    return [
        LayerInterval(model, f"L{i}", i, 0.3 * i + rank / 50, 0.3 * i - 0.1, 0.3 * i + 0.4, 0.001, 0.01)
        for rank, model in enumerate(models)
        for i in range(1, 6)
    ]


def all_text_is_legible_and_inside(figure: Figure) -> None:
    figure.set_dpi(200)
    FigureCanvasAgg(figure)
    with figure_style():
        figure.draw_without_rendering()
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    assert min(text.get_fontsize() for text in texts) >= TYPE_POINTS
    needed = figure.get_tightbbox()
    assert min(needed.x0, needed.y0) >= 0
    assert needed.x1 <= figure.get_figwidth()
    assert needed.y1 <= figure.get_figheight()


@pytest.mark.parametrize("models", [["alexnet"], list(FAMILIES)], ids=["one network", "paper"])
def test_intervals_are_drawn_as_given(models: list[str]):
    layers = intervals(models)
    figure = mi_intervals.mi_intervals(layers, FAMILIES, protocol="unit", n_images=5640, n_classes=47, confidence=0.9)
    panels = [axes for axes in figure.axes if axes.axison]
    assert [axes.get_title() for axes in panels] == models
    (bars,) = (container for container in panels[0].containers if isinstance(container, ErrorbarContainer))
    segments = bars[2][0].get_segments()
    assert segments[0][:, 1] == pytest.approx([layers[0].low_bits, layers[0].high_bits])
    null = panels[0].patches[0]
    assert (null.get_y(), null.get_height()) == pytest.approx((-0.019, 0.04))
    assert "90%" in figure.get_suptitle()
    all_text_is_legible_and_inside(figure)


@pytest.mark.parametrize(("n_classes", "models"), [(2, ["alexnet"]), (47, list(FAMILIES))], ids=["smallest", "paper"])
def test_classes_are_ordered_by_their_mean_and_chance_is_marked(n_classes: int, models: list[str]):
    rng = np.random.default_rng(0)
    f1 = rng.random((n_classes, len(models)))
    p = np.full_like(f1, 0.001)
    p[1, 0] = 0.5
    names = [f"class{i}" for i in range(n_classes)]
    figure = class_recovery.class_recovery(f1, p, names, models, protocol="raw", n_images=100, alpha=0.05)
    axes = figure.axes[0]
    order = np.argsort(-f1.mean(axis=1))
    assert [label.get_text() for label in axes.get_yticklabels()] == [names[i] for i in order]
    np.testing.assert_array_equal(axes.images[0].get_array(), f1[order])
    (marks,) = axes.lines
    assert [tuple(point) for point in marks.get_xydata()] == [(0, list(order).index(1))]
    all_text_is_legible_and_inside(figure)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="2 classes x 1"):
        class_recovery.class_recovery(
            np.ones((2, 2)), np.ones((2, 2)), ["a", "b"], ["n"], protocol="x", n_images=1, alpha=0.05
        )


def test_level_of_the_dots_is_the_one_given():
    p = np.array([[0.005, 0.02, 0.2]])
    for alpha, dots in ((0.05, [2]), (0.01, [1, 2])):
        figure = class_recovery.class_recovery(
            np.ones((1, 3)), p, ["a"], ["x", "y", "z"], protocol="raw", n_images=9, alpha=alpha
        )
        (line,) = figure.axes[0].lines
        assert list(line.get_xdata()) == dots
        assert any(f"p of {alpha:g} or more" in text.get_text().replace("\n", " ") for text in figure.texts)


def test_probes_have_a_row_each_and_a_column_a_protocol():
    layers = [
        LayerProbes(protocol, model, f"L{i}", i, 0.1 * i, 0.01 + 0.002 * i, 0.05 * i, 0.02, -0.1, 0.6)
        for model in FAMILIES
        for protocol in ("unit", "raw", "rdm_rows")
        for i in range(1, 6)
    ]
    figure = probes_by_layer.probes_by_layer(layers, FAMILIES, n_images=5640, n_classes=47)
    assert len(figure.axes) == 12
    linear = figure.axes[0]
    assert len(linear.lines) == len(FAMILIES) + 1
    assert linear.lines[0].get_ydata() == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])
    assert [figure.axes[3 * row].lines[-1].get_ydata()[0] for row in range(4)] == pytest.approx([0.016, 0.02, 0, 0.5])
    all_text_is_legible_and_inside(figure)


@pytest.mark.parametrize("models", [[], ["unheard_of"]])
def test_nothing_and_networks_without_family_are_refused(models: list[str]):
    with pytest.raises(ValueError, match=r"no layers|unheard_of"):
        mi_intervals.mi_intervals(intervals(models), FAMILIES, protocol="raw", n_images=4, n_classes=2, confidence=0.95)
