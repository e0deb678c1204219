"""Correlations with Brain-Score, their intervals, leave-one-out ranges and limits, as PNG and SVG."""

import argparse
from collections.abc import Mapping
from pathlib import Path


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--correlations", type=Path, required=True, help="correlations over networks, TSV")
    parser.add_argument("--alpha", type=float, default=0.05, help="level that the correlations were computed for")
    parser.add_argument("--representation", required=True, help="representation to show")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png or .svg")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import tables
    from texalign.figures import correlation_forest, kit

    rows = tables.rows_of(arguments.correlations, representation=arguments.representation)
    summaries = [
        correlation_forest.CorrelationSummary(
            protocol=row["protocol"],
            benchmark=row["benchmark"],
            n=int(row["n_models"]),
            r=_number(row["pearson_r"]),
            interval=_range(row, "pearson_low", "pearson_high"),
            interval_with_mi_error=_range(row, "pearson_low_with_mi_error", "pearson_high_with_mi_error"),
            without_network=_range(row, "without_network_low", "without_network_high"),
            without_family=_range(row, "without_family_low", "without_family_high"),
            detectable_r=_number(row["detectable_r"]),
            bound=float(row["equivalence_bound"]),
            conclusion=row["conclusion"],
            note=row["note"],
        )
        for row in rows
    ]
    kit.save_figure(correlation_forest.correlation_forest(summaries, confidence=1 - arguments.alpha), arguments.output)


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def _range(row: Mapping[str, str], low: str, high: str) -> tuple[float, float] | None:
    return (float(row[low]), float(row[high])) if row[low] else None


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
