# Published accuracies of classifiers on the same features, beside ours.
from planning.published import entries, vector_files

PUBLISHED = shipped("resources/published.csv")
ENTRIES = entries(STUDY, PUBLISHED)
# The dataset's own splits come in its archive; for other images they are made by seed, which the table tells.
SPLITS = f"{STUDY.results}/downloads/dtd-r1.0.1.tar.gz" if STUDY.image_source == "dtd" else ""


rule validate_published:
    input:
        **program("validate_published"),
        published=PUBLISHED,
        index=PATHS.index,
        vectors=lambda wildcards: vector_files(ENTRIES, PATHS, PUBLISHED),
    output:
        PATHS.table("validation"),
    log:
        PATHS.log("validate_published"),
    conda:
        ANALYSIS
    resources:
        mem_mb=needs.by_attempt(needs.validation_mb(STUDY.n_images)),
        runtime=needs.by_attempt(240),
        splits=SPLITS,
    params:
        flags=telling(
            flags(
                entries=[f"{entry.id}={entry.model}:{entry.layer}" for entry in ENTRIES],
                image_size=config["images"]["size"],
                seed=config["inference"]["seed"],
            ),
            "table.validation",
        ),
    message:
        "Published accuracies beside ours"
    shell:
        "python {input.script} {params.flags} --published {input.published} --index {input.index}"
        " --vectors {input.vectors} --splits {resources.splits} --output {output} 2> {log}"
