"""Rows of the Euclidean RDM, as the published script has it."""

from texalign.clusters.protocols.base import Protocol
from texalign.clusters.protocols.rows import row_distances

RDM_ROWS = Protocol("rdm_rows", "euclidean", row_distances)
