"""Best layers with the Brain-Scores of their networks, joined by id."""

import argparse
import logging
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    from texalign.command_line import score_arguments

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--best-mi", type=Path, required=True, help="best layers, TSV")
    score_arguments.add_score_arguments(parser)
    score_arguments.add_aggregate_argument(parser)
    parser.add_argument("--families", nargs="*", default=[], metavar="MODEL=FAMILY", help="family of each network")
    parser.add_argument(
        "--matches", nargs="*", default=[], metavar="MODEL=MATCH", help="what the model that was scored is to a network"
    )
    parser.add_argument("--output", type=Path, required=True, help="best layers with scores, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import records
    from texalign.brainscore import join, leaderboard
    from texalign.command_line import score_arguments
    from texalign.information.rows import BestLayer

    ids = dict(arguments.ids)
    source = score_arguments.score_source(arguments)
    table = leaderboard.scores_of(source, ids, arguments.benchmarks, arguments.aggregate)
    best = records.read_all([arguments.best_mi], BestLayer)
    families, matches = (score_arguments.by_model(pairs) for pairs in (arguments.families, arguments.matches))
    rows = join.scored_layers(best, ids, table, families, matches)
    for model, note in dict.fromkeys((row.model, row.note) for row in rows if row.note):
        logging.warning("%s is left out: %s", model, note)
    records.write_records(arguments.output, join.ScoredLayer, rows)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
