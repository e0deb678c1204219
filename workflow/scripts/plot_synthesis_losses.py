"""Loss during synthesis over evaluations, one panel a texture, one line a network, as PNG, SVG and PDF."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", nargs="+", type=Path, required=True, help="results of syntheses, JSON")
    parser.add_argument("--traces", nargs="+", type=Path, required=True, help="their losses, TSV, in the same order")
    parser.add_argument("--families", nargs="+", required=True, metavar="MODEL=FAMILY", help="family of each network")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png, .svg or .pdf")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    import numpy as np

    from texalign.figures import kit, synthesis_losses
    from texalign.synthesis import results as synthesis_results

    curves = []
    for result_file, trace_file in zip(arguments.results, arguments.traces, strict=True):
        result = synthesis_results.read_result(result_file)
        losses = np.array(synthesis_results.read_trace(trace_file)) / result.flat.total
        curves.append(synthesis_losses.LossCurve(result.model, result.texture, losses, result.relative_loss))
    families = dict(pair.split("=", 1) for pair in arguments.families)
    figure = synthesis_losses.synthesis_losses(curves, families, result.representation)
    kit.save_figure(figure, arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
