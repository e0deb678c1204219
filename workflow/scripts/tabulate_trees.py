"""What other images would give, tree and all, by layer; what a best layer is worth on images it is not chosen on."""

import argparse
from pathlib import Path

from texalign import names
from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--halves", type=Path, nargs="+", required=True, help="agreement on halves, by network, TSV")
    parser.add_argument("--mi", type=Path, required=True, help="table of mutual information, TSV")
    parser.add_argument("--confidence", type=float, required=True, help="confidence of the intervals")
    parser.add_argument("--measure", required=True, choices=list(names.MEASURES), help="by which layers are chosen")
    parser.add_argument("--output-trees", type=Path, required=True, help="intervals that carry the tree, by layer, TSV")
    parser.add_argument("--output-best", type=Path, required=True, help="best layers on halves, by network, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts.records import read_all, write_records
    from texalign.information import half_tables
    from texalign.information.rows import MiRow

    halves = read_all(arguments.halves, half_tables.HalfRow)
    mi = read_all([arguments.mi], MiRow)
    trees = half_tables.tree_rows(halves, mi, arguments.confidence)
    write_records(arguments.output_trees, half_tables.TreeRow, trees)
    best = half_tables.best_on_halves(halves, mi, arguments.measure)
    write_records(arguments.output_best, half_tables.BestOnHalvesRow, best)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
