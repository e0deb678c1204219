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
    from texalign.artifacts import tables
    from texalign.errors import TexalignError
    from texalign.information import layers

    rows = []
    for path in arguments.curves:
        found = tables.read_rows(path, [*layers.LAYER_KEY, "n_clusters"])
        if rows and list(found[0]) != list(rows[0]):
            raise TexalignError(f"{path}: has the columns {', '.join(found[0])}; the others have {', '.join(rows[0])}")
        rows += found
    tables.write_tsv(arguments.output, list(rows[0]), rows)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
