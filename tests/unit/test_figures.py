"""Figures show what went in, in text that can be read; every figure says n, equal figures are equal files."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from scipy.spatial.distance import pdist, squareform

from every_figure import ALL as FAMILIES
from every_figure import DTD_CLASSES, PROTOCOLS
from texalign.figures.brainscore_scatter import BrainScorePanel, brainscore_scatter
from texalign.figures.cluster_matrix import cluster_class_matrix, match_clusters
from texalign.figures.kit import TYPE_POINTS, class_spans, figure_style, save_figure
from texalign.figures.looks import network_styles
from texalign.figures.mi_by_layer import LayerInformation, mi_by_layer
from texalign.figures.mi_over_clusters import LayerCurve, mi_over_clusters
from texalign.figures.rdm_heatmap import block_means, rdm_heatmap
from texalign.figures.rdm_layers import LayerRdm, rdm_layers

WHY = "fewer than 3 networks have this Brain-Score"


def dissimilarities(n: int, seed: int = 0) -> np.ndarray:
    return pdist(np.random.default_rng(seed).normal(size=(n, 3))).astype(np.float32)


def rdm_figure(class_names: Sequence[str], images_per_class: int) -> Figure:
    classes = np.repeat(class_names, images_per_class)
    condensed = dissimilarities(len(classes))
    return rdm_heatmap(condensed, classes, model="vgg19_bn", layer="L5", dissimilarity="cosine")


def layer_figure(n_classes: int = 47) -> Figure:
    layers = [
        LayerInformation(protocol, model, f"L{position}", position, 0.5 * position / rank, 0.15 * position / rank)
        for rank, protocol in enumerate(PROTOCOLS, start=1)
        for model in FAMILIES
        # One network has fewer layers than the others.
        for position in range(1, 4 if model == "alexnet" else 6)
    ]
    return mi_by_layer(
        layers, FAMILIES, n_images=5640, n_classes=n_classes, class_entropy_bits=float(np.log2(n_classes))
    )


def curve_figure(most: int = 47, n_classes: int = 47) -> Figure:
    k = np.arange(1, most + 1)
    curves = [LayerCurve(protocol, f"L{i}", k, i / 12 * np.log2(k)) for protocol in PROTOCOLS for i in range(1, 6)]
    return mi_over_clusters(curves, model="vgg19_bn", n_images=5640, n_classes=n_classes)


def matrix_figure(table: np.ndarray, class_names: Sequence[str]) -> Figure:
    return cluster_class_matrix(table, class_names, model="vgg19_bn", layer="L5", protocol="unit", mi_nsb_bits=2.81)


def dtd_table() -> np.ndarray:
    return np.random.default_rng(0).multinomial(120, np.full(47, 1 / 47), size=47)


def correlated_panel() -> BrainScorePanel:
    scores = np.linspace(0.1, 0.4, len(FAMILIES))
    return BrainScorePanel("V1", list(FAMILIES), scores, 2 - scores, r=-0.9999, p=0.0002)


def panel_without_r(n: int) -> BrainScorePanel:
    return BrainScorePanel("neural_vision", list(FAMILIES)[:n], [0.1, 0.3][:n], [2.1, 1.9][:n], None, None, WHY)


FIGURES = {
    "rdm": lambda: rdm_figure(DTD_CLASSES, 4),
    "mi_by_layer": layer_figure,
    "mi_over_clusters": curve_figure,
    "cluster_matrix": lambda: matrix_figure(dtd_table(), DTD_CLASSES),
    "brainscore": lambda: brainscore_scatter(
        [*[correlated_panel()] * 3, *[panel_without_r(n) for n in (0, 1, 2)], correlated_panel()],
        FAMILIES,
        protocol="unit",
    ),
}
SAID_OF_N = {
    "rdm": "n = 188 images of 47 classes",
    "mi_by_layer": "n = 5,640 images of 47 classes, in 47 Ward clusters; 12 networks",
    "mi_over_clusters": "n = 5,640 images of 47 classes",
    "cluster_matrix": "n = 5,640 images",
    "brainscore": "V1, n = 12",
}


@cache
def finished(name: str) -> Figure:
    """One of the figures, made and drawn once for all tests that only look at it."""
    return drawn(FIGURES[name]())


def texts(figure: Figure | Axes) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def words(figure: Figure | Axes) -> str:
    """All text of a figure, each piece on one line."""
    return "\n".join(" ".join(text.get_text().split()) for text in texts(figure))


def drawn(figure: Figure) -> Figure:
    """The figure with positions computed as they are saved. Axes make some of their ticks only now."""
    figure.set_dpi(200)
    FigureCanvasAgg(figure)
    with figure_style():
        figure.draw_without_rendering()
    return figure


def line_at(axes: Axes, y: float) -> bool:
    return any(np.allclose(line.get_ydata(), y) for line in axes.lines)


# ----------------------------------------------------------------------------------------------------- every figure


@pytest.mark.parametrize("name", FIGURES)
def test_says_n(name):
    assert SAID_OF_N[name] in words(finished(name))


@pytest.mark.parametrize("name", FIGURES)
def test_text_is_large_enough_and_inside_the_figure(name):
    figure = finished(name)
    assert min(text.get_fontsize() for text in texts(figure)) >= TYPE_POINTS
    needed = figure.get_tightbbox()
    assert min(needed.x0, needed.y0) >= 0
    assert needed.x1 <= figure.get_figwidth()
    assert needed.y1 <= figure.get_figheight()


@pytest.mark.parametrize("name", FIGURES)
def test_axes_are_labelled(name):
    for axes in finished(name).axes:
        if axes.axison:
            assert axes.get_xlabel() or not axes.get_xticks().size
            # Of panels that share their y axis, the leftmost is labelled.
            others = axes.get_shared_y_axes().get_siblings(axes)
            assert any(other.get_ylabel() for other in others) or not axes.get_yticks().size


@pytest.mark.parametrize("name", FIGURES)
def test_panels_and_titles_do_not_overlap(name):
    figure = finished(name)
    titles = [axes.title for axes in figure.axes if axes.title.get_text()]
    headings = [title.get_window_extent() for title in titles] + [text.get_window_extent() for text in figure.texts]
    assert_apart(headings)
    for heading in headings:
        assert not any(heading.overlaps(axes.get_window_extent()) for axes in figure.axes if axes.axison)


def test_settings_of_the_user_are_neither_used_nor_changed():
    with matplotlib.rc_context({"font.size": 31, "text.parse_math": True}):
        figure = layer_figure()
        assert matplotlib.rcParams["font.size"] == 31
    assert max(text.get_fontsize() for text in texts(figure)) < 10


def test_names_are_shown_as_they_are():
    figure = drawn(rdm_figure(["$a$", "b_{c}^"], 2))
    assert not any(text.get_parse_math() for text in texts(figure))


# ----------------------------------------------------------------------------------------------------------- saving


def test_saved_files_exist_and_equal_figures_are_equal_files(tmp_path):
    for folder in ("first", "second"):
        save_figure(curve_figure(), [tmp_path / folder / "figure.png", tmp_path / folder / "figure.svg"])
    assert sorted(path.name for path in (tmp_path / "first").iterdir()) == ["figure.png", "figure.svg"]
    for name in ("figure.png", "figure.svg"):
        content = (tmp_path / "first" / name).read_bytes()
        assert content
        assert content == (tmp_path / "second" / name).read_bytes()


def test_saving_twice_gives_the_same_svg(tmp_path):
    figure = rdm_figure(["a", "b"], 3)
    save_figure(figure, [tmp_path / "one.svg"])
    save_figure(figure, [tmp_path / "two.svg"])
    svg = (tmp_path / "one.svg").read_text()
    assert svg == (tmp_path / "two.svg").read_text()
    # As text, not as outlines with the text in a comment.
    assert re.search("<text [^>]*>n = 6 images of 2 classes", svg)


def test_png_has_300_dots_per_inch(tmp_path):
    figure = layer_figure()
    save_figure(figure, [tmp_path / "figure.png"])
    height, width, _ = matplotlib.image.imread(tmp_path / "figure.png").shape
    np.testing.assert_allclose([width, height], 300 * figure.get_size_inches(), atol=1)


def test_other_formats_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match=r"figure\.jpg"):
        save_figure(curve_figure(), [tmp_path / "figure.png", tmp_path / "figure.jpg"])
    assert not list(tmp_path.iterdir())


def test_a_pdf_is_the_same_every_time_and_holds_fonts_for_its_text(tmp_path):
    for name in ("one.pdf", "two.pdf"):
        save_figure(curve_figure(), [tmp_path / name])
    content = (tmp_path / "one.pdf").read_bytes()
    assert content == (tmp_path / "two.pdf").read_bytes()
    # TrueType outlines, which other programs can edit as text; Matplotlib's default of Type 3 they cannot.
    assert b"/CIDFontType2" in content
    assert b"/CreationDate" not in content


# --------------------------------------------------------------------------------------------------------- networks


def test_networks_look_different_and_families_have_a_shape():
    styles = network_styles(FAMILIES)
    assert len(set(styles.values())) == len({style.colour for style in styles.values()}) == len(FAMILIES)
    shapes = {(FAMILIES[model], style.marker) for model, style in styles.items()}
    assert len(shapes) == len(set(FAMILIES.values())) == len({shape for _, shape in shapes})


def test_shades_of_a_family_are_ordered_and_seen_on_white():
    models = [f"resnet{depth}" for depth in (18, 34, 50, 101, 152)]
    styles = network_styles(dict.fromkeys(models, "ResNet"))
    lightness = [sum(to_rgb(styles[model].colour)) for model in models]
    assert lightness == sorted(lightness)
    assert lightness[-1] < 2.5


def test_networks_look_different_when_families_outnumber_colours():
    styles = network_styles({f"{family}{i}": f"family{family}" for family in "abcdefgh" for i in range(4)})
    assert len(set(styles.values())) == 32


def test_a_network_without_family_is_named():
    layers = [LayerInformation("raw", "resnet1000", "L1", 1, 1.0, 1.0)]
    with pytest.raises(ValueError, match="resnet1000"):
        mi_by_layer(layers, FAMILIES, n_images=10, n_classes=2, class_entropy_bits=1)


def test_networks_look_the_same_in_both_figures():
    """Also when only some of them have a Brain-Score."""
    models = ["resnet50", "vgg19_bn", "densenet201"]
    panel = BrainScorePanel("IT", models, [0.1, 0.2, 0.3], [2.0, 2.1, 2.3], 0.98, 0.12)
    scatter = brainscore_scatter([panel], FAMILIES, protocol="raw").axes[-1].get_legend()
    by_layer = {line.get_label(): line for line in layer_figure().legends[0].legend_handles}
    assert [line.get_label() for line in scatter.legend_handles] == ["densenet201", "resnet50", "vgg19_bn"]
    for line in scatter.legend_handles:
        other = by_layer[line.get_label()]
        assert (line.get_color(), line.get_marker()) == (other.get_color(), other.get_marker())


# -------------------------------------------------------------------------------------------------------------- RDM


def test_an_image_without_direction_is_left_white():
    square = squareform(dissimilarities(6))
    square[2] = square[:, 2] = np.nan
    condensed = squareform(square, checks=False)
    figure = rdm_heatmap(condensed, list("aaabbb"), model="m", layer="L1", dissimilarity="cosine")
    image = figure.axes[0].images[0]
    assert np.isfinite([image.norm.vmin, image.norm.vmax]).all()
    assert np.ma.getmaskarray(image.get_array())[2, [0, 1, 3, 4, 5]].all()
    assert "White: not defined, since a vector is zero." in words(figure)
    assert "White" not in words(
        rdm_heatmap(dissimilarities(6), list("aaabbb"), model="m", layer="L1", dissimilarity="c")
    )


@pytest.mark.parametrize(("n", "size"), [(12, 3), (13, 3), (14, 5), (7, 1), (2, 2), (5, 9)])
def test_block_means_equal_direct_means(n, size):
    condensed = dissimilarities(n)
    full = squareform(condensed.astype(np.float64))
    blocks = [slice(start, start + size) for start in range(0, n, size)]
    expected = [[full[rows, columns].mean() for columns in blocks] for rows in blocks]
    np.testing.assert_allclose(block_means(condensed, n, size), expected, rtol=1e-12)


def test_block_means_refuse_another_number_of_images():
    with pytest.raises(ValueError, match="for 6 images"):
        block_means(dissimilarities(5), 6, 1)


def test_classes_span_their_images():
    spans = class_spans(["a", "a", "a", "b", "c", "c"])
    assert [(span.name, span.start, span.stop, span.centre) for span in spans] == [
        ("a", 0, 3, 1.5),
        ("b", 3, 4, 3.5),
        ("c", 4, 6, 5.0),
    ]


def test_images_out_of_class_order_are_refused():
    with pytest.raises(ValueError, match="those of a lie apart"):
        class_spans(["a", "b", "a"])


def test_rdm_shows_values_with_ticks_at_class_centres_and_lines_between_classes():
    condensed = dissimilarities(40)
    figure = rdm_heatmap(condensed, ["a"] * 10 + ["b"] * 30, model="m", layer="L2", dissimilarity="cosine")
    axes = figure.axes[0]
    np.testing.assert_allclose(axes.images[0].get_array(), squareform(condensed))
    assert axes.xaxis.get_ticklocs().tolist() == axes.yaxis.get_ticklocs().tolist() == [5, 25]
    assert [label.get_text() for label in axes.yaxis.get_ticklabels()] == ["a", "b"]
    # Columns are in the order of the rows: their names would only have to be turned.
    assert [label.get_text() for label in axes.xaxis.get_ticklabels()] == ["", ""]
    assert [tuple(map(tuple, lines.get_segments()[0])) for lines in axes.collections] == [
        ((0, 10), (40, 10)),
        ((10, 0), (10, 40)),
    ]


def test_rdm_colours_span_robust_percentiles_off_the_diagonal():
    condensed = dissimilarities(60)
    figure = rdm_heatmap(condensed, ["a"] * 30 + ["b"] * 30, model="m", layer="L2", dissimilarity="cosine")
    both_triangles = np.repeat(condensed.astype(float), 2)
    np.testing.assert_allclose(figure.axes[0].images[0].get_clim(), np.percentile(both_triangles, [1, 99]))
    assert "1st to 99th percentile" in words(figure)
    assert "Cosine distance (no unit)" in words(figure)


def test_large_dissimilarities_are_shown_as_multiples_of_a_power_of_ten():
    condensed = dissimilarities(20) / 2 * np.float32(1e6)
    classes = ["a"] * 10 + ["b"] * 10
    figure = rdm_heatmap(condensed, classes, model="m", layer="L2", dissimilarity="euclidean")
    assert "Euclidean distance (10⁶ squared activations)" in words(figure)
    np.testing.assert_allclose(figure.axes[0].images[0].get_array(), squareform(condensed) / 1e6, rtol=1e-6)


def test_large_rdm_is_averaged_and_stays_in_image_units():
    classes = ["a"] * 500 + ["b"] * 501
    condensed = dissimilarities(1001)
    figure = rdm_heatmap(condensed, classes, model="m", layer="L2", dissimilarity="cosine")
    axes = figure.axes[0]
    assert axes.images[0].get_array().shape == (251, 251)
    assert axes.images[0].get_extent() == [0, 1004, 1004, 0]
    assert (axes.get_xlim(), axes.get_ylim()) == ((0, 1001), (1001, 0))
    assert "Each pixel is the mean over 16 pairs of images" in words(figure)


def test_rdm_of_equal_images_is_drawn():
    drawn(rdm_heatmap(np.zeros(1, np.float32), ["a", "b"], model="m", layer="L1", dissimilarity="cosine"))


def assert_apart(boxes: list[Bbox]) -> None:
    assert boxes
    for i, box in enumerate(boxes):
        for other in boxes[i + 1 :]:
            assert not box.overlaps(other)


def tick_label_boxes(figure: Figure) -> list[list[Bbox]]:
    axes = figure.axes[0]
    return [[label.get_window_extent() for label in axis.get_ticklabels()] for axis in (axes.xaxis, axes.yaxis)]


@pytest.mark.parametrize("name", ["rdm", "cluster_matrix"])
def test_47_class_names_are_all_shown_and_do_not_overlap(name):
    numbers, names = tick_label_boxes(finished(name))
    assert len(names) == 47
    assert_apart(names)
    assert len(numbers) > 20
    if name == "cluster_matrix":
        assert_apart(numbers)


def test_classes_without_room_for_a_name_are_left_out_and_counted():
    sizes = np.random.default_rng(0).integers(1, 4, size=80)
    classes = np.repeat([f"class{i:03d}_of_many_with_long_names" for i in range(80)], sizes)
    figure = rdm_heatmap(dissimilarities(len(classes)), classes, model="m", layer="L1", dissimilarity="cosine")
    _, names = tick_label_boxes(drawn(figure))
    assert_apart(names)
    assert f"{len(names)} of 80 classes are named" in words(figure)


def test_layers_side_by_side_share_one_scale_of_colours():
    """What one layer has twice as much of is twice as far up the scale."""
    condensed = dissimilarities(40)
    rdms = [LayerRdm(f"L{factor}", condensed * np.float32(factor)) for factor in (1, 2, 3, 4, 5, 6)]
    figure = rdm_layers(rdms, ["a"] * 10 + ["b"] * 30, model="m", dissimilarity="cosine")
    *layers, _bar = figure.axes
    assert [axes.get_title() for axes in layers] == ["L1", "L2", "L3", "L4", "L5", "L6"]
    assert len({axes.images[0].get_clim() for axes in layers}) == 1
    for factor, axes in enumerate(layers, start=1):
        np.testing.assert_allclose(axes.images[0].get_array(), factor * squareform(condensed), rtol=1e-6)
    everything = np.concatenate([factor * condensed for factor in range(1, 7)]).astype(float)
    np.testing.assert_allclose(layers[0].images[0].get_clim(), np.percentile(everything, [1, 99]), rtol=1e-3)
    with pytest.raises(ValueError, match="no layers"):
        rdm_layers([], ["a", "b"], model="m", dissimilarity="cosine")


def test_layers_without_a_common_unit_are_divided_by_their_means():
    condensed = dissimilarities(20)
    rdms = [LayerRdm("L1", condensed), LayerRdm("L2", condensed * np.float32(1e6))]
    figure = rdm_layers(rdms, ["a"] * 20, model="m", dissimilarity="euclidean")
    first, second, _bar = figure.axes
    np.testing.assert_allclose(first.images[0].get_array(), second.images[0].get_array(), rtol=1e-5)
    assert "Each layer is divided by its mean" in words(figure)


# ----------------------------------------------------------------------------------------------- mutual information


def test_information_by_layer_shows_every_network_under_every_protocol_and_the_bound():
    figure = layer_figure()
    assert [axes.get_title().splitlines()[0] for axes in figure.axes[:3]] == ["unit (primary)", "raw", "rdm_rows"]
    for panels, bound, slope in ((figure.axes[:3], math.log2(47), 0.5), (figure.axes[3:], 1.0, 0.15)):
        for rank, axes in enumerate(panels, start=1):
            assert line_at(axes, bound)
            assert axes.get_ylim()[0] <= 0 < bound < axes.get_ylim()[1]
            networks = [line for line in axes.lines if line.get_marker() != "None"]
            assert sorted(len(line.get_xdata()) for line in networks) == [3] + [5] * 11
            for line in networks:
                # Beside each other at a layer, so that their intervals can be told apart.
                np.testing.assert_allclose(line.get_ydata(), slope * np.round(line.get_xdata()) / rank)
    # Correction 11: why `unit` is primary, said of no other protocol that comes first.
    assert "a choice made on data" in words(figure)
    layers = [LayerInformation(protocol, "alexnet", "L1", 1, 1.0, 0.5, 0.8, 1.3) for protocol in ("raw", "unit")]
    other = mi_by_layer(layers, FAMILIES, n_images=9, n_classes=3, class_entropy_bits=1.5)
    assert "choice made on data" not in words(other)
    assert "primary by choice" in words(other)
    assert "H(class) = 5.55 bits" in words(figure)
    assert [label.get_text() for label in figure.axes[3].get_xticklabels()] == ["L1", "L2", "L3", "L4", "L5"]


def test_intervals_are_drawn_in_bits_and_as_shares_of_the_ceiling():
    """Correction 5 of docs/differences.md."""
    layer = LayerInformation("raw", "alexnet", "L1", 1, 1.0, 0.5, 0.8, 1.3)
    figure = mi_by_layer([layer], FAMILIES, n_images=9, n_classes=3, class_entropy_bits=1.5, confidence=0.9)
    ends = [axes.collections[0].get_segments()[0][:, 1].tolist() for axes in figure.axes]
    np.testing.assert_allclose(ends, [[0.8, 1.3], [0.4, 0.65]])
    assert "Bars: 90% intervals" in words(figure)


def test_points_on_the_edge_are_drawn_whole(tmp_path):
    figure = mi_by_layer(
        [LayerInformation("raw", "alexnet", "L1", 1, 0.0, 0.0)],
        FAMILIES,
        n_images=9,
        n_classes=3,
        class_entropy_bits=1.5,
    )
    save_figure(figure, [tmp_path / "figure.svg"])
    assert [line.get_clip_on() for line in figure.axes[0].lines] == [False, True]


def test_negative_information_stays_in_sight():
    figure = mi_by_layer(
        [LayerInformation("raw", "alexnet", "L1", 1, -0.3, -0.2)],
        FAMILIES,
        n_images=9,
        n_classes=3,
        class_entropy_bits=1.5,
    )
    assert figure.axes[0].get_ylim()[0] < -0.3
    assert "primary" not in words(figure)


def test_curves_show_every_layer_the_bound_and_the_number_of_classes():
    axes = curve_figure(most=20, n_classes=15).axes[1]
    *layers, bound, classes = axes.lines
    assert len(layers) == 5
    np.testing.assert_allclose(layers[4].get_ydata(), 5 / 12 * np.log2(np.arange(1, 21)))
    np.testing.assert_allclose(bound.get_xdata(), np.arange(1, 21))
    np.testing.assert_allclose(bound.get_ydata(), [math.log2(min(k, 15)) for k in range(1, 21)])
    assert list(classes.get_xdata()) == [15, 15]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: mi_by_layer([], FAMILIES, n_images=1, n_classes=2, class_entropy_bits=1),
        lambda: mi_over_clusters([], model="m", n_images=1, n_classes=2),
        lambda: brainscore_scatter([], FAMILIES, protocol="raw"),
    ],
)
def test_nothing_to_plot_is_an_error(draw):
    with pytest.raises(ValueError, match="to plot"):
        draw()


# --------------------------------------------------------------------------------------- clusters against classes


def test_clusters_are_matched_to_classes():
    table = np.array([[0, 9, 1, 0], [7, 0, 0, 3], [0, 0, 8, 2]])
    assert match_clusters(table).tolist() == [1, 0, 2, 3]


def test_fewer_clusters_than_classes_keep_the_order_of_their_classes():
    assert match_clusters(np.array([[0, 1], [1, 9], [8, 0]])).tolist() == [1, 0]


@pytest.mark.parametrize("shape", [(6, 6), (6, 9), (9, 4)])
def test_reordered_table_conserves_counts(shape):
    table = np.random.default_rng(1).integers(1, 30, size=shape)
    order = match_clusters(table)
    assert sorted(order) == list(range(shape[1]))
    figure = matrix_figure(table, [f"class{i}" for i in range(shape[0])])
    axes, _, strip = figure.axes
    shown = np.array(axes.images[0].get_array()) / 100 * table.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shown, table[:, order])
    assert [bar.get_height() for bar in strip.patches] == table.sum(axis=0)[order].tolist()
    assert [int(label.get_text()) for label in axes.get_xticklabels()] == order.tolist()


def test_title_names_network_layer_protocol_and_information():
    said = words(matrix_figure(dtd_table(), DTD_CLASSES))
    assert "vgg19_bn, layer L5, protocol unit 47 clusters against 47 classes, MI = 2.81 of 5.55 bits" in said


def test_a_class_without_images_or_name_is_refused():
    with pytest.raises(ValueError, match="1 are empty"):
        matrix_figure(np.array([[1, 2], [0, 0]]), ["a", "b"])
    with pytest.raises(ValueError, match="1 names for 2 classes"):
        matrix_figure(np.array([[1, 2], [3, 0]]), ["a"])


# ------------------------------------------------------------------------------------------------------ Brain-Score


def panel_axes(panel: BrainScorePanel) -> Axes:
    return brainscore_scatter([panel], FAMILIES, protocol="unit").axes[0]


def test_correlated_panel_shows_points_line_and_numbers():
    panel = correlated_panel()
    axes = panel_axes(panel)
    assert "V1, n = 12" in words(axes)
    assert "r = −1.00, p < 0.001" in words(axes)
    *points, line = axes.lines
    assert [(point.get_xdata()[0], point.get_ydata()[0]) for point in points] == [
        *zip(panel.scores, panel.values, strict=True)
    ]
    np.testing.assert_allclose(line.get_ydata(), 2 - line.get_xdata())


def test_axis_and_title_say_what_layers_were_chosen_by():
    panel = replace(correlated_panel(), criterion="descriptions.within_classes.spearman")
    figure = brainscore_scatter([panel], FAMILIES, protocol="unit")
    assert figure.axes[0].get_ylabel() == "Best descriptions\nwithin classes\nspearman"
    title = " ".join(figure.get_suptitle().split())
    assert "agreement with descriptions (within classes, spearman) against Brain-Score" in title
    assert panel_axes(correlated_panel()).get_ylabel() == "Best NSB MI (bits)"


def test_panel_shows_interval_q_and_what_was_scored():
    matches = dict(zip(FAMILIES, ["same_weights", "same_architecture", "relative"] * 4, strict=False))
    panel = replace(correlated_panel(), interval=(-0.99, 0.5), q=0.25, matches=matches)
    figure = brainscore_scatter([panel], FAMILIES, protocol="unit")
    axes = figure.axes[0]
    assert "r = −1.00 [−0.99, 0.50]" in words(axes)
    assert "p < 0.001, q = 0.25" in words(axes)
    fills = [point.get_fillstyle() for point in axes.lines[: len(FAMILIES)]]
    assert fills[:3] == ["full", "left", "none"]
    legend = [text.get_text() for text in figure.axes[-1].get_legend().get_texts()]
    assert legend[len(FAMILIES) :] == ["scored: same weights", "same architecture", "relative"]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_panel_without_r_says_why_and_draws_no_line(n):
    axes = panel_axes(panel_without_r(n))
    assert WHY in words(axes).replace("\n", " ")
    assert f"neural vision, n = {n}" in words(axes)
    assert "r =" not in words(axes)
    assert [line.get_linestyle() for line in axes.lines] == ["None"] * n


def test_panel_must_be_whole():
    with pytest.raises(ValueError, match="no note says why"):
        replace(panel_without_r(2), note="")
    with pytest.raises(ValueError, match="for 2 networks"):
        replace(panel_without_r(2), scores=[0.1])
    with pytest.raises(ValueError, match="there is no r"):
        replace(panel_without_r(2), p=0.3)


def test_panel_without_a_verdict_says_so_and_names_what_the_scores_are_made_of():
    """Correction 10 of docs/differences.md."""
    panel = replace(panel_without_r(2), r=0.3, note="no verdict of 3 networks", zero_filled=0.345, largest_two=0.72)
    panel = replace(panel, r_with_taken=-0.64)
    said = words(panel_axes(panel)).replace("\n", " ")
    assert "r = 0.30" in said
    assert "no verdict of 3 networks" in said
    assert "zeros 34%, two hold 72%" in said
    assert "r with taken −0.64" in said
    assert "p =" not in said


def test_seven_panels_leave_the_last_cell_of_the_first_row_to_the_legend():
    figure = finished("brainscore")
    assert [axes.axison for axes in figure.axes] == [True, True, True, False, True, True, True, True]
    assert figure.axes[3].get_legend() is not None
