"""Measures under each representation less those under a reference, with intervals from the same drawn images."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measures", nargs="+", required=True, help="columns to compare")
    parser.add_argument("--values", type=Path, nargs="+", required=True, help="tables of all layers with them, TSV")
    parser.add_argument("--deviations", type=Path, nargs="+", required=True, help="deviations of the resamples, TSV")
    parser.add_argument("--reference", required=True, help="representation that the others are compared with")
    parser.add_argument("--confidence", type=float, required=True, help="of the intervals")
    parser.add_argument("--output", type=Path, required=True, help="differences by layer and on the means, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import records, tables
    from texalign.errors import TexalignError
    from texalign.information import deviations, differences

    drawn = deviations.deviations_of((str(path), tables.read_tsv(path)) for path in arguments.deviations)
    values = [tables.read_tsv(path) for path in arguments.values]
    found: list[differences.DifferenceRow] = []
    for measure in arguments.measures:
        rows = next((table for table in values if table and measure in table[0]), None)
        if rows is None:
            raise TexalignError(f"no table has a column {measure!r}, by which representations are to be compared")
        resampled = differences.resampled_layers(measure, rows, drawn)
        found += differences.difference_rows(measure, resampled, arguments.reference, arguments.confidence)
    records.write_records(arguments.output, differences.DifferenceRow, found)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
