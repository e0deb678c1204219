"""The first page of a study's report: what was asked, what was found, what to be careful about, as HTML.

Every number comes from the study's tables. The page stands for itself, and its body can stand within another page.
"""

import base64
import html
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import Image

from texalign.findings import cautions, words
from texalign.findings.study import Asked, BestLayerFound, Found
from texalign.findings.words import between, correlation_words, number, plural, share

# Networks in the table on the first page; the table best_mi has all.
MOST_NETWORKS = 12
# The panel as the first page shows it, in pixels; its figure has it whole.
PANEL_PIXELS = (1100, 900)
STYLE = """
.findings { max-width: 62rem; font: 15px/1.5 system-ui, sans-serif; color: #1e293b; }
.findings h1 { font-size: 1.6em; line-height: 1.25; margin: 0 0 .5em; font-weight: 700; }
.findings h2 { font-size: 1.15em; margin: 1.5em 0 .4em; font-weight: 700; }
.findings p, .findings ul { margin: .4em 0; max-width: 46rem; }
.findings ul { padding-left: 1.2em; list-style: disc; }
.findings .answer { font-size: 1.1em; }
.findings .scroll { overflow-x: auto; }
.findings table { border-collapse: collapse; margin: .6em 0; font-size: .93em; width: auto; }
.findings th, .findings td { padding: .25em .9em .25em 0; text-align: left; vertical-align: top; }
.findings thead th { border-bottom: 1px solid #94a3b8; font-weight: 600; vertical-align: bottom; }
.findings tbody tr:nth-child(even) { background: #f1f5f9; }
.findings td { min-width: 4em; }
.findings td + td { max-width: 15em; overflow-wrap: break-word; }
.findings table.pairs td + td { max-width: none; }
.findings td:first-child, .findings td.number { white-space: nowrap; }
.findings td.number { text-align: right; font-variant-numeric: tabular-nums; }
.findings img { max-width: 100%; height: auto; }
.findings .note { font-size: .88em; color: #475569; }
"""


def findings_page(asked: Asked, found: Found, panel: Path | None, explorer: str | None) -> str:
    """The page, complete. `panel`: a figure of syntheses, PNG; `explorer`: address of a page to explore the study."""
    title = html.escape(f"{asked.study}: what was found")
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f"<style>body {{ margin: 1rem; }}</style>\n</head>\n<body>\n{findings_body(asked, found, panel, explorer)}\n"
        "</body>\n</html>\n"
    )


def findings_body(asked: Asked, found: Found, panel: Path | None, explorer: str | None) -> str:
    """The page's content, with its style."""
    parts = [
        f"<h1>{html.escape(words.question(asked, found))}</h1>",
        *(_paragraph(line, "answer") for line in words.answers(asked, found)),
        *_best_table(asked, found),
        *_agreement_table(found),
        *_correlation_table(found),
        *_panel(panel),
        "<h2>What to be careful about</h2>",
        _list(cautions.cautions(asked, found)),
        "<h2>What was asked</h2>",
        *_asked(asked, found),
    ]
    if explorer:
        parts.append(f'<p><a href="{html.escape(explorer)}">The explorer</a> shows every image, layer and cluster.</p>')
    return "\n".join([f"<style>{STYLE}</style>", '<div class="findings">', *parts, "</div>"])


def _best_table(asked: Asked, found: Found) -> Iterable[str]:
    rows = found.primary(asked)
    if not rows:
        return
    own = asked.criterion != "mi_nsb_bits"
    weights = {network.model: network.weights for network in asked.networks}
    yield "<h2>Best layer of each network</h2>"
    yield _table(
        [
            *(
                "Network",
                "Weights",
                "Best layer",
                *([asked.criterion] if own else []),
                "Mutual information (bits)",
            ),
            *(words.interval_name(found), "Of the ceiling", "Permuted labels"),
        ],
        [
            [
                *(row.model, weights.get(row.model, ""), f"{row.layer} ({row.module})"),
                *([number(row.value)] if own else []),
                *(number(row.bits), between(row.low, row.high)),
                *(f"{share(row.bits, row.ceiling)} of {number(row.ceiling)}", number(row.chance)),
            ]
            for row in rows[:MOST_NETWORKS]
        ],
        text=3,
    )
    rest = len(rows) - MOST_NETWORKS
    more = f" {plural(rest, 'network')} more: table best_mi." if rest > 0 else ""
    yield _paragraph(f"{words.under(asked)} {words.CEILING}{more}", "note")
    if len(asked.protocols) > 1 or len(asked.representations) > 1:
        yield from _choices_table(asked, found)


def _choices_table(asked: Asked, found: Found) -> Iterable[str]:
    """The best network under every representation and protocol, since the first of each is a choice."""
    rows = []
    for representation in asked.representations:
        for protocol in asked.protocols:
            best: Sequence[BestLayerFound] = found.under(representation, protocol)
            if best:
                first = best[0]
                rows.append(
                    [
                        *(representation, protocol, f"{first.model}, {first.layer}", number(first.bits)),
                        *(between(first.low, first.high), share(first.bits, first.ceiling)),
                    ]
                )
    yield "<h2>The best network under every choice</h2>"
    yield _table(
        ["Representation", "Protocol", "Best network and layer", "Bits", words.interval_name(found), "Of its ceiling"],
        rows,
        text=3,
    )


def _agreement_table(found: Found) -> Iterable[str]:
    if not found.agreement:
        return
    yield "<h2>Agreement with people</h2>"
    yield _table(
        [
            "Evidence",
            "Network",
            "Layer",
            "Measure",
            "Agreement",
            words.interval_name(found),
            "Ceiling",
            "p, permuted",
        ],
        [
            [
                *(row.evidence, row.model, row.layer, row.measure, number(row.estimate)),
                *(between(row.low, row.high), words.ceiling_words(row), number(row.null_p, digits=3)),
            ]
            for row in found.agreement
        ],
        text=4,
    )
    yield _paragraph(words.CEILING_OF_PEOPLE, "note")


def _correlation_table(found: Found) -> Iterable[str]:
    shown = [row for row in found.correlations if row.pearson_r is not None]
    if not shown:
        return
    yield "<h2>Correlation with Brain-Score</h2>"
    yield _table(
        ["Benchmark", "r", words.interval_name(found), "p", "q, families as wholes", "n", "Conclusion"],
        [correlation_words(row) for row in shown],
        text=1,
    )
    yield _paragraph(words.cannot_say(shown), "note")


def _panel(panel: Path | None) -> Iterable[str]:
    if panel is None:
        return
    yield "<h2>What each representation holds of a texture</h2>"
    yield f'<p><img alt="originals and syntheses" src="{_reduced(panel)}"></p>'
    yield _paragraph("Originals on top, below them images synthesised from noise, a row a network.", "note")


def _reduced(panel: Path) -> str:
    """The picture as a data URI, no larger than the page needs it."""
    stream = io.BytesIO()
    with Image.open(panel) as image:
        small = image.convert("RGB")
        small.thumbnail(PANEL_PIXELS, Image.Resampling.LANCZOS)
        small.save(stream, format="JPEG", quality=85)
    encoded = base64.b64encode(stream.getvalue()).decode("ascii")
    # Docutils, which puts the page into the report, takes no line of more than 10,000 characters.
    return "data:image/jpeg;base64," + "\n".join(
        encoded[start : start + 4000] for start in range(0, len(encoded), 4000)
    )


def _asked(asked: Asked, found: Found) -> Iterable[str]:
    classes = f" of {found.n_classes} classes" if found.n_classes else ""
    yield _table(
        ["", ""],
        [
            ["Images", f"{found.n_images:,}{classes}: {asked.images}"],
            *(
                [f"NetworkFound {network.model}", f"{network.architecture}, {network.weights}"]
                for network in asked.networks[: 2 * MOST_NETWORKS]
            ),
            ["Representations", ", ".join(asked.representations)],
            ["Protocols of clustering", ", ".join(asked.protocols)],
        ],
        text=2,
    )


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], text: int) -> str:
    """A table whose first `text` columns hold words, the others numbers."""

    def cell(place: int, content: str) -> str:
        is_number = place >= text and (content[:1].isdigit() or content[:1] in (words.MINUS, "<"))
        kind = ' class="number"' if is_number else ""
        return f"<td{kind}>{html.escape(content)}</td>"

    lines = ["<tr>" + "".join(cell(place, each) for place, each in enumerate(row)) + "</tr>" for row in rows]
    head = "".join(f"<th>{html.escape(name)}</th>" for name in header)
    shown = f"<thead><tr>{head}</tr></thead>" if any(header) else ""
    newline = "\n"
    kind = "" if any(header) else ' class="pairs"'
    return f'<div class="scroll"><table{kind}>{shown}<tbody>{newline.join(lines)}</tbody></table></div>'


def _paragraph(line: str, kind: str) -> str:
    return f'<p class="{kind}">{html.escape(line)}</p>'


def _list(lines: Iterable[str]) -> str:
    return "<ul>" + "\n".join(f"<li>{html.escape(line)}</li>" for line in lines) + "</ul>"
