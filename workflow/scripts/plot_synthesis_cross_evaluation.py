"""Which network accepts the synthetic images of which: matrix of relative losses, as PNG and SVG."""

import argparse
from pathlib import Path


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--judgements", nargs="+", type=Path, required=True, help="a TSV of each judging network")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png or .svg")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    from texalign.figures import kit, synthesis_cross_evaluation
    from texalign.synthesis import results as synthesis_results

    judgements = [row for file in arguments.judgements for row in synthesis_results.read_judgements(file)]
    kit.save_figure(synthesis_cross_evaluation.synthesis_cross_evaluation(judgements), arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
