"""Texture representations of feature maps, one file each, and the one pass that computes them."""
