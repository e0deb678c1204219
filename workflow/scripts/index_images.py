"""Index a folder of labelled images, one subfolder a class: path, class, hash, size and mode of every image."""

import argparse
import logging
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path, required=True, help="folder with one subfolder a class")
    parser.add_argument("--unlabelled", action="store_true", help="subfolders are no classes")
    parser.add_argument("--threads", type=int, default=1, help="images to read at a time")
    parser.add_argument("--output", type=Path, required=True, help="image index, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.images.index import index_images, write_index

    index = index_images(arguments.images, arguments.threads, labelled=not arguments.unlabelled)
    write_index(arguments.output, index)
    logging.info("%d images of %d classes in %s", len(index), len(index.class_names), arguments.images)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
