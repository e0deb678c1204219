"""Download, verify and unpack the Describable Textures Dataset: one folder a class, and a checksum of every image."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--download-folder", type=Path, required=True, help="where the archive is kept, or put by hand")
    parser.add_argument("--output", type=Path, required=True, help="folder of class folders to make")
    parser.add_argument("--output-checksums", type=Path, required=True, help="SHA-256 of every image, as sha256sum")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.images.dtd import fetch_dtd
    from texalign.images.index import write_checksums

    fetch_dtd(arguments.download_folder, arguments.output)
    write_checksums(arguments.output_checksums, arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
