"""Decode all images of an index and resize them once for all networks, to HDF5: (n, size, size, 3) uint8."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    from texalign import names

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path, required=True, help="folder with one subfolder a class")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--size", type=int, required=True, help="edge of the square in pixels")
    parser.add_argument("--fit", choices=list(names.FITS), default="squash", help="how they become square")
    parser.add_argument("--threads", type=int, default=1, help="images to decode at a time")
    parser.add_argument("--output", type=Path, required=True, help="pixels, HDF5")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from tqdm import tqdm

    from texalign.artifacts.provenance import versions_by_step
    from texalign.images.index import read_index
    from texalign.images.pixels import decode_images, write_pixels

    index = read_index(arguments.index)
    paths = [arguments.images / record.path for record in index.records]
    decoded = decode_images(paths, arguments.size, arguments.threads, arguments.fit)
    made = versions_by_step("decode_images", "numpy", "pillow", "h5py")
    attributes = {"images_sha256": index.sha256, "fit": arguments.fit, **made}
    progress = tqdm(decoded, total=len(paths), unit="image", mininterval=2)
    write_pixels(arguments.output, progress, len(paths), arguments.size, attributes)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
