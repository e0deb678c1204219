"""Representational dissimilarity matrices (RDMs): computed, opened, exported."""
