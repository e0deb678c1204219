"""Synthetic images beside their originals, pixel for pixel, as PNG, SVG and PDF.

Rows are networks. Columns are textures, or with --texture, the representations that images of this one match.
"""

import argparse
from pathlib import Path

from texalign.command_line import made_arguments
from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made_arguments.add_made_arguments(parser)
    parser.add_argument("--exemplar-size", type=int, default=224, help="edge that exemplars are resized to, in pixels")
    parser.add_argument("--judgements", nargs="*", type=Path, default=[], help="a TSV of each judging network")
    parser.add_argument("--texture", help="images of this texture, by representation")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png, .svg or .pdf")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    import numpy as np

    from texalign.figures import kit, synthesis_panel
    from texalign.images.pixels import load_rgb, resize_to_square
    from texalign.synthesis.judgements import read_judgements
    from texalign.synthesis.results import read_result

    made = [
        synthesis_panel.Shown(read_result(result), np.asarray(load_rgb(image)))
        for image, result in zip(arguments.images, arguments.results, strict=True)
    ]
    originals = {
        texture: resize_to_square(load_rgb(file), arguments.exemplar_size)
        for texture, file in made_arguments.exemplar_files(arguments.exemplars, arguments.lineages).items()
    }
    judgements = [row for file in arguments.judgements for row in read_judgements(file)]
    if arguments.texture:
        figure = synthesis_panel.by_representation(originals[arguments.texture], arguments.texture, made, judgements)
    else:
        figure = synthesis_panel.by_texture(originals, made, judgements)
    kit.save_figure(figure, arguments.output, colours=None)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
