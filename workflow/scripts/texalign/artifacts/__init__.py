"""Files that the workflow leaves: written whole or not at all, read with checks."""
