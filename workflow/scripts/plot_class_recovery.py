"""Which classes the clusters find at each network's best layer under a protocol, as PNG, SVG and PDF."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inference", type=Path, required=True, help="mutual information with its uncertainty, TSV")
    parser.add_argument("--best-mi", type=Path, required=True, help="best layers, TSV")
    parser.add_argument("--recovery", type=Path, required=True, help="best cluster of each class, TSV")
    parser.add_argument("--protocol", required=True, help="protocol to plot")
    parser.add_argument("--representation", required=True, help="representation to show")
    parser.add_argument("--alpha", type=float, default=0.05, help="level from which a class is no better than chance")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png, .svg or .pdf")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    import numpy as np

    from texalign.artifacts import tables
    from texalign.figures import class_recovery, kit

    shown = {"representation": arguments.representation, "protocol": arguments.protocol}
    rows = tables.rows_of(arguments.inference, **shown)
    best = {row["model"]: row["layer"] for row in tables.rows_of(arguments.best_mi, **shown)}
    recovered = [row for row in tables.rows_of(arguments.recovery, **shown) if best[row["model"]] == row["layer"]]
    classes = list(dict.fromkeys(row["class"] for row in recovered))
    cells = {(row["class"], row["model"]): row for row in recovered}
    f1, p = (
        np.array([[float(cells[name, model][column]) for model in best] for name in classes])
        for column in ("f1", "f1_p")
    )
    figure = class_recovery.class_recovery(
        *(f1, p, classes, list(best)),
        protocol=arguments.protocol,
        n_images=int(rows[0]["n_images"]),
        alpha=arguments.alpha,
    )
    kit.save_figure(figure, arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
