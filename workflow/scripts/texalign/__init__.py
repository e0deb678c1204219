"""Texture alignment: Gram matrices, RDMs, Ward clusters and their information about human texture labels.

Every module stands alone: none knows Snakemake, a config file or global state. Only `networks`, `gram` and `synthesis`
import torch, so that analysis programs start fast.
"""
