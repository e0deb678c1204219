"""What published a study can be set beside: accuracies of a module, representation and network that it has, and
correlations of the same networks on the same images."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    return [
        Entry(row["id"], row["representation"], model, layer)
        for row in _rows(file)
        if row["representation"] in study.representations
        for model, network in study.networks.items()
        if network.architecture == row["architecture"]
        for layer, module in network.layers.items()
        if module == row["module"]
    ]


def correlations_fit(config: Mapping[str, Any], file: str | Path) -> bool:
    """Whether all correlations of a CSV file (see texalign.brainscore.multiverse) are of this study.

    Its columns `images` and `networks` name the source of the images, and by their Brain-Score ids the networks that
    were correlated, with spaces between them; a file without one of them leaves it open.
    """
    ids = {entry["brainscore_id"] for entry in config["networks"].values() if entry.get("brainscore_id")}
    source = config["images"]["source"]
    return all(
        row.get("images", source) == source and ("networks" not in row or set(row["networks"].split()) == ids)
        for row in _rows(file)
    )


def _rows(file: str | Path) -> list[dict[str, str]]:
    with Path(file).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(line for line in stream if not line.startswith("#")))
