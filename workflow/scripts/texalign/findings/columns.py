"""What the columns of the study's tables hold, where their records say it."""

from collections.abc import Mapping

from texalign import names
from texalign.artifacts import records
from texalign.brainscore.correlation import CorrelationRow
from texalign.brainscore.drift import CorrelationDrift, Difference, Move
from texalign.brainscore.join import ScoredLayer
from texalign.brainscore.leaderboard import BenchmarkCoverage
from texalign.brainscore.multiverse import Change, ResultRow
from texalign.information.half_tables import BestOnHalvesRow, OfLayer, TreeRow

RECORDS: Mapping[str, type] = {
    "mi_trees": TreeRow,
    "best_mi_halves": BestOnHalvesRow,
    "brainscore_scores": ScoredLayer,
    "brainscore_correlations": CorrelationRow,
    "brainscore_coverage": BenchmarkCoverage,
    "brainscore_drift": CorrelationDrift,
    "brainscore_drift_scores": Move,
    "brainscore_drift_contents": Difference,
    "multiverse": ResultRow,
    "multiverse_changes": Change,
}


def docs(table: str) -> dict[str, str]:
    """What columns of a table hold, by name: of its record, of layers and of measures."""
    of_layers = {column.name: column.doc for column in records.columns(OfLayer)}
    own = {column.name: column.doc for column in records.columns(RECORDS[table])} if table in RECORDS else {}
    return {**of_layers, **names.MEASURES, **names.PROBES, **own}
