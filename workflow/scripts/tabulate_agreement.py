"""Tables of agreement with people over all networks: every measure with its uncertainty, and a row a layer."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agreement", type=Path, nargs="+", required=True, help="agreement of each network, TSV")
    parser.add_argument("--layers", type=Path, nargs="+", required=True, help="the same, a row a layer, TSV")
    parser.add_argument("--output", type=Path, required=True, help="all rows, TSV")
    parser.add_argument("--output-layers", type=Path, required=True, help="a row a layer, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import tables
    from texalign.perception import evaluation

    rows = [row for path in arguments.agreement for row in tables.read_tsv(path)]
    tables.write_tsv(arguments.output, list(rows[0]), rows)
    by_layer = evaluation.joined_layers([(str(path), tables.read_tsv(path)) for path in arguments.layers])
    tables.write_tsv(arguments.output_layers, list(by_layer[0]), by_layer)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
