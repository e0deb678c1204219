"""Thumbnails of all images, as a part of the explorer."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pixels", type=Path, required=True, help="decoded images, HDF5")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--output", type=Path, required=True, help="the part, a script")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.explorer.parts import write_part
    from texalign.explorer.pictures import pictures_part
    from texalign.images.index import read_index
    from texalign.images.pixels import open_pixels, pixel_batches

    index = read_index(arguments.index)
    with open_pixels(arguments.pixels, index) as pixels:
        images = (image for batch in pixel_batches(pixels, 64) for image in batch)
        part = pictures_part(images, pixels.shape[1])
    write_part(arguments.output, "images", part)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
