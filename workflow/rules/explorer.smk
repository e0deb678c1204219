# The explorer: a page beside the report, opened without a network, on which RDMs, images, clusters and tables are linked.

EXPLORER_PAGE = [
    programs.relative(file)
    for file in sorted((WORKFLOW / "scripts/texalign/explorer/page").iterdir())
    if file.suffix in (".html", ".css", ".js")
]
# Rows of tables that only a study with labels has.
EXPLORER_TABLES = {
    "mi": "mi",
    "inference": "mi_inference",
    "scores": "brainscore_scores",
    "correlations": "brainscore_correlations",
}


rule explore_images:
    input:
        **program("explore_images"),
        index=PATHS.index,
        pixels=PATHS.pixels,
    output:
        PATHS.explorer_part("images"),
    log:
        PATHS.log("explore_images"),
    conda:
        ANALYSIS
    resources:
        mem_mb=needs.by_attempt(needs.BASE_MB),
        runtime=needs.by_attempt(15),
    params:
        flags=telling("", "explorer.images"),
    message:
        "Thumbnails of all images"
    shell:
        "python {input.script} {params.flags} --pixels {input.pixels} --index {input.index} --output {output} 2> {log}"


rule explore_layer:
    input:
        **program("explore_layer"),
        index=PATHS.index,
        rdm=PATHS.rdm,
        clusters=lambda wildcards: STUDY.expand(PATHS.clusters, **dict(wildcards)),
    output:
        PATHS.explorer_part(),
    log:
        PATHS.log("explore_layer/{representation}/{model}/{layer}"),
    benchmark:
        PATHS.benchmark("explore_layer/{representation}/{model}/{layer}")
    conda:
        ANALYSIS
    resources:
        mem_mb=needs.by_attempt(needs.explorer_mb(STUDY.n_images)),
        runtime=needs.by_attempt(15),
        disk_mb=needs.explorer_file_mb(STUDY.n_images),
    params:
        flags=telling(
            lambda wildcards: flags(
                name=f"{wildcards.representation}/{wildcards.model}/{wildcards.layer}",
                dissimilarity=config["figures"]["rdm"],
            ),
            "explorer.layer",
        ),
    message:
        "Explorer: {wildcards.model} {wildcards.layer}, {wildcards.representation}"
    shell:
        "python {input.script} {params.flags} --rdm {input.rdm} --clusters {input.clusters} --index {input.index}"
        " --output {output} 2> {log}"


rule make_explorer:
    input:
        **program("make_explorer"),
        **{name: PATHS.table(table) if STUDY.labelled else [] for name, table in EXPLORER_TABLES.items()},
        page=EXPLORER_PAGE,
        index=PATHS.index,
        images=PATHS.explorer_part("images"),
        layers=STUDY.expand(PATHS.explorer_part()),
        maps=STUDY.expand(PATHS.table("rdm_map/{representation}")) if STUDY.mapped else [],
        evidence=HUMAN.expand([PATHS.evidence]),
    output:
        PATHS.explorer,
    log:
        PATHS.log("make_explorer"),
    conda:
        ANALYSIS
    resources:
        mem_mb=needs.by_attempt(needs.agreement_mb(STUDY.n_images) if HUMAN.evidence else needs.BASE_MB),
        runtime=needs.by_attempt(15),
    params:
        flags=telling(
            f"{STUDY.layers_flags} {STUDY.family_flags} "
            + flags(
                study=STUDY.name,
                representations=list(STUDY.representations),
                protocols=list(STUDY.protocols),
                dissimilarity=config["figures"]["rdm"],
            ),
            "explorer.page",
        ),
    message:
        "Make the explorer"
    shell:
        "python {input.script} {params.flags} --index {input.index} --parts {input.images} {input.layers}"
        " --mi {input.mi} --inference {input.inference} --scores {input.scores} --correlations {input.correlations}"
        " --maps {input.maps} --evidence {input.evidence} --output {output} 2> {log}"
