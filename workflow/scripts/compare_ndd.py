"""The study's mutual information beside ndd's, and their differences; ends with an error where one is too large."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mi", type=Path, required=True, help="table of mutual information, TSV")
    parser.add_argument("--ndd", type=Path, required=True, help="mutual information by ndd, TSV")
    parser.add_argument("--tolerance", type=float, required=True, help="largest difference allowed, in bits")
    parser.add_argument("--output", type=Path, required=True, help="differences, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    from texalign.errors import TexalignError

    arguments = parse_arguments()
    import logging

    from texalign.artifacts import records, tables
    from texalign.information import ndd_check
    from texalign.information.rows import MiRow, NddRow

    rows = ndd_check.ndd_differences(records.read_records(arguments.mi, MiRow), tables.read_tsv(arguments.ndd))
    worst = max(rows, key=lambda row: abs(row.difference_bits))
    logging.info("largest difference from ndd: %.2g bits", abs(worst.difference_bits))
    if abs(worst.difference_bits) > arguments.tolerance:
        raise TexalignError(
            f"{worst.representation}, {worst.protocol}, {worst.model}, {worst.layer}: mutual information differs from "
            f"ndd's by {worst.difference_bits:.2g} bits, more than {arguments.tolerance:.0e}"
        )
    records.write_records(arguments.output, NddRow, rows)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
