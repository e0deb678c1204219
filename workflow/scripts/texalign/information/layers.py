"""Tables of all networks: their columns, and how rows become other rows. Rows are text by column, as read from TSV."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from texalign.artifacts import matrices as store
from texalign.brainscore.scores import BrainScoreTable, join_scores

Row = Mapping[str, str]

MI_COLUMNS = (
    "protocol",
    "model",
    "layer",
    "position",
    "module",
    "channels",
    "n_images",
    "n_classes",
    "n_clusters",
    "mi_nsb_bits",
    "mi_plugin_bits",
    "mi_miller_madow_bits",
    "mi_fraction",
    "ami",
    "nmi",
    "ari",
    "v_measure",
)
BEST_MI_COLUMNS = ("protocol", "model", "layer", "module", "mi_nsb_bits", "mi_fraction")
SCORE_COLUMNS = (
    "protocol",
    "model",
    "brainscore_id",
    "benchmark",
    "layer",
    "mi_nsb_bits",
    "score",
    "note",
    "family",
    "match",
)
# What is written of a network that the config says nothing about.
UNSTATED = "unstated"
OTHER_FAMILY = "other"


def read_rows(path: str | Path, columns: Sequence[str], numbers: Sequence[str] = ()) -> list[Row]:
    """Rows of a TSV file, which has the `columns`; cells of the columns `numbers` are finite numbers.

    Raises ValueError naming file, line and column where that is not so, and when the file has no rows.
    """
    rows = store.read_tsv(path)
    if not rows:
        raise ValueError(f"{path}: has no rows")
    missing = [column for column in columns if column not in rows[0]]
    if missing:
        raise ValueError(f"{path}: has no column {', '.join(missing)}; it has {', '.join(rows[0])}")
    for line, row in enumerate(rows, start=2):
        for column in numbers:
            if not _is_finite(row[column]):
                raise ValueError(f"{path}, line {line}, column {column}: {row[column]!r} is not a finite number")
    return rows


def _is_finite(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def concatenate(tables: Iterable[tuple[str, Sequence[Row]]]) -> list[Row]:
    """Rows of all tables of mutual information, each given with its name, in order.

    Raises ValueError naming the table that has no rows, has other columns than `MI_COLUMNS`, or repeats a layer.
    """
    rows: list[Row] = []
    seen: set[tuple[str, str, str]] = set()
    for name, table in tables:
        if not table:
            raise ValueError(f"{name}: has no rows")
        for row in table:
            if set(row) != set(MI_COLUMNS):
                raise ValueError(f"{name}: has columns {', '.join(row)}; expected {', '.join(MI_COLUMNS)}")
            key = (row["protocol"], row["model"], row["layer"])
            if key in seen:
                raise ValueError(f"{name}: repeats protocol {key[0]}, network {key[1]}, layer {key[2]}")
            seen.add(key)
            rows.append(row)
    return rows


def best_layers(rows: Iterable[Row]) -> list[Row]:
    """Of each protocol and network the row with the highest `mi_nsb_bits`, the earlier layer where two are equal."""
    best: dict[tuple[str, str], Row] = {}
    for row in rows:
        key = (row["protocol"], row["model"])
        if key not in best or _rank(row) > _rank(best[key]):
            best[key] = row
    return list(best.values())


def _rank(row: Row) -> tuple[float, int]:
    return float(row["mi_nsb_bits"]), -int(row["position"])


def brainscore_rows(
    best: Iterable[Row],
    ids: Mapping[str, str | None],
    table: BrainScoreTable,
    families: Mapping[str, str],
    matches: Mapping[str, str],
) -> list[dict[str, object]]:
    """Best layers with the Brain-Scores of their networks: a row for each protocol, network and benchmark.

    `families`, `matches`: family of each network, and how the model that was scored relates to it, where stated.
    Networks without a score are listed too, and `note` says why. Raises ValueError when a network of `best` has no
    entry in `ids`.
    """
    joined = join_scores(ids, table)
    rows: list[dict[str, object]] = []
    for row in best:
        if row["model"] not in ids:
            raise ValueError(f"no Brain-Score id, not even an empty one, is given for {row['model']}")
        rows += [
            {
                "protocol": row["protocol"],
                "model": row["model"],
                "brainscore_id": score.brainscore_id,
                "benchmark": score.benchmark,
                "layer": row["layer"],
                "mi_nsb_bits": row["mi_nsb_bits"],
                "score": score.score,
                "note": score.note,
                "family": families.get(row["model"], OTHER_FAMILY),
                "match": matches.get(row["model"], UNSTATED) if score.brainscore_id else None,
            }
            for score in joined
            if score.model == row["model"]
        ]
    return rows


NDD_COLUMNS = ("protocol", "model", "layer", "mi_nsb_bits", "mi_ndd_bits", "difference_bits")


def ndd_differences(mi: Iterable[Row], ndd: Iterable[Row]) -> list[dict[str, object]]:
    """The study's mutual information beside ndd's, by protocol, network and layer, and their difference in bits.

    Raises ValueError when the two do not hold the same layers.
    """

    def key(row: Row) -> tuple[str, str, str]:
        return row["protocol"], row["model"], row["layer"]

    ours = {key(row): float(row["mi_nsb_bits"]) for row in mi}
    theirs = {key(row): float(row["mi_ndd_bits"]) for row in ndd}
    if ours.keys() != theirs.keys() or not ours:
        raise ValueError(f"{len(ours)} layers of the study and {len(theirs)} of ndd, not the same ones")
    return [
        dict(zip(NDD_COLUMNS, (*layer, bits, theirs[layer], bits - theirs[layer]), strict=True))
        for layer, bits in ours.items()
    ]
