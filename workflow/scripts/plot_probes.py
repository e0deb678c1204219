"""Probes of the RDMs by layer, one line a network, one column of panels a protocol, as PNG, SVG and PDF."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--probes", type=Path, required=True, help="probes of all layers, TSV")
    parser.add_argument("--families", nargs="+", required=True, metavar="MODEL=FAMILY", help="family of each network")
    parser.add_argument("--representation", required=True, help="representation to show")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png, .svg or .pdf")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts.records import records_of
    from texalign.figures import kit, probes_by_layer
    from texalign.information.rows import ProbeRow, joined

    rows = records_of(arguments.probes, ProbeRow, representation=arguments.representation)
    figure = probes_by_layer.probes_by_layer(
        [joined(probes_by_layer.LayerProbes, row) for row in rows],
        dict(pair.split("=", 1) for pair in arguments.families),
        n_images=rows[0].n_images,
        n_classes=rows[0].n_classes,
    )
    kit.save_figure(figure, arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
