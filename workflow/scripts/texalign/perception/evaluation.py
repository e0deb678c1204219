"""Agreement with evidence of any kind, and the tables of it."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from texalign.artifacts.tables import Row
from texalign.errors import TexalignError
from texalign.information.rows import LAYER_KEY
from texalign.information.uncertainty import Resampling
from texalign.perception.agreement import Agreement, rdm_agreement
from texalign.perception.choices import choice_agreement
from texalign.perception.evidence import HumanChoices
from texalign.perception.storage import JoinedEvidence

LAYER_COLUMNS = (*LAYER_KEY, "position", "module")


def evaluate(
    distances: np.ndarray, joined: JoinedEvidence, classes: np.ndarray | None, resampling: Resampling | None
) -> list[Agreement]:
    """Agreement of a representation's condensed distances of all the study's images with evidence of either form.

    Without `resampling`, estimates and ceilings only.
    """
    evidence = joined.evidence
    if isinstance(evidence, HumanChoices):
        n = round((1 + np.sqrt(1 + 8 * len(distances))) / 2)
        return choice_agreement(distances, n, evidence, joined.ceilings.get("all", {}), classes, resampling)
    return rdm_agreement(distances, evidence, joined.ceilings, classes, resampling)


def criterion(evidence: str, scope: str, measure: str) -> str:
    """The name by which an estimate can be the criterion of a study: `descriptions.within_classes.spearman`."""
    return f"{evidence}.{scope}.{measure}"


def deviations(evidence: str, found: Iterable[Agreement], compared: str | None) -> dict[str, np.ndarray]:
    """Of the measure named `compared`, as `criterion` names it, its deviations in resamples; empty without it."""
    named = {criterion(evidence, each.scope, each.measure): each.deviations for each in found}
    return {name: drawn for name, drawn in named.items() if name == compared and drawn is not None}


def layer_rows(rows: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    """One row a layer, a column for each criterion, from rows of one scope and measure each."""
    found: dict[tuple[object, ...], dict[str, object]] = {}
    for row in rows:
        key = tuple(row[column] for column in LAYER_COLUMNS)
        own = found.setdefault(key, {column: row[column] for column in LAYER_COLUMNS})
        own[criterion(str(row["evidence"]), str(row["scope"]), str(row["measure"]))] = row["estimate"]
    columns = list(dict.fromkeys(column for row in found.values() for column in row))
    return [{column: row.get(column) for column in columns} for row in found.values()]


def joined_layers(tables: Sequence[tuple[str, Sequence[Row]]]) -> list[dict[str, str]]:
    """Rows of tables by layer, of any evidence and networks, put together: a row a layer, a column a criterion.

    Tables are given with their names. Raises TexalignError naming one that is empty or repeats a layer's value.
    """
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for name, table in tables:
        if not table:
            raise TexalignError(f"{name}: has no rows")
        for row in table:
            own = found.setdefault(tuple(row[column] for column in LAYER_COLUMNS), {})
            twice = [column for column in own if column in row and column not in LAYER_COLUMNS]
            if twice:
                raise TexalignError(f"{name}: repeats {twice[0]} of {', '.join(row[c] for c in LAYER_KEY)}")
            own.update(row)
    columns = list(dict.fromkeys(column for row in found.values() for column in row))
    return [{column: row.get(column, "") for column in columns} for row in found.values()]
