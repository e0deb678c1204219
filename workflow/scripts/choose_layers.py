"""Layers of a network at comparable relative depth, by rule: what `layers: {spread: N}` stands for, as a table."""

import argparse
from pathlib import Path

from texalign import names
from texalign.command_line import network_arguments
from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    network_arguments.add_architecture_arguments(parser)
    network_arguments.add_reading_arguments(parser)
    parser.add_argument("--model", required=True, help="id of the network in the study")
    parser.add_argument("--activation", choices=list(names.ACTIVATIONS), default="after_relu")
    parser.add_argument("--spread", type=int, required=True, help="how many layers")
    parser.add_argument("--image-size", type=int, required=True, help="edge of the square images, in pixels")
    parser.add_argument("--output", type=Path, required=True, help="layers, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.networks import chosen
    from texalign.networks.sources import Architecture

    chosen.write_spread(
        arguments.output,
        arguments.model,
        Architecture.parse(arguments.architecture, arguments.arguments),
        arguments.spread,
        arguments.image_size,
        arguments.own_activation or arguments.activation,
        arguments.maps,
    )


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
