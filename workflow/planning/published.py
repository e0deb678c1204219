"""Which published accuracies a study can be set beside: those of a module, representation and network that it has."""

import csv
from dataclasses import dataclass
from pathlib import Path

from planning.study import Study


@dataclass(frozen=True)
class Entry:
    """A published accuracy by its id, and where the study has the same."""

    id: str
    representation: str
    model: str
    layer: str


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
