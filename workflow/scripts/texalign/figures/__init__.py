"""Figures: a kit and the looks of networks, then a file a figure."""
