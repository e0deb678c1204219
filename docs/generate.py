"""The pages made from the code: a config's keys from the schema, choices from names.py, tables' columns from records.

    make docs

A test holds the pages against what this makes. Needs the library installed, and `PYTHONPATH=workflow`.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from planning.validation import read_schema
from texalign import names
from texalign.artifacts.layers import TappedLayer
from texalign.artifacts.records import Column, columns
from texalign.brainscore import correlation, drift, join, leaderboard, multiverse
from texalign.images.index import ImageRecord
from texalign.information import differences, half_tables, published, rows
from texalign.perception.oddity import OddityScore
from texalign.perception.rows import AgreementRow, ComparedRow, CoverageRow
from texalign.synthesis.judgements import JudgementRow

FOLDER = Path(__file__).resolve().parent
SCHEMA = FOLDER.parent / "workflow/schemas/config.schema.yaml"

Schema = Mapping[str, Any]

# What the registries of names are about; one that is not told here goes by its name.
TITLES = {
    "SOURCES": "Sources of networks: `source` of a network",
    "FITS": "How images are made square",
    "ACTIVATIONS": "Stages of the feature maps: `activation`",
    "PRECISIONS": "Arithmetic: `precision`",
    "MAPS": "Axes of a module's output: `maps` of a network",
    "REPRESENTATIONS": "Texture representations: `representations`",
    "DISSIMILARITIES": "Dissimilarities of an RDM",
    "PROTOCOLS": "What Ward clustering sees: `protocols`",
    "MEASURES": "Measures of agreement of clusters with classes",
    "PROBES": "Probes of an RDM without clusters",
    "CRITERIA": "What layers are chosen by: `criterion`",
    "CLASSIFIERS": "Classifiers whose accuracies papers report",
    "AGGREGATES": "Means over benchmarks: `brainscore.aggregate`",
    "SCORE_FORMATS": "Files of Brain-Scores: `brainscore.format`",
    "DUPLICATES": "Rows of a leaderboard with one name: `brainscore.duplicates`",
    "JOINS": "Pairing of scores and networks: `multiverse.joins`",
    "STATISTICS": "Correlations: `multiverse.statistics`",
    "MATCHES": "What the scored model is to a network: `brainscore_match` of a network",
    "WEIGHTINGS": "Weights of layers in a synthesis: `synthesis.weighting`",
    "PARAMETRIZATIONS": "Pixels of a synthesis: `synthesis.parametrization`",
    "EVIDENCE": "Human evidence",
    "AGREEMENT_SCOPES": "Pairs of images that agreement with people is taken over",
    "AGREEMENT_MEASURES": "Measures of agreement with people",
    "PRESENTATIONS": "How images are shown to people",
}


def registries() -> dict[str, Mapping[str, str]]:
    """All registries of names, in the order of names.py: those whose values are lines on their names."""
    return {name: value for name, value in vars(names).items() if names.__annotations__.get(name) is names.Names}


def choices() -> str:
    """The page of all names that can be chosen."""
    lines = [
        "# Choices",
        "",
        "<!-- Made by docs/generate.py from workflow/scripts/texalign/names.py; `make docs` makes it anew. -->",
        "",
        "Every name that a config, a program or the library takes. How to add one: [CONTRIBUTING](../CONTRIBUTING.md).",
    ]
    for registry, entries in registries().items():
        title = TITLES.get(registry, registry.replace("_", " ").capitalize())
        lines += ["", f"## {title}", "", "| name | what it is |", "|---|---|"]
        lines += [f"| `{name}` | {_cell(line)} |" for name, line in entries.items()]
    return "\n".join(lines) + "\n"


def configuration() -> str:
    """The page of all keys of a config."""
    schema = read_schema(SCHEMA)
    lines = [
        "# Configuration",
        "",
        "<!-- Made by docs/generate.py from workflow/schemas/config.schema.yaml; `make docs` makes it anew. -->",
        "",
        f"{_text(schema)} How to run one, and which files there are: [config/](../config/README.md).",
        "",
        f"Required: {', '.join(f'`{key}`' for key in schema['required'])}. Every other key has the default that is "
        "given, or may be left out.",
    ]
    rows = {key: list(_keys(key, part, schema)) for key, part in schema["properties"].items()}
    alone = [row for key, below in rows.items() for row in below if row[0] == key]
    lines += ["", "## The study as a whole", "", *_table(alone, schema)]
    for key, below in rows.items():
        if below not in ([row] for row in alone):
            lines += ["", f"## {key}", "", _text(schema["properties"][key]), "", *_table(below, schema)]
    return "\n".join(lines) + "\n"


# Tables of a study, in the order of the data's way: the file, the record of a row, and what a row is.
TABLES: Mapping[str, tuple[type, str]] = {
    "images/index.tsv": (ImageRecord, "an image"),
    "information/<representation>/<protocol>/<model>/<layer>.curve.tsv": (rows.CurveRow, "a number of clusters"),
    "layers/<model>.tsv": (TappedLayer, "a layer"),
    "tables/layers.tsv": (TappedLayer, "a layer, by network"),
    "tables/mi.tsv": (rows.MiRow, "a layer, by representation, protocol and network"),
    "tables/mi_curves.tsv": (rows.CurveRow, "a layer and number of clusters"),
    "tables/best_mi.tsv": (rows.BestLayer, "a network, by representation and protocol"),
    "tables/mi_inference.tsv": (rows.InferenceRow, "a layer, by representation, protocol and network"),
    "tables/class_recovery.tsv": (rows.RecoveryRow, "a layer and class, by representation, protocol and network"),
    "halves/<representation>/<protocol>/<model>.tsv": (half_tables.HalfRow, "a layer, split, half and measure"),
    "tables/mi_trees.tsv": (half_tables.TreeRow, "a layer, by representation, protocol and network"),
    "tables/best_mi_halves.tsv": (half_tables.BestOnHalvesRow, "a network, by representation and protocol"),
    "tables/probes.tsv": (rows.ProbeRow, "a layer, by representation, protocol and network"),
    "tables/class_probes.tsv": (rows.ClassProbeRow, "a layer and class, by representation, protocol and network"),
    "tables/representations.tsv": (differences.DifferenceRow, "a representation less Gram matrices, by layer"),
    "tables/brainscore_scores.tsv": (join.ScoredLayer, "a network, by representation and protocol"),
    "tables/brainscore_correlations.tsv": (correlation.CorrelationRow, "a benchmark, by representation and protocol"),
    "tables/brainscore_coverage.tsv": (
        leaderboard.BenchmarkCoverage,
        "a network and benchmark of a leaderboard export",
    ),
    "tables/brainscore_drift.tsv": (drift.CorrelationDrift, "a correlation, by file and by way of taking means"),
    "tables/brainscore_drift_scores.tsv": (drift.Move, "a benchmark that both files have"),
    "tables/brainscore_drift_contents.tsv": (drift.Difference, "something that one of the files lacks"),
    "tables/multiverse.tsv": (multiverse.ResultRow, "a combination of choices and a benchmark"),
    "tables/multiverse_changes.tsv": (multiverse.Change, "a choice, and one option of it against another"),
    "human/<evidence>.coverage.tsv": (CoverageRow, "a name in the file of judgements, or an image that has none"),
    "tables/agreement.tsv": (AgreementRow, "a layer, evidence, scope and measure"),
    "tables/rdm_map/<representation>.tsv": (ComparedRow, "two RDMs, by measure"),
    "tables/oddity.tsv": (OddityScore, "an observer and a network"),
    "synthesis/<model>.judgements.tsv": (JudgementRow, "an image as a network sees it"),
    "tables/validation.tsv": (published.ValidationRow, "an accuracy that a paper reports"),
    "tables/ndd_check.tsv": (rows.NddRow, "a layer, by representation, protocol and network"),
}

_KINDS = {str: "text", int: "whole number", float: "number", bool: "`True` or `False`"}


def tables() -> str:
    """The page of all columns of a study's tables."""
    lines = [
        "# Tables",
        "",
        "<!-- Made by docs/generate.py from the records in workflow/scripts/texalign; `make docs` makes it anew. -->",
        "",
        "Every table is text, UTF-8, a header line and a row a line, cells parted by tabs. Numbers are written so that "
        "they come back to the last digit. An empty cell is a value that is not defined, where its column may be "
        "empty. Files lie below `results/<study>/`; what they are for: [what lands where](artifacts.md).",
        "",
        "Two tables are not listed, since their columns depend on the study: `tables/agreement_by_layer.tsv`, with a "
        "layer's name and a column for each criterion `evidence.scope.measure`; and "
        "`<model>.deviations.tsv` in `inference/`, `probes/` and `agreement/`, a column a layer.",
    ]
    for file, (record, row) in TABLES.items():
        lines += ["", f"## `{file}`", "", f"A row is {row}.", "", "| column | holds | is |", "|---|---|---|"]
        lines += [f"| `{column.name}` | {_cell(column.doc)} | {_kind(column)} |" for column in columns(record)]
    return "\n".join(lines) + "\n"


def _kind(column: Column) -> str:
    return f"{_KINDS[column.kind]}, or empty" if column.optional else _KINDS[column.kind]


def _table(rows: Sequence[tuple[str, Schema]], schema: Schema) -> list[str]:
    lines = ["| key | what it is | takes | default |", "|---|---|---|---|"]
    for key, part in rows:
        lines.append(f"| `{key}` | {_cell(_text(part))} | {_cell(_takes(part, schema))} | {_default(part)} |")
    return lines


def _keys(path: str, part: Schema, schema: Schema) -> Iterator[tuple[str, Schema]]:
    """A key and all keys below it, with what the schema says of each; ids that a user chooses are `<id>`."""
    part = _resolved(part, schema)
    children = dict(part.get("properties", {}))
    for pattern in part.get("patternProperties", {}).values():
        children["<id>"] = pattern
    if not children:
        yield path, part
    for name, child in children.items():
        yield from _keys(f"{path}.{name}", child, schema)


def _resolved(part: Schema, schema: Schema) -> Schema:
    """What a reference to a shared definition stands for, with what is said beside the reference."""
    if "$ref" not in part:
        return part
    definition = schema["$defs"][part["$ref"].removeprefix("#/$defs/")]
    return {**definition, **{key: value for key, value in part.items() if key != "$ref"}}


def _takes(part: Schema, schema: Schema) -> str:
    """The values that a key takes, in words."""
    part = _resolved(part, schema)
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in part["enum"])
    if "const" in part:
        return f"`{part['const']}`"
    if "oneOf" in part or "anyOf" in part:
        return "; or ".join(_takes(form, schema) for form in part.get("oneOf", part.get("anyOf")))
    kind = part.get("type")
    if isinstance(kind, list):
        return " or ".join("nothing" if name == "null" else _takes({**part, "type": name}, schema) for name in kind)
    if kind == "object" and "properties" in part:
        return "{" + ", ".join(f"`{key}`" for key in part["properties"]) + "}"
    if kind == "array":
        count = part.get("minItems") if part.get("minItems") == part.get("maxItems") else None
        return f"list of {f'{count}: ' if count else ''}{_takes(part.get('items', {}), schema)}"
    plain = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    return f"{plain.get(kind, 'mapping')}{_bounds(part)}"


def _bounds(part: Schema) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    bounds = [f"{sign} {part[bound]}" for bound, sign in signs.items() if bound in part]
    return f" {', '.join(bounds)}" if bounds else ""


def _default(part: Schema) -> str:
    return f"`{json.dumps(part['default'])}`" if "default" in part else ""


def _text(part: Schema) -> str:
    return " ".join(part.get("description", "").split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


PAGES: Mapping[str, Callable[[], str]] = {
    "choices.md": choices,
    "configuration.md": configuration,
    "tables.md": tables,
}


if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
