"""Tables of how measures deviate from their mean when images are drawn anew: a row a draw, a column a layer."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from texalign.artifacts.tables import Row, write_tsv
from texalign.errors import TexalignError
from texalign.information.rows import LayerName

# What names a measure of a network; a table without a column `measure` is of mutual information.
OF_MEASURE = ("representation", "protocol", "model", "measure")
MUTUAL_INFORMATION = "mi_nsb_bits"
_NOT_LAYERS = {*OF_MEASURE, "draw"}

LayerMeasure = tuple[str, str, str, str, str]


def write_deviations(path: str | Path, drawn: Sequence[tuple[LayerName, Mapping[str, np.ndarray]]]) -> None:
    """Write the deviations of a network's layers, each given with its measures: (n_draws,) by name, all of one length.

    Cells are empty where a layer lacks a measure.
    """
    layers = list(dict.fromkeys(layer.layer for layer, _ in drawn))
    groups: dict[tuple[str, ...], dict[str, np.ndarray]] = {}
    for layer, measures in drawn:
        for measure, values in measures.items():
            groups.setdefault((layer.representation, layer.protocol, layer.model, measure), {})[layer.layer] = values
    rows = (
        {
            **dict(zip(OF_MEASURE, group, strict=True)),
            "draw": draw + 1,
            **{layer: float(values[layer][draw]) if layer in values else None for layer in layers},
        }
        for group, values in groups.items()
        for draw in range(len(next(iter(values.values()))))
    )
    write_tsv(path, [*OF_MEASURE, "draw", *layers], rows)


def deviations_of(tables: Iterable[tuple[str, Sequence[Row]]]) -> dict[LayerMeasure, np.ndarray]:
    """Deviations, (n_draws,), by representation, protocol, network, measure and layer; NaN in draws that have none.

    `tables`: rows of text, each table with its name. Raises TexalignError for one without rows.
    """
    found: dict[LayerMeasure, list[float]] = {}
    for name, table in tables:
        if not table:
            raise TexalignError(f"{name}: has no rows")
        layers = [column for column in table[0] if column not in _NOT_LAYERS]
        for row in table:
            of_measure = (row["representation"], row["protocol"], row["model"], row.get("measure", MUTUAL_INFORMATION))
            for layer in layers:
                found.setdefault((*of_measure, layer), []).append(float(row[layer] or "nan"))
    return {key: np.array(values) for key, values in found.items()}
