"""Read everything that a study has, and list what is missing, damaged or foreign; exit status 1 if anything is."""

import argparse
import sys

from texalign.command_line.lineage_arguments import add_lineage_argument


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add_lineage_argument(parser)
    parser.add_argument("--quiet", action="store_true", help="list only what is not sound")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    import collections

    from texalign.artifacts.verify import SOUND, verify
    from texalign.command_line.lineage_arguments import read_lineages

    lineages = arguments.lineages if arguments.lineages.by_path is not None else read_lineages(sys.stdin.read())
    counts: collections.Counter[str] = collections.Counter()
    for finding in verify(lineages.by_path):
        counts[finding.state] += 1
        if finding.state != SOUND or not arguments.quiet:
            print(f"{finding.state}\t{finding.reason or finding.path}", flush=True)
    print(", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "nothing to verify")
    sys.exit(int(any(state != SOUND for state in counts)))


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
