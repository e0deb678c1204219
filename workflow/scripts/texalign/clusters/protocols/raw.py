"""Vectors as they are, as the paper's text has it."""

from texalign.clusters.protocols.base import Protocol

RAW = Protocol("raw", "euclidean", lambda euclidean: euclidean)
