"""Command-line arguments of the program that makes the explorer: the study's names, its parts and all its tables."""

import argparse
import json
from pathlib import Path


def add_explorer_arguments(parser: argparse.ArgumentParser) -> None:
    """Add all of them; tables and evidence that a study does not have are left out."""
    parser.add_argument("--study", required=True, help="name of the study")
    parser.add_argument("--layers", type=json.loads, required=True, help="modules by network and layer, JSON")
    parser.add_argument("--families", nargs="+", required=True, metavar="MODEL=FAMILY", help="family of each network")
    parser.add_argument("--representations", nargs="+", required=True, help="of the study")
    parser.add_argument("--protocols", nargs="+", required=True, help="of clustering")
    parser.add_argument("--dissimilarity", default="cosine", help="that is shown")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--parts", type=Path, nargs="+", required=True, help="parts, below a folder beside the page")
    parser.add_argument("--mi", type=Path, nargs="*", default=[], help="mutual information of all layers, TSV")
    parser.add_argument("--inference", type=Path, nargs="*", default=[], help="its intervals, TSV")
    parser.add_argument("--scores", type=Path, nargs="*", default=[], help="best layers with Brain-Scores, TSV")
    parser.add_argument("--correlations", type=Path, nargs="*", default=[], help="with Brain-Scores, TSV")
    parser.add_argument("--maps", type=Path, nargs="*", default=[], help="RDMs against RDMs, <representation>.tsv")
    parser.add_argument("--evidence", type=Path, nargs="*", default=[], help="human evidence, <evidence>.h5")
    parser.add_argument("--output", type=Path, required=True, help="the page, HTML")
