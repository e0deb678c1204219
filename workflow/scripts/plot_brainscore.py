"""Best layers' values against every Brain-Score benchmark under a protocol, as PNG, SVG and PDF."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", type=Path, required=True, help="best layers with Brain-Scores, TSV")
    parser.add_argument("--correlations", type=Path, required=True, help="correlations over networks, TSV")
    parser.add_argument("--protocol", required=True, help="protocol to show")
    parser.add_argument("--families", nargs="+", required=True, metavar="MODEL=FAMILY", help="family of each network")
    parser.add_argument("--representation", required=True, help="representation to show")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png, .svg or .pdf")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import records
    from texalign.brainscore.correlation import CorrelationRow
    from texalign.brainscore.join import ScoredLayer
    from texalign.figures import brainscore_scatter, kit

    shown = (arguments.representation, arguments.protocol)
    scored = [row for row in records.read_records(arguments.scores, ScoredLayer) if row.score is not None]
    panels = []
    for found in records.read_records(arguments.correlations, CorrelationRow):
        if (found.representation, found.protocol) != shown:
            continue
        rows = [row for row in scored if (row.representation, row.protocol, row.benchmark) == (*shown, found.benchmark)]
        panels.append(brainscore_scatter.BrainScorePanel.of(found, rows))
    families = dict(pair.split("=", 1) for pair in arguments.families)
    figure = brainscore_scatter.brainscore_scatter(panels, families, protocol=arguments.protocol)
    kit.save_figure(figure, arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
