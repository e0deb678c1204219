"""Best mutual information against every Brain-Score benchmark under a protocol, as PNG and SVG."""

import argparse
from pathlib import Path


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", type=Path, required=True, help="best layers with Brain-Scores, TSV")
    parser.add_argument("--correlations", type=Path, required=True, help="correlations over networks, TSV")
    parser.add_argument("--protocol", required=True, help="protocol to show")
    parser.add_argument("--families", nargs="+", required=True, metavar="MODEL=FAMILY", help="family of each network")
    parser.add_argument("--representation", required=True, help="representation to show")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png or .svg")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import tables
    from texalign.figures import brainscore_scatter, kit

    shown = {"representation": arguments.representation, "protocol": arguments.protocol}
    scored = [row for row in tables.rows_of(arguments.scores, **shown) if row["score"]]
    panels = []
    for correlation in tables.rows_of(arguments.correlations, **shown):
        rows = [row for row in scored if row["benchmark"] == correlation["benchmark"]]
        panels.append(
            brainscore_scatter.BrainScorePanel(
                benchmark=correlation["benchmark"],
                models=[row["model"] for row in rows],
                scores=[float(row["score"]) for row in rows],
                best_mi_bits=[float(row["value"]) for row in rows],
                r=_number(correlation["pearson_r"]),
                p=_number(correlation["pearson_p"]),
                note=correlation["note"],
                interval=_interval(correlation["pearson_low"], correlation["pearson_high"]),
                q=_number(correlation["pearson_q"]),
                matches={row["model"]: row["match"] for row in rows},
            )
        )
    families = dict(pair.split("=", 1) for pair in arguments.families)
    figure = brainscore_scatter.brainscore_scatter(panels, families, protocol=arguments.protocol)
    kit.save_figure(figure, arguments.output)


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def _interval(low: str, high: str) -> tuple[float, float] | None:
    return (float(low), float(high)) if low else None


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
