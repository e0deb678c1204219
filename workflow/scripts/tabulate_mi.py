"""One table of the agreement measures of all protocols, networks and layers."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--information", type=Path, nargs="+", required=True, help="agreement of each layer, TSV")
    parser.add_argument("--output", type=Path, required=True, help="table of mutual information, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import records
    from texalign.information.layers import concatenate
    from texalign.information.rows import MiRow

    rows = concatenate((str(path), records.read_records(path, MiRow)) for path in arguments.information)
    records.write_records(arguments.output, MiRow, rows)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
