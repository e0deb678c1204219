"""The command `texalign`: a network's layers, and its score on a folder of images, without Snakemake."""

import argparse

import texalign
from texalign.command_line import layers, score
from texalign.command_line.program import run_program

COMMANDS = {"layers": layers, "score": score}


def parser() -> argparse.ArgumentParser:
    """The command line; what a command imports, it imports when it runs, so that `--help` is instant."""
    parser = argparse.ArgumentParser(prog="texalign", description=__doc__)
    parser.add_argument("--version", action="version", version=f"texalign {texalign.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        summary, _, _ = command.__doc__.partition("\n")
        sub = commands.add_parser(
            name,
            help=summary,
            description=command.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return parser


def main() -> None:
    arguments = parser().parse_args()
    run_program(lambda: arguments.run(arguments))


if __name__ == "__main__":
    main()
