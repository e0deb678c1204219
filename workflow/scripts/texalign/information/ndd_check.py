"""The study's mutual information beside that of ndd."""

from collections.abc import Iterable

from texalign.artifacts.tables import Row
from texalign.errors import TexalignError
from texalign.information.layers import LAYER_KEY

NDD_COLUMNS = (*LAYER_KEY, "mi_nsb_bits", "mi_ndd_bits", "difference_bits")


def ndd_differences(mi: Iterable[Row], ndd: Iterable[Row]) -> list[dict[str, object]]:
    """The study's mutual information beside ndd's, by layer, and their difference in bits.

    Raises TexalignError when the two do not hold the same layers.
    """

    def key(row: Row) -> tuple[str, ...]:
        return tuple(row[name] for name in LAYER_KEY)

    ours = {key(row): float(row["mi_nsb_bits"]) for row in mi}
    theirs = {key(row): float(row["mi_ndd_bits"]) for row in ndd}
    if ours.keys() != theirs.keys() or not ours:
        raise TexalignError(f"{len(ours)} layers of the study and {len(theirs)} of ndd, not the same ones")
    return [
        dict(zip(NDD_COLUMNS, (*layer, bits, theirs[layer], bits - theirs[layer]), strict=True))
        for layer, bits in ours.items()
    ]
