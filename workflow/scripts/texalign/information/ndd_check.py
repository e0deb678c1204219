"""The study's mutual information beside that of ndd."""

from collections.abc import Iterable

from texalign.artifacts.tables import Row
from texalign.errors import TexalignError
from texalign.information.rows import MiRow, NddRow, layer_key


def ndd_differences(mi: Iterable[MiRow], ndd: Iterable[Row]) -> list[NddRow]:
    """The study's mutual information beside ndd's, by layer, and their difference in bits.

    `ndd`: rows of text, as ndd's own environment writes them. Raises TexalignError when the two do not hold the same
    layers.
    """
    ours = {row.key: row.mi_nsb_bits for row in mi}
    theirs = {layer_key(row): float(row["mi_ndd_bits"]) for row in ndd}
    if ours.keys() != theirs.keys() or not ours:
        raise TexalignError(f"{len(ours)} layers of the study and {len(theirs)} of ndd, not the same ones")
    return [NddRow(*layer, bits, theirs[layer], bits - theirs[layer]) for layer, bits in ours.items()]
