"""Correlations with Brain-Score under all combinations of options, with the published ones, as PNG, SVG and PDF."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True, help="all correlations, TSV")
    parser.add_argument("--alpha", type=float, default=0.05, help="level that the correlations were computed for")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png, .svg or .pdf")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import records
    from texalign.brainscore.multiverse import AXES, ResultRow
    from texalign.errors import TexalignError
    from texalign.figures import kit, specification_curve

    rows = records.read_records(arguments.results, ResultRow)
    if not rows:
        raise TexalignError(f"{arguments.results}: has no rows")
    defined = [row for row in rows if row.r is not None]
    once = [row for row in defined if row.repeats == "no" or row.own == "yes"]
    universes = [
        specification_curve.UniverseResult(
            benchmark=row.benchmark,
            choices={axis: getattr(row, axis) for axis in AXES},
            r=row.r,
            significant=row.significant == "yes",
            own=row.own == "yes",
            n=row.n_models,
        )
        for row in once
    ]
    published = {row.benchmark: row.published_r for row in defined if row.published_r is not None}
    figure = specification_curve.specification_curve(
        universes,
        published,
        alpha=arguments.alpha,
        n_undefined=len(rows) - len(defined),
        n_repeated=len(defined) - len(once),
    )
    kit.save_figure(figure, arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
