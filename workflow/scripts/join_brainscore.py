"""Best layers with the Brain-Scores of their networks, joined by id."""

import argparse
import logging
from pathlib import Path


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--best-mi", type=Path, required=True, help="best layers, TSV")
    parser.add_argument("--brainscore", type=Path, required=True, help="Brain-Score table, CSV with a column `model`")
    parser.add_argument("--benchmarks", nargs="+", required=True, help="columns of the Brain-Score table")
    parser.add_argument(
        "--ids", type=model_and_id, nargs="+", required=True, metavar="MODEL=ID", help="id of each network, or nothing"
    )
    parser.add_argument("--output", type=Path, required=True, help="best layers with scores, TSV")
    return parser.parse_args()


def model_and_id(word: str) -> tuple[str, str | None]:
    model, equals, name = word.partition("=")
    if not model or not equals:
        raise argparse.ArgumentTypeError(f"{word!r} is not MODEL=ID, or MODEL= for a network without an id")
    return model, name or None


def main() -> None:
    arguments = parse_arguments()
    from texalign import brainscore, store, tables

    table = brainscore.read_scores(arguments.brainscore, arguments.benchmarks)
    best = tables.read_rows(arguments.best_mi, tables.BEST_MI_COLUMNS, numbers=["mi_nsb_bits"])
    rows = tables.brainscore_rows(best, dict(arguments.ids), table)
    for model, note in dict.fromkeys((row["model"], row["note"]) for row in rows if row["note"]):
        logging.warning("%s is left out: %s", model, note)
    store.write_tsv(arguments.output, tables.SCORE_COLUMNS, rows)


if __name__ == "__main__":
    from texalign.cli import run_program

    run_program(main)
