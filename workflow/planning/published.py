"""Which published accuracies a study can be set beside: those of a module, representation and network that it has."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from planning.paths import Paths
from planning.study import Study


@dataclass(frozen=True)
class Entry:
    """A published accuracy by its id, and where the study has the same."""

    id: str
    representation: str
    model: str
    layer: str


def vector_files(found: Sequence[Entry], paths: Paths, file: str | Path) -> list[str]:
    """Files of vectors, one for each entry. Raises ValueError when there is none."""
    if not found:
        raise ValueError(
            f"no accuracy of {file} is of a network, module and representation of this study; lay "
            "config/validation.yaml over it"
        )
    return [paths.vectors(entry.representation).format(model=entry.model) for entry in found]


def entries(study: Study, file: str | Path) -> list[Entry]:
    """Accuracies of a CSV file (see texalign.information.published) whose features are among the study's."""
    with Path(file).open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
    return [
        Entry(row["id"], row["representation"], model, layer)
        for row in rows
        if row["representation"] in study.representations
        for model, network in study.networks.items()
        if network.architecture == row["architecture"]
        for layer, module in network.layers.items()
        if module == row["module"]
    ]
