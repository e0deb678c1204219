"""Of each representation, protocol and network, the best layer by the study's criterion."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mi", type=Path, nargs="?", help="table of mutual information, TSV; nothing without labels")
    parser.add_argument("--others", type=Path, nargs="*", default=[], help="tables that may hold the criterion, TSV")
    parser.add_argument("--criterion", default="mi_nsb_bits", help="column by which layers are chosen")
    parser.add_argument("--output", type=Path, required=True, help="best layers, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import records, tables
    from texalign.errors import TexalignError
    from texalign.information import layers
    from texalign.information.rows import MI_COLUMNS, BestLayer

    others = {str(path): tables.read_tsv(path) for path in arguments.others}
    if arguments.mi is None:
        # Without labels the table that has the criterion is all that there is of layers.
        rows = next((table for table in others.values() if table and arguments.criterion in table[0]), [])
    else:
        rows = tables.read_rows(arguments.mi, MI_COLUMNS, numbers=["mi_nsb_bits", "position"])
    if not rows:
        raise TexalignError(f"no table has a column {arguments.criterion!r}, by which layers are to be chosen")
    best = layers.best_layers(layers.with_criterion(rows, others, arguments.criterion), "value")
    records.write_records(arguments.output, BestLayer, map(layers.best_layer, best))


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
