"""Correlation of the best mutual information with each Brain-Score benchmark, over networks."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", type=Path, required=True, help="best layers with scores, TSV")
    parser.add_argument("--alpha", type=float, default=0.05, help="level below which a p-value is called significant")
    parser.add_argument(
        "--equivalence-bound", type=float, default=0.5, help="bound of |r| that the equivalence test is about"
    )
    parser.add_argument(
        "--mi-deviations",
        type=Path,
        nargs="*",
        default=[],
        help="how mutual information varies with the images drawn, TSV, one a representation, protocol and network",
    )
    parser.add_argument("--output", type=Path, required=True, help="correlations, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import records
    from texalign.brainscore import correlation as correlations
    from texalign.brainscore import join
    from texalign.errors import TexalignError

    deviations = correlations.read_deviations(arguments.mi_deviations)
    settings = correlations.CorrelationSettings(arguments.alpha, arguments.equivalence_bound, deviations)
    scores = records.read_records(arguments.scores, join.ScoredLayer)
    if not scores:
        raise TexalignError(f"{arguments.scores}: has no rows")
    rows = correlations.correlation_rows(scores, settings)
    records.write_records(arguments.output, correlations.CorrelationRow, rows)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
