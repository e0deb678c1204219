"""Texture representations of feature maps, and the one pass that computes them."""
