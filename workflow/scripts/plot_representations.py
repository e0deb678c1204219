"""What each representation tells, by layer, and how much more or less than the reference, as PNG, SVG and PDF."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--values", type=Path, required=True, help="table of all layers that has the measure, TSV")
    parser.add_argument("--measure", required=True, help="column to show")
    parser.add_argument("--protocol", required=True, help="protocol to show")
    parser.add_argument("--differences", type=Path, nargs="*", default=[], help="differences to a reference, TSV")
    parser.add_argument("--matched-dimensions", type=int, help="numbers that all vectors were projected to")
    parser.add_argument("--families", nargs="+", required=True, metavar="MODEL=FAMILY", help="family of each network")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png, .svg or .pdf")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import tables
    from texalign.figures import kit, representation_ladder
    from texalign.information.differences import MEAN

    # Evidence need not say anything of a layer.
    rows = [row for row in tables.rows_of(arguments.values, protocol=arguments.protocol) if row[arguments.measure]]
    compared = [
        row
        for path in arguments.differences
        for row in tables.rows_of(path, measure=arguments.measure, protocol=arguments.protocol, model=MEAN)
    ]
    figure = representation_ladder.representation_ladder(
        [representation_ladder.LadderValue.of_row(row, arguments.measure) for row in rows],
        [representation_ladder.LadderDifference.of_row(row) for row in compared],
        dict(pair.split("=", 1) for pair in arguments.families),
        measure=arguments.measure,
        protocol=arguments.protocol,
        reference=compared[0]["reference"] if compared else "",
        n_images=int(rows[0]["n_images"]) if rows and "n_images" in rows[0] else None,
        matched_dimensions=arguments.matched_dimensions,
        confidence=float(compared[0]["confidence"]) if compared else 0.0,
    )
    kit.save_figure(figure, arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
