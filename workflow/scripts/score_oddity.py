"""How often observers told syntheses from originals in the oddity task, by observer and network."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--judgements", type=Path, nargs="+", required=True, help="files that the page saved, TSV")
    parser.add_argument("--output", type=Path, required=True, help="a row for each observer and network, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import records
    from texalign.perception import oddity

    scores = oddity.oddity_scores([row for path in arguments.judgements for row in oddity.read_judgements(path)])
    records.write_records(arguments.output, oddity.OddityScore, scores)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
