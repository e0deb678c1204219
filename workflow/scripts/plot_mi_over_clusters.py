"""Mutual information of one network over the number of clusters, one line a layer, as PNG, SVG and PDF."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--curves", type=Path, nargs="+", required=True, help="mutual information by clusters, TSV")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png, .svg or .pdf")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    import numpy as np

    from texalign.artifacts.tables import read_tsv
    from texalign.figures import kit, mi_over_clusters
    from texalign.images.index import read_index

    index = read_index(arguments.index)
    tables = [read_tsv(path) for path in arguments.curves]
    curves = [
        mi_over_clusters.LayerCurve(
            protocol=rows[0]["protocol"],
            layer=rows[0]["layer"],
            n_clusters=np.array([int(row["n_clusters"]) for row in rows]),
            mi_nsb_bits=np.array([float(row["mi_nsb_bits"]) for row in rows]),
        )
        for rows in tables
    ]
    figure = mi_over_clusters.mi_over_clusters(
        curves, model=tables[0][0]["model"], n_images=len(index), n_classes=len(index.class_names)
    )
    kit.save_figure(figure, arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
