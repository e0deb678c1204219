"""All layers of a study as one table; modules that the config names are looked for in their networks first."""

import argparse
import json
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", required=True, help="ids of the networks, in order")
    parser.add_argument(
        "--named",
        type=json.loads,
        default={},
        help="networks whose layers are named, JSON: {id: {architecture: ..., arguments: ..., layers: [L1=...]}}",
    )
    parser.add_argument("--spread", type=Path, nargs="*", default=[], help="tables of layers that a rule chose, TSV")
    parser.add_argument("--output", type=Path, required=True, help="all layers, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts.tap import parse_taps
    from texalign.networks.chosen import NamedLayers, write_study
    from texalign.networks.sources import Architecture

    named = {
        model: NamedLayers(Architecture.parse(entry["architecture"], entry["arguments"]), parse_taps(entry["layers"]))
        for model, entry in arguments.named.items()
    }
    write_study(arguments.output, arguments.models, named, {path.stem: path for path in arguments.spread})


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
