"""An exemplar of texture synthesis, decoded and made square once for all networks, as PNG."""

import argparse
from pathlib import Path

from texalign import names
from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--image", type=Path, help="image file")
    source.add_argument("--url", help="where to download it; needs --sha256 and --download-folder")
    parser.add_argument("--sha256", help="SHA-256 of the file to download")
    parser.add_argument("--download-folder", type=Path, help="where the download is kept, or put by hand")
    parser.add_argument("--size", type=int, required=True, help="edge of the square it is made, in pixels")
    parser.add_argument("--fit", choices=list(names.FITS), default="squash", help="how, as the study's images are")
    parser.add_argument("--output", type=Path, required=True, help="the exemplar, 8-bit PNG")
    arguments = parse_with_lineages(parser)
    if arguments.url and not (arguments.sha256 and arguments.download_folder):
        parser.error("--url needs --sha256 and --download-folder")
    return arguments


def main() -> None:
    from texalign.errors import TexalignError

    arguments = parse_arguments()
    from PIL import Image

    from texalign.artifacts import files
    from texalign.artifacts.fetch import fetch
    from texalign.images.pixels import FITS, load_rgb

    if arguments.url:
        file = fetch(arguments.url, arguments.sha256, arguments.download_folder)
    elif arguments.image.is_file():
        file = arguments.image
    else:
        raise TexalignError(
            f"{arguments.image}: image not found; check the exemplar's class and file in the config's synthesis section"
        )
    pixels = FITS[arguments.fit](load_rgb(file), arguments.size)
    with files.atomic_path(arguments.output) as partial:
        Image.fromarray(pixels).save(partial, format="PNG")


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
