"""Mutual information by layer, one line a network, one panel a protocol, as PNG, SVG and PDF."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mi", type=Path, required=True, help="table of mutual information, TSV")
    parser.add_argument("--inference", type=Path, required=True, help="the same with its uncertainty, TSV")
    parser.add_argument("--families", nargs="+", required=True, metavar="MODEL=FAMILY", help="family of each network")
    parser.add_argument("--representation", required=True, help="representation to show")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png, .svg or .pdf")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts.records import records_of
    from texalign.figures import kit, mi_by_layer
    from texalign.information.rows import InferenceRow, MiRow, joined

    rows = records_of(arguments.mi, MiRow, representation=arguments.representation)
    inferred = records_of(arguments.inference, InferenceRow, representation=arguments.representation)
    certain = {row.key: row for row in inferred}
    layers = [
        joined(
            mi_by_layer.LayerInformation,
            row,
            of_ceiling=row.mi_of_ceiling,
            low_bits=certain[row.key].ci_low_bits,
            high_bits=certain[row.key].ci_high_bits,
        )
        for row in rows
    ]
    figure = mi_by_layer.mi_by_layer(
        layers,
        dict(pair.split("=", 1) for pair in arguments.families),
        n_images=rows[0].n_images,
        n_classes=rows[0].n_classes,
        class_entropy_bits=rows[0].class_entropy_bits,
        confidence=inferred[0].confidence,
    )
    kit.save_figure(figure, arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
