"""An image with an exemplar's representation in a network, from Gaussian noise, by L-BFGS over its pixels.

Killed and started again, it goes on from a hidden checkpoint beside the image.
"""

import argparse
from pathlib import Path

from texalign.command_line import network_arguments, synthesis_arguments
from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    synthesis_arguments.add_loss_arguments(parser)
    synthesis_arguments.add_image_arguments(parser)
    parser.add_argument("--output-image", type=Path, required=True, help="the image, 8-bit PNG")
    parser.add_argument("--output-result", type=Path, required=True, help="settings and result, JSON")
    parser.add_argument("--output-trace", type=Path, required=True, help="loss at every evaluation, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    synthesis_arguments.prepare_environment()
    from texalign.synthesis.loss import ImageMaps
    from texalign.synthesis.optimise import compute_reproducibly
    from texalign.synthesis.request import Outputs

    request = synthesis_arguments.request(arguments)
    built = network_arguments.build(arguments, [request.exemplar_size, request.image_size])
    compute_reproducibly(built.device)
    outputs = Outputs(
        arguments.output_image, arguments.output_result, arguments.output_trace, arguments.checkpoint_seconds
    )
    request.make(ImageMaps(built.network, built.normalization), built.device, built.settings, outputs)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
