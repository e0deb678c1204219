"""Correlation of the best mutual information with each Brain-Score benchmark, over networks."""

import argparse
from pathlib import Path


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", type=Path, required=True, help="best layers with scores, TSV")
    parser.add_argument("--alpha", type=float, default=0.05, help="level below which a p-value is called significant")
    parser.add_argument("--output", type=Path, required=True, help="correlations, TSV")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    from texalign import store, tables

    scores = tables.read_rows(arguments.scores, tables.SCORE_COLUMNS, numbers=["mi_nsb_bits"])
    rows = tables.correlation_rows(scores, arguments.alpha)
    store.write_tsv(arguments.output, tables.CORRELATION_COLUMNS, rows)


if __name__ == "__main__":
    from texalign.cli import run_program

    run_program(main)
