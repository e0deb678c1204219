"""Rows of the cosine RDM: the published script's way of comparing, for vectors of length 1."""

from texalign.clusters.protocols.base import Protocol
from texalign.clusters.protocols.rows import row_distances

UNIT_ROWS = Protocol("unit_rows", "cosine", row_distances)
