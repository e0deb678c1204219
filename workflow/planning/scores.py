"""What a file of Brain-Scores lacks that the study needs of it, known before anything is computed."""

from collections.abc import Mapping, Sequence
from typing import Any

from texalign.artifacts.tables import read_cells
from texalign.brainscore.export import MODEL_ID, NAME, read_export
from texalign.brainscore.join import unknown_ids
from texalign.errors import TexalignError


def score_problems(path: str, brainscore: Mapping[str, Any], networks: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A line for each thing that is wrong with the scores in the file at `path`; none where they fit the study.

    `brainscore`, `networks`: sections of a config that fits the schema, defaults filled in. Scores themselves are read
    by the programs; here only which columns and models there are.
    """
    ids = {model: entry.get("brainscore_id") for model, entry in networks.items()}
    try:
        columns, names = _columns_and_names(path, brainscore["format"])
    except TexalignError as error:
        return [str(error)]
    except FileNotFoundError:
        # Snakemake itself says so, where the scores are needed.
        return []
    missing = [name for name in brainscore["benchmarks"] if name not in columns]
    problems = [f"{path}: has no column {', '.join(missing)} (brainscore.benchmarks)"] if missing else []
    return problems + unknown_ids(ids, names, path)


def _columns_and_names(path: str, form: str) -> tuple[Sequence[str], Sequence[str]]:
    """Columns of a file, and by what its rows are known."""
    if form == "leaderboard":
        export = read_export(path)
        keys = [export.columns.index(name) for name in (MODEL_ID, NAME) if name in export.columns]
        return export.columns, list(dict.fromkeys(cells[key] for key in keys for _, cells in export.rows))
    columns, rows = read_cells(path)
    if "model" not in columns:
        raise TexalignError(f"{path}: has no column model; it has {', '.join(columns)}")
    return columns, [cells[columns.index("model")] for _, cells in rows]
