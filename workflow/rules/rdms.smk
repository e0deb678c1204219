# Representational dissimilarity matrices, layer by layer.


rule compute_rdm:
    input:
        **program("compute_rdm"),
        vectors=PATHS.vectors(),
    output:
        PATHS.rdm,
    log:
        PATHS.log("compute_rdm/{representation}/{model}/{layer}"),
    benchmark:
        PATHS.benchmark("compute_rdm/{representation}/{model}/{layer}")
    conda:
        EXTRACTION
    threads: 4
    # On a GPU where one is asked for, by `--set-resources compute_rdm:gpu=1`; a CPU does a layer of the paper's study in
    # a minute or two.
    resources:
        gpu=0,
        mem_mb=needs.by_attempt(needs.rdm_mb(STUDY.n_images)),
        runtime=needs.by_attempt(
            lambda wildcards: needs.rdm_minutes(
                wildcards.representation,
                STUDY.n_images,
                needs.channels(STUDY.network(wildcards), wildcards.layer),
                matched_dimensions(wildcards),
            )
        ),
        disk_mb=needs.rdm_file_mb(STUDY.n_images),
    params:
        # The module is named so that a layer which is given another module is computed anew.
        flags=telling(lambda wildcards: flags(layer=wildcards.layer, module=STUDY.module(wildcards)), "rdm"),
    message:
        "RDM of {wildcards.model} {wildcards.layer}, {wildcards.representation}"
    shell:
        "python {input.script} {params.flags} --vectors {input.vectors} --gpus {resources.gpu} --output {output} 2> {log}"
