"""The picture at the top of the README, from the tables of a study of trained networks and their untrained twins.

    python docs/picture.py results/<study>/tables docs/answer.svg

Left, what clusters tell about the classes, `mi_inference.tsv`; right, agreement with what people said of images of one
class, `agreement.tsv`. A network whose id ends in `_untrained` is a twin. Shown are the study's first representation
and protocol, its first human evidence, and the intervals and ceilings of the tables.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from texalign.artifacts.tables import read_tsv
from texalign.figures.kit import figure_style, save_figure
from texalign.figures.looks import FAMILY_LOOKS, OTHER_MARKERS

Row = dict[str, str]
UNTRAINED = "_untrained"
# Okabe and Ito's, in an order whose first four are told apart by colour-blind readers.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")


@dataclass(frozen=True)
class Columns:
    """Columns that hold an estimate, and both ends of its interval."""

    estimate: str
    low: str
    high: str


MARKERS = (*(marker for _, marker in FAMILY_LOOKS.values()), *OTHER_MARKERS)


def first_of(rows: Sequence[Row], *columns: str) -> list[Row]:
    """The rows that have the first row's value in each of these columns."""
    return [row for row in rows if all(row[column] == rows[0][column] for column in columns)]


def draw_networks(axes: Axes, rows: Sequence[Row], columns: Columns, looks: Mapping[str, tuple[str, str]]) -> None:
    """A line a network over its layers, with intervals, side by side; untrained ones thin and grey."""
    for model in dict.fromkeys(row["model"] for row in rows):
        own = [row for row in rows if row["model"] == model]
        x = np.arange(1, len(own) + 1, dtype=float)
        cells = (columns.estimate, columns.low, columns.high)
        values, low, high = ([float(row[name]) for row in own] for name in cells)
        if model.endswith(UNTRAINED):
            axes.plot(x, values, color="#999999", linewidth=0.9, zorder=1)
            continue
        colour, marker = looks[model]
        x += 0.07 * (list(looks).index(model) - (len(looks) - 1) / 2)
        below, above = ([abs(v - e) for v, e in zip(values, ends, strict=True)] for ends in (low, high))
        axes.errorbar(x, values, [below, above], color=colour, marker=marker, capsize=2, elinewidth=0.8, label=model)
    axes.plot([], [], color="#999999", linewidth=0.9, label="the same, untrained")
    axes.set_xticks(range(1, 1 + len(first_of(rows, "model"))))
    axes.set_xlabel("layer, from first to last")


def answer(information: Sequence[Row], agreement: Sequence[Row]) -> Figure:
    """Both panels, from rows of `mi_inference.tsv`, and of `agreement.tsv` within classes."""
    trained = [m for m in dict.fromkeys(row["model"] for row in information) if not m.endswith(UNTRAINED)]
    looks = dict(zip(trained, zip(cycle(COLOURS), MARKERS, strict=False), strict=False))
    figure = Figure(figsize=(8.4, 3.7), layout="constrained", facecolor="white")
    left, right = figure.subplots(1, 2)
    draw_networks(left, information, Columns("mi_nsb_bits", "ci_low_bits", "ci_high_bits"), looks)
    ceiling = float(information[0]["class_entropy_bits"])
    left.axhline(ceiling, color="black", linestyle="--", linewidth=0.9)
    left.annotate("all that there is to tell", (1, ceiling), (0, -3), textcoords="offset points", va="top")
    left.set(ylim=(-0.1, ceiling * 1.06), ylabel="mutual information of clusters and classes (bits)")
    left.set_title(f"Which class? {information[0]['n_images']} images, {information[0]['n_classes']} classes")
    left.legend(loc="upper left", bbox_to_anchor=(0, 0.89))
    draw_networks(right, agreement, Columns("estimate", "ci_low", "ci_high"), looks)
    low, high = (float(agreement[0][name]) for name in ("ceiling_low", "ceiling_high"))
    right.axhspan(low, high, color="#F0E442", alpha=0.35, linewidth=0, zorder=0)
    right.annotate(
        "from what other people reach\nto what any model can", (1, high), (0, -3), textcoords="offset points", va="top"
    )
    right.set(ylim=(0, high * 1.12), ylabel="rank correlation of dissimilarities")
    right.set_title(f"And within a class? People's {agreement[0]['evidence']}, {agreement[0]['n_images']} images")
    return figure


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", type=Path, help="folder of the study's tables")
    parser.add_argument("output", type=Path, help="SVG or PNG")
    arguments = parser.parse_args(words)
    information = first_of(read_tsv(arguments.tables / "mi_inference.tsv"), "representation", "protocol")
    within = [
        row
        for row in read_tsv(arguments.tables / "agreement.tsv")
        if (row["scope"], row["measure"]) == ("within_classes", "spearman")
    ]
    with figure_style():
        figure = answer(information, first_of(within, "representation", "protocol", "evidence"))
    save_figure(figure, [arguments.output])


if __name__ == "__main__":
    main()
