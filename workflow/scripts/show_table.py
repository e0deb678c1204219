"""A table of the study as a page to read, sort and filter, HTML."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, required=True, help="the table, TSV")
    parser.add_argument("--label", required=True, help="what it is, in words")
    parser.add_argument("--template", type=Path, required=True, help="page without content, HTML")
    parser.add_argument("--output", type=Path, required=True, help="the page, HTML")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts.files import atomic_path
    from texalign.artifacts.tables import read_tsv
    from texalign.findings.columns import docs
    from texalign.findings.table_page import table_page

    name = arguments.table.stem
    rows = read_tsv(arguments.table)
    page = table_page(arguments.template.read_text(encoding="utf-8"), name, arguments.label, rows, docs(name))
    with atomic_path(arguments.output) as partial:
        partial.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
