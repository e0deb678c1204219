# The workflow itself is in workflow/; run `snakemake` here, in the project's top folder.
include: "workflow/Snakefile"


# An included workflow's default target is lost otherwise.
workflow.default_target = "all"
