"""What the study found, in words and tables made from its tables, as the first page of its report, HTML."""

import argparse
import json
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages

TABLES = {
    "best-mi": "best layers",
    "mi": "mutual information of all layers",
    "inference": "mutual information with its uncertainty",
    "halves": "best layers chosen on one half of the images and read on the other",
    "agreement": "agreement with people",
    "correlations": "correlations with Brain-Scores",
}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--asked", type=json.loads, required=True, metavar="JSON", help="the choices of the study")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    for name, content in TABLES.items():
        parser.add_argument(f"--{name}", type=Path, nargs="?", help=f"{content}, TSV; nothing where there is none")
    parser.add_argument("--panel", type=Path, nargs="?", help="figure of syntheses, PNG")
    parser.add_argument("--explorer", help="address of the page to explore the study, as seen from the report")
    parser.add_argument("--output", type=Path, required=True, help="the page, HTML")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts.files import atomic_path
    from texalign.findings.page import findings_page
    from texalign.findings.study import Asked, read_found

    asked = Asked.of_mapping(arguments.asked)
    files = {name.replace("-", "_"): getattr(arguments, name.replace("-", "_")) for name in TABLES}
    found = read_found(asked, arguments.index, **files)
    with atomic_path(arguments.output) as partial:
        partial.write_text(findings_page(asked, found, arguments.panel, arguments.explorer), encoding="utf-8")


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
