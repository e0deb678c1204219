"""Tables of all networks: their columns, and how rows become other rows. Rows are text by column, as read from TSV."""

from collections.abc import Iterable, Sequence

from texalign.artifacts.tables import Row
from texalign.errors import TexalignError

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


def concatenate(tables: Iterable[tuple[str, Sequence[Row]]]) -> list[Row]:
    """Rows of all tables of mutual information, each given with its name, in order.

    Raises TexalignError naming the table that has no rows, has other columns than `MI_COLUMNS`, or repeats a layer.
    """
    rows: list[Row] = []
    seen: set[tuple[str, str, str]] = set()
    for name, table in tables:
        if not table:
            raise TexalignError(f"{name}: has no rows")
        for row in table:
            if set(row) != set(MI_COLUMNS):
                raise TexalignError(f"{name}: has columns {', '.join(row)}; expected {', '.join(MI_COLUMNS)}")
            key = (row["protocol"], row["model"], row["layer"])
            if key in seen:
                raise TexalignError(f"{name}: repeats protocol {key[0]}, network {key[1]}, layer {key[2]}")
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
