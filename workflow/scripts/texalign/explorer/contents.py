"""What the page knows of a study beside its layers: names, looks, and rows of its tables as numbers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from texalign.artifacts.tables import Row
from texalign.figures.kit import DISSIMILARITY_LABELS, PROTOCOL_LABELS
from texalign.figures.looks import network_styles
from texalign.images.index import ImageIndex
from texalign.information.rows import LAYER_KEY, layer_key
from texalign.rdms.comparison import map_positions


def networks(layers: Mapping[str, Mapping[str, str]], families: Mapping[str, str]) -> list[dict[str, object]]:
    """Networks with their layers and modules, in the study's order, and how they look in the figures."""
    styles = network_styles(families)
    return [
        {
            "name": model,
            "family": families[model],
            "colour": styles[model].colour,
            "marker": styles[model].marker,
            "dash": styles[model].line_style,
            "layers": [{"name": layer, "module": module} for layer, module in own.items()],
        }
        for model, own in layers.items()
    ]


def images(index: ImageIndex) -> dict[str, object]:
    """Paths and classes of all images; of images without labels no classes."""
    return {
        "paths": [record.path for record in index.records],
        "classes": index.class_indices.tolist() if index.labelled else None,
        "class_names": list(index.class_names) if index.labelled else [],
    }


def labels(dissimilarity: str, protocols: Sequence[str]) -> dict[str, object]:
    """What the dissimilarity and the protocols are called in the figures."""
    name, unit = DISSIMILARITY_LABELS.get(dissimilarity, (dissimilarity, ""))
    return {
        "dissimilarity": {"name": name, "unit": unit},
        "protocols": [{"name": protocol, "label": PROTOCOL_LABELS.get(protocol, "")} for protocol in protocols],
    }


def information(mi: Iterable[Row], inference: Iterable[Row]) -> list[dict[str, object]]:
    """Mutual information of all layers with its ceiling, and with its interval where there is one."""
    ends = {layer_key(row): row for row in inference}
    return [
        {
            **{name: row[name] for name in LAYER_KEY},
            "bits": _number(row["mi_nsb_bits"]),
            "ceiling": _number(row["mi_ceiling_bits"]),
            **_ends(ends.get(layer_key(row), {})),
        }
        for row in mi
    ]


def _ends(row: Row) -> dict[str, object]:
    return {name: _number(row.get(f"ci_{name}_bits", "")) for name in ("low", "high")}


def scores(rows: Iterable[Row]) -> list[dict[str, object]]:
    """Best layers with the scores of their networks."""
    told = ("representation", "protocol", "model", "layer", "benchmark", "criterion", "note")
    return [
        {**{name: row[name] for name in told}, "value": _number(row["value"]), "score": _number(row["score"])}
        for row in rows
    ]


def correlations(rows: Iterable[Row]) -> list[dict[str, object]]:
    """Correlations over networks, with their intervals, or why there is none."""
    told = ("representation", "protocol", "benchmark", "note", "conclusion")
    numbers = {
        **{"r": "pearson_r", "p": "pearson_p", "low": "pearson_low", "high": "pearson_high"},
        **{"family_p": "family_p", "n": "n_models", "n_families": "n_families"},
    }
    return [
        {**{name: row[name] for name in told}, **{short: _number(row[name]) for short, name in numbers.items()}}
        for row in rows
    ]


def rdm_map(rows: Sequence[Row]) -> dict[str, Any] | None:
    """Positions of the RDMs in the plane, as in the figure of the map, from the rows of its table; of two, none."""
    found = [row for row in rows if row["measure"] == "spearman"]
    names = list(dict.fromkeys(row["first"] for row in found))
    place = {name: number for number, name in enumerate(names)}
    if len(names) < 3:
        return None
    similarities = np.eye(len(names))
    for row in found:
        i, j = place[row["first"]], place[row["second"]]
        similarities[i, j] = similarities[j, i] = float(row["value"])
    positions = map_positions(similarities)
    return {"names": names, "positions": positions.tolist(), "n_images": int(found[0]["n_images"])}


def _number(cell: str) -> float | None:
    return float(cell) if cell else None
