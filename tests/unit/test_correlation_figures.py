"""Figures of correlations: what is drawn where, and what stays away."""

from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from texalign.figures.correlation_forest import CorrelationSummary, correlation_forest

SUMMARY = CorrelationSummary(
    protocol="unit",
    benchmark="neural_vision",
    n=12,
    r=-0.13,
    interval=(-0.66, 0.48),
    interval_with_mi_error=None,
    without_network=(-0.4, 0.1),
    without_family=(-0.5, 0.2),
    detectable_r=0.71,
    bound=0.5,
    conclusion="undecided",
)
UNDEFINED = replace(
    SUMMARY,
    benchmark="IT",
    n=2,
    r=None,
    interval=None,
    without_network=None,
    without_family=None,
    detectable_r=None,
    conclusion="",
    note="fewer than 3 pairs (2)",
)


def forest(*summaries: CorrelationSummary) -> Figure:
    figure = correlation_forest(summaries, confidence=0.95)
    figure.draw_without_rendering()
    return figure


def words(figure: Figure) -> str:
    texts = [text for axes in figure.axes for text in axes.texts]
    legends = [text for axes in figure.axes if axes.get_legend() for text in axes.get_legend().get_texts()]
    return " | ".join(text.get_text() for text in [*texts, *legends])


def ranges(figure: Figure) -> list[tuple[float, float]]:
    return [tuple(line.get_xdata()) for line in figure.axes[0].lines if len(line.get_xdata()) == 2]


def test_every_range_is_drawn_where_it_is():
    drawn = ranges(forest(SUMMARY))
    for expected in ((-0.66, 0.48), (-0.4, 0.1), (-0.5, 0.2), (-0.71, -0.71), (0.71, 0.71)):
        assert expected in drawn
    with_error = ranges(forest(replace(SUMMARY, interval_with_mi_error=(-0.7, 0.5))))
    assert set(with_error) - set(drawn) == {(-0.7, 0.5)}


def test_numbers_and_conclusion_are_written_and_the_legend_names_what_there_is():
    said = words(forest(SUMMARY))
    assert "−0.13, undecided" in said
    assert "one family left out" in said
    assert "free of error" not in said
    assert "free of error" in words(forest(replace(SUMMARY, interval_with_mi_error=(-0.7, 0.5))))


@pytest.mark.parametrize(("conclusion", "face"), [("undecided", "white"), ("correlated", "black")])
def test_only_what_is_correlated_is_filled(conclusion: str, face: str):
    axes = forest(replace(SUMMARY, conclusion=conclusion)).axes[0]
    (point,) = (line for line in axes.lines if line.get_marker() == "o")
    assert point.get_xdata() == [-0.13]
    assert point.get_markerfacecolor() == face


def test_undefined_correlations_say_why_and_draw_nothing():
    figure = forest(SUMMARY, UNDEFINED)
    assert "fewer than 3 pairs (2)" in words(figure)
    assert ranges(figure)[1:] == ranges(forest(SUMMARY))[1:]
    assert "2 to 12 networks" in figure.get_supxlabel()


def test_protocols_are_panels_with_the_primary_one_first():
    figure = forest(SUMMARY, replace(SUMMARY, protocol="raw"))
    assert [axes.get_title().splitlines()[0] for axes in figure.axes[:2]] == ["unit", "raw"]


def test_nothing_to_plot_is_refused():
    with pytest.raises(ValueError, match="no correlations"):
        correlation_forest([], confidence=0.95)
