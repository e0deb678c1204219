"""Correlations with Brain-Score, their intervals, leave-one-out ranges and limits, as PNG, SVG and PDF."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--correlations", type=Path, required=True, help="correlations over networks, TSV")
    parser.add_argument("--alpha", type=float, default=0.05, help="level that the correlations were computed for")
    parser.add_argument("--representation", required=True, help="representation to show")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png, .svg or .pdf")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import records
    from texalign.brainscore.correlation import CorrelationRow
    from texalign.figures import correlation_forest, kit

    def ends(row: CorrelationRow, name: str, suffix: str = "") -> tuple[float, float] | None:
        low, high = (getattr(row, f"{name}_{end}{suffix}") for end in ("low", "high"))
        return None if low is None else (low, high)

    summaries = [
        correlation_forest.CorrelationSummary(
            protocol=row.protocol,
            benchmark=row.benchmark,
            n=row.n_models,
            r=row.pearson_r,
            interval=ends(row, "pearson"),
            interval_with_mi_error=ends(row, "pearson", "_with_mi_error"),
            without_network=ends(row, "without_network"),
            without_family=ends(row, "without_family"),
            detectable_r=row.detectable_r,
            bound=row.equivalence_bound,
            conclusion=row.conclusion,
            note=row.note,
            equivalence_chance=row.equivalence_chance,
            criterion=row.criterion,
        )
        for row in records.read_records(arguments.correlations, CorrelationRow)
        if row.representation == arguments.representation
    ]
    kit.save_figure(correlation_forest.correlation_forest(summaries, confidence=1 - arguments.alpha), arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
