"""Tables over all networks: mutual information with its uncertainty, classes recovered, and probes."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages

TABLES = {
    "information": "mutual information with its uncertainty",
    "recovery": "best cluster of each class",
    "probes": "probes of the RDMs",
    "class-probes": "probes of the RDMs by class",
}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, content in TABLES.items():
        parser.add_argument(f"--{name}", type=Path, nargs="+", required=True, help=f"{content}, by network, TSV")
        parser.add_argument(f"--output-{name}", type=Path, required=True, help=f"{content}, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    from texalign.errors import TexalignError

    arguments = vars(parse_arguments())
    from texalign.artifacts.tables import read_tsv, write_tsv
    from texalign.information.layers import with_q_values

    for name in (table.replace("-", "_") for table in TABLES):
        tables = [(path, read_tsv(path)) for path in arguments[name]]
        columns = list(tables[0][1][0]) if tables[0][1] else []
        for path, rows in tables:
            if not rows or list(rows[0]) != columns:
                raise TexalignError(
                    f"{path}: is empty or has other columns than {', '.join(columns)}; delete it and rerun"
                )
        rows = [row for _, rows in tables for row in rows]
        if name == "information":
            rows = with_q_values(rows)
        write_tsv(arguments[f"output_{name}"], list(rows[0]), rows)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
