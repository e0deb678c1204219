"""Best layers with the Brain-Scores of their networks, joined by id."""

import argparse
import logging
from pathlib import Path


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--best-mi", type=Path, required=True, help="best layers, TSV")
    parser.add_argument("--brainscore", type=Path, required=True, help="Brain-Score table, CSV with a column `model`")
    parser.add_argument("--benchmarks", nargs="+", required=True, help="columns of the Brain-Score table")
    parser.add_argument("--ids", nargs="+", required=True, metavar="MODEL=ID", help="id of each network, or nothing")
    parser.add_argument("--output", type=Path, required=True, help="best layers with scores, TSV")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    from texalign import brainscore, store, tables

    table = brainscore.read_scores(arguments.brainscore, arguments.benchmarks)
    ids = {model: name or None for model, _, name in (pair.partition("=") for pair in arguments.ids)}
    rows = tables.brainscore_rows(store.read_tsv(arguments.best_mi), ids, table)
    for model, note in dict.fromkeys((row["model"], row["note"]) for row in rows if row["note"]):
        logging.warning("%s is left out: %s", model, note)
    store.write_tsv(arguments.output, tables.SCORE_COLUMNS, rows)


if __name__ == "__main__":
    from texalign.cli import run_program

    run_program(main)
