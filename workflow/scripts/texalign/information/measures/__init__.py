"""Measures of how well clusters agree with classes: an entry a file or two, all by name in `registry`."""
