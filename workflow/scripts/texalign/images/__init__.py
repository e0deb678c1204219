"""Labelled texture images: where they come from, their index, their pixels."""
