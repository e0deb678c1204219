"""Mutual information under each representation less that under a reference, intervals from the same drawn images."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inference", type=Path, required=True, help="mutual information with its uncertainty, TSV")
    parser.add_argument("--deviations", type=Path, nargs="+", required=True, help="deviations of the resamples, TSV")
    parser.add_argument("--reference", required=True, help="representation that the others are compared with")
    parser.add_argument("--output", type=Path, required=True, help="differences by layer and on the means, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import records, tables
    from texalign.information import differences
    from texalign.information.rows import InferenceRow

    rows = records.read_all([arguments.inference], InferenceRow)
    resampled = differences.resampled_layers(
        rows, ((str(path), tables.read_tsv(path)) for path in arguments.deviations)
    )
    found = differences.difference_rows(resampled, arguments.reference, rows[0].confidence)
    records.write_records(arguments.output, differences.DifferenceRow, found)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
