"""Protocols of clustering by name."""

from texalign import names
from texalign.clusters.protocols.base import Protocol
from texalign.clusters.protocols.raw import RAW
from texalign.clusters.protocols.rdm_rows import RDM_ROWS
from texalign.clusters.protocols.unit import UNIT
from texalign.clusters.protocols.unit_rows import UNIT_ROWS
from texalign.errors import TexalignError

ENTRIES: dict[str, Protocol] = {
    "unit": UNIT,
    "raw": RAW,
    "rdm_rows": RDM_ROWS,
    "unit_rows": UNIT_ROWS,
}


def get(name: str) -> Protocol:
    """A protocol by its name. Raises TexalignError for an unknown one."""
    if name not in ENTRIES:
        raise TexalignError(f"unknown protocol {name!r}; choose from {', '.join(names.PROTOCOLS)}")
    return ENTRIES[name]
