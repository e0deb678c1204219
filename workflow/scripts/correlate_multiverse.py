"""Correlations with Brain-Score under all combinations of the options listed, and what each choice changes."""

import argparse

from texalign.command_line import multiverse_arguments, score_arguments
from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    multiverse_arguments.add_multiverse_arguments(parser)
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import records
    from texalign.brainscore import leaderboard, multiverse

    ids = dict(arguments.ids)
    source = score_arguments.score_source(arguments)
    scores = {name: leaderboard.scores_of(source, ids, arguments.benchmarks, name) for name in arguments.aggregates}
    own = multiverse.Choices(*arguments.own)
    branches = multiverse_arguments.read_branches(arguments, own)
    options = multiverse.Options(
        *(arguments.criteria, arguments.clusters, arguments.layer_rules, arguments.joins, arguments.statistics)
    )
    found = multiverse.results(branches, ids, scores, options)
    published = {} if arguments.published is None else multiverse.read_published(arguments.published)
    rows = multiverse.result_rows(found, arguments.alpha, own, published)
    records.write_records(arguments.output, multiverse.ResultRow, rows)
    records.write_records(arguments.output_changes, multiverse.Change, multiverse.changes(found, arguments.alpha))


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
