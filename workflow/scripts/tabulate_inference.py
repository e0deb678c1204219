"""Tables over all networks: mutual information with its uncertainty, classes recovered, and probes."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages

TABLES = {
    "information": ("InferenceRow", "mutual information with its uncertainty"),
    "recovery": ("RecoveryRow", "best cluster of each class"),
    "probes": ("ProbeRow", "probes of the RDMs"),
    "class-probes": ("ClassProbeRow", "probes of the RDMs by class"),
}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, (_, content) in TABLES.items():
        parser.add_argument(f"--{name}", type=Path, nargs="+", required=True, help=f"{content}, by network, TSV")
        parser.add_argument(f"--output-{name}", type=Path, required=True, help=f"{content}, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = vars(parse_arguments())
    from texalign.artifacts.records import read_all, write_records
    from texalign.information import rows
    from texalign.information.layers import with_q_values

    for table, (kind, _) in TABLES.items():
        name, record = table.replace("-", "_"), getattr(rows, kind)
        found = read_all(arguments[name], record)
        if record is rows.InferenceRow:
            found = with_q_values(found)
        write_records(arguments[f"output_{name}"], record, found)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
