"""Who accepts whose synthetic images: relative losses between networks or representations, as PNG, SVG and PDF."""

import argparse
from pathlib import Path

from texalign import names
from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--judgements", nargs="+", type=Path, required=True, help="a TSV of each judging network")
    parser.add_argument("--between", choices=["networks", "representations"], default="networks")
    parser.add_argument(
        "--representation",
        choices=list(names.REPRESENTATIONS),
        default="gram",
        help="what networks judge each other by",
    )
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png, .svg or .pdf")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.figures import kit
    from texalign.figures import synthesis_cross_evaluation as figures
    from texalign.synthesis.judgements import read_judgements

    judgements = [row for file in arguments.judgements for row in read_judgements(file)]
    if arguments.between == "networks":
        figure = figures.synthesis_cross_evaluation(judgements, arguments.representation)
    else:
        figure = figures.synthesis_between_representations(judgements)
    kit.save_figure(figure, arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
