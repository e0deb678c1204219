"""All RDMs on one map, and each against each, as PNG, SVG and PDF."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--map", type=Path, required=True, help="RDMs against RDMs, TSV")
    parser.add_argument("--families", nargs="+", required=True, metavar="MODEL=FAMILY", help="family of each network")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png, .svg or .pdf")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    import numpy as np

    from texalign.artifacts import tables
    from texalign.figures import kit, rdm_map

    rows = tables.rows_of(arguments.map, measure="spearman")
    names = list(dict.fromkeys(row["first"] for row in rows))
    place = {name: number for number, name in enumerate(names)}
    similarities = np.empty((len(names), len(names)))
    for row in rows:
        i, j = place[row["first"]], place[row["second"]]
        similarities[i, j] = similarities[j, i] = float(row["value"])
    figure = rdm_map.rdm_map(
        names,
        similarities,
        dict(pair.split("=", 1) for pair in arguments.families),
        n_images=int(rows[0]["n_images"]),
    )
    kit.save_figure(figure, arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
