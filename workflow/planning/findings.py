"""What a run found, in a few lines for the terminal, from the tables that it wrote."""

import csv
from collections.abc import Mapping
from pathlib import Path

from planning.study import Study

MOST_NETWORKS = 4
Row = Mapping[str, str]


def findings(study: Study) -> list[str]:
    """Best layers and correlations under the primary representation and protocol; none where there is no table yet."""
    primary = {"representation": study.representations[0], "protocol": study.protocols[0]}
    best = _rows(study.paths.table("best_mi"), primary)
    if not best:
        return []
    best.sort(key=lambda row: -float(row["value"]))
    width = max(len(row["model"]) for row in best[:MOST_NETWORKS])
    lines = [
        f"Study {study.name}, {primary['representation']} and {primary['protocol']}: best layers by {study.criterion}"
    ]
    lines += [f"  {row['model']:<{width}}  {row['layer']}  {float(row['value']):.3g}" for row in best[:MOST_NETWORKS]]
    if len(best) > MOST_NETWORKS:
        lines.append(f"  and {len(best) - MOST_NETWORKS} more")
    correlations = _rows(study.paths.table("brainscore_correlations"), primary)
    if correlations:
        lines.append(_correlation(correlations))
    return [*lines, f"  tables, figures: {study.results}/tables, {study.results}/figures", *_pages(study)]


def _pages(study: Study) -> list[str]:
    """Where to look: the report or how to make it, and the explorer."""
    report, explorer = Path(study.results, "report.html"), Path(study.paths.explorer)
    found = f"  what was found: {study.paths.findings}; with --report {report} as a report"
    lines = [f"  report: {report}" if report.is_file() else found]
    return [*lines, *([f"  explorer: {explorer}"] if explorer.is_file() else [])]


def _correlation(rows: list[Row]) -> str:
    defined = [row for row in rows if row["pearson_r"]]
    if not defined:
        return f"  no correlation with Brain-Scores: {rows[0]['note']}"
    first = defined[0]
    interval = (
        f" [{float(first['pearson_low']):.2f}, {float(first['pearson_high']):.2f}]" if first["pearson_low"] else ""
    )
    verdict = first["conclusion"] or first["note"]
    said = f", {verdict}" if verdict else ""
    return f"  with {first['benchmark']}: r = {float(first['pearson_r']):.2f}{interval}, n = {first['n_models']}{said}"


def _rows(table: str, wanted: Mapping[str, str]) -> list[Row]:
    if not Path(table).is_file():
        return []
    with Path(table).open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]
