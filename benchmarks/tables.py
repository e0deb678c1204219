"""Tables of docs/performance.md and docs/methods.md, made anew from what benchmarks measured.

Replaces what stands between `<!-- table: NAME -->` and `<!-- end -->` there, for every NAME below; the words around the
tables, and the table of aims (`results/summary.tsv` in words), are for a person to bring up to date. Reads what
`make bench-full` and `make bench-statistics` wrote.
"""

import argparse
import re
from collections.abc import Callable, Sequence

import harness
from harness import PROJECT

DOCUMENTS = {name: PROJECT / f"docs/{name}.md" for name in ("performance", "methods")}
Rows = list[dict[str, str]]


def short(value: float) -> str:
    """Two or three digits that count, thousands set apart."""
    if value >= 10:
        return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
    return f"{value:.2f}" if value >= 1 else f"{value:#.2g}"


def duration(hours: float) -> str:
    if hours >= 1:
        return f"{short(hours)} h"
    return f"{short(hours * 60)} min" if hours * 60 >= 1 else f"{short(hours * 3600)} s"


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def extraction() -> str:
    columns = ("limit_per_s", "ours_per_s", "published_per_s", "times_published", "share_of_limit")
    rows = [
        [row["network"], *(short(float(row[column])) if row[column] else "" for column in columns)]
        for row in harness.read("extraction")
    ]
    return markdown(("network", "bare pass", "here", "published", "here / published", "here / bare pass"), rows)


def profile() -> str:
    """Milliseconds an image by kind of operation."""
    kinds = ("convolutions", "gram", "normalisation", "relu", "concatenation", "pooling", "other")
    rows = []
    for row in harness.read("profile"):
        rate, share = float(row["convolution_gflops"]), float(row["share_of_sgemm"])
        cells = [f"{float(row[f'{kind}_ms']):.1f}" for kind in kinds]
        rows.append([row["network"], *cells, short(float(row["convolution_gflop"])), f"{rate:.0f}", f"{share:.0%}"])
    header = ("network", *(kind if kind != "gram" else "Gram products" for kind in kinds))
    return markdown((*header, "GFLOP", "GFLOP/s", "of sgemm"), rows)


def rdm() -> str:
    columns = ("seconds", "share_of_sgemm", "peak_mb", "published_seconds", "times_published")
    rows = [[row["channels"], *(short(float(row[column])) for column in columns)] for row in harness.read("rdm")]
    return markdown(("channels", "s", "share of sgemm", "MB", "published s", "times"), rows)


def study() -> str:
    """Hours and disk of the paper's study by step, ours and the published procedure's."""

    def cell(row: dict[str, str], whose: str) -> str:
        hours, gigabytes = float(row[f"{whose}_hours"] or 0), float(row[f"{whose}_gb"] or 0)
        parts = [duration(hours)] * bool(hours) + [f"{short(gigabytes)} GB"] * bool(gigabytes)
        return ", ".join(parts)

    rows = [
        [row["step"] if row["step"] == "all" else f"`{row['step']}`", cell(row, "ours"), cell(row, "published")]
        for row in harness.read("forecast")
    ]
    return markdown(("", "here", "published procedure"), rows)


def scaling() -> str:
    """Seconds and megabytes by number of images; one line of exponents."""

    def line(name: str, rows: Rows) -> list[str]:
        by_step = {row["step"].split(",")[0]: row for row in rows}
        cells = [by_step[step][column] for step in ("RDM", "Ward") for column in ("seconds", "added_mb")]
        return [name, *(short(float(cell)) if cell else "left out" for cell in cells)]

    rows = harness.read("scaling")
    sizes = sorted({int(row["n_images"]) for row in rows if row["n_images"]})
    lines = [line(f"{n:,}", [row for row in rows if row["n_images"] == str(n)]) for n in sizes]
    lines.append(line("exponent from 2,000 on", [row for row in rows if not row["n_images"]]))
    return markdown(("n", "RDM s", "RDM MB", "Ward s", "Ward MB"), lines)


def family_tests() -> str:
    """Size of both tests at 5%, power of the one that knows families, effective number of networks."""
    rows = [
        [
            row["design"],
            row["family_correlation"],
            *(f"{float(row[column]):.3f}" for column in ("students_size", "family_size", "family_power")),
            *(f"{float(row[column]):.1f}" for column in ("effective_number", "estimated_number")),
            row["n_studies"],
        ]
        for row in harness.read("family_tests")
    ]
    header = (
        "networks, families",
        "correlation",
        "Student's",
        "families'",
        "finds .7",
        "effective n",
        "estimated",
        "studies",
    )
    return markdown(header, rows)


def correlation_intervals() -> str:
    columns = ("rho_as_measured", "plain_coverage", "corrected_coverage")
    rows = [
        [
            row["networks"],
            row["rho"],
            row["error"],
            *(f"{float(row[column]):.3f}" for column in columns),
            row["n_studies"],
        ]
        for row in harness.read("correlation_intervals")
    ]
    return markdown(
        ("networks", "rho", "error of MI", "rho as measured", "plain covers it", "corrected covers rho", "studies"),
        rows,
    )


def equivalence() -> str:
    rows = [
        [
            row["networks"],
            row["bound"],
            *(f"{float(row[column]):.2%}" for column in ("chance", "simulated")),
            f"{float(row['detectable_r']):.2f}",
            row["n_studies"],
        ]
        for row in harness.read("equivalence")
    ]
    return markdown(("networks", "bound", "chance", "simulated", "detectable r", "studies"), rows)


def coverage_clusters() -> str:
    """Of the interval of the clusters as they are, beside that of images drawn anew."""
    return _coverage("coverage_clusters", ("true_bits", "bias_bits", "sd_bits"))


def coverage_tree() -> str:
    """Of the interval that carries the tree, beside that of images drawn anew with the tree held fixed."""
    return _coverage("coverage_tree", ("true_bits", "sd_bits"))


def _coverage(table: str, columns: Sequence[str]) -> str:
    rows = [
        [
            row["design"],
            row["p"],
            *(f"{float(row[column]):.3f}" for column in columns),
            *(f"{float(row[column]):.0%}" for column in ("coverage", "drawn_coverage")),
            *(f"{float(row[column]):.3f}" for column in ("width_bits", "drawn_width_bits")),
            row["n_studies"],
        ]
        for row in harness.read(table)
    ]
    names = {"true_bits": "truth", "bias_bits": "bias of NSB", "sd_bits": "its sd"}
    header = (
        "design",
        "p",
        *(names[column] for column in columns),
        "covers",
        "draws cover",
        "width",
        "draws",
        "studies",
    )
    return markdown(header, rows)


TABLES: dict[str, Callable[[], str]] = {
    "extraction": extraction,
    "profile": profile,
    "rdm": rdm,
    "study": study,
    "scaling": scaling,
    "family_tests": family_tests,
    "correlation_intervals": correlation_intervals,
    "equivalence": equivalence,
    "coverage_clusters": coverage_clusters,
    "coverage_tree": coverage_tree,
}


def fill(text: str, tables: dict[str, Callable[[], str]]) -> str:
    """The text with its marked tables replaced. Raises KeyError where a mark names no table."""
    mark = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
    return mark.sub(lambda found: f"{found[1]}{tables[found[2]]()}\n{found[3]}", text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "documents", nargs="*", default=list(DOCUMENTS), metavar="NAME", help="performance, methods; both by default"
    )
    for name in parser.parse_args().documents:
        path = DOCUMENTS[name]
        path.write_text(fill(path.read_text(), TABLES))
        print(f"{path}: tables made anew ({harness.machine()})")


if __name__ == "__main__":
    main()
