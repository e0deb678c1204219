"""The explorer: one page, opened without a network, that links RDMs, images, clusters and tables of a study."""
