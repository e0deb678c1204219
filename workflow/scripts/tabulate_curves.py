"""One table of agreement by number of clusters, from those of all layers."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--curves", type=Path, nargs="+", required=True, help="agreement by number of clusters, TSV")
    parser.add_argument("--output", type=Path, required=True, help="all of them, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts.records import read_all, write_records
    from texalign.information.rows import CurveRow

    write_records(arguments.output, CurveRow, read_all(arguments.curves, CurveRow))


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
