"""What the Snakefile needs to know before anything runs: the study in the config, programs, resources.

Pure helpers, tested by themselves. The Snakefile is parsed again for every cluster job, so they import nothing but the
standard library and what Snakemake itself needs.
"""
