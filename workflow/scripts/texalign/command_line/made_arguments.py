"""Command-line arguments of programs that read syntheses; without torch, for those that only show them."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from texalign.artifacts.lineage import Lineages
from texalign.errors import TexalignError


def add_made_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name syntheses and their exemplars."""
    parser.add_argument("--exemplars", nargs="+", required=True, metavar="TEXTURE=FILE", help="exemplars, in order")
    parser.add_argument("--images", nargs="+", type=Path, required=True, help="synthetic images, PNG")
    parser.add_argument("--results", nargs="+", type=Path, required=True, help="their results, JSON, in the same order")


def exemplar_files(pairs: Sequence[str], lineages: Lineages) -> dict[str, Path]:
    """Files by texture, with their lineages, from arguments TEXTURE=FILE. Raises TexalignError for one without "="."""
    for pair in pairs:
        if "=" not in pair:
            raise TexalignError(f"{pair!r} is not TEXTURE=FILE")
    return {texture: lineages.told(file) for texture, file in (pair.split("=", 1) for pair in pairs)}
