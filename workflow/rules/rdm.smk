# Representational dissimilarity matrices, layer by layer.


rule compute_rdm:
    input:
        script=program("compute_rdm"),
        library=library("compute_rdm"),
        gram=f"{RESULTS}/gram/{{model}}.h5",
    output:
        f"{RESULTS}/rdm/{{model}}/{{layer}}.h5",
    log:
        f"{RESULTS}/logs/compute_rdm/{{model}}/{{layer}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/compute_rdm/{{model}}/{{layer}}.tsv"
    conda:
        "../../envs/extraction.yaml"
    threads: 4
    # On a GPU where one is asked for, by `--set-resources compute_rdm:gpu=1`; a CPU does a layer of the paper's study in
    # a minute or two.
    resources:
        gpu=0,
        mem_mb=needs.by_attempt(needs.rdm_mb(STUDY.n_images)),
        runtime=needs.by_attempt(
            lambda wildcards: needs.rdm_minutes(
                STUDY.n_images, needs.channels(STUDY.network(wildcards), wildcards.layer)
            )
        ),
        disk_mb=needs.rdm_file_mb(STUDY.n_images),
    params:
        # The module is named so that a layer which is given another module is computed anew.
        flags=lambda wildcards: flags(layer=wildcards.layer, module=STUDY.module(wildcards)),
    shell:
        "python {input.script} {params.flags} --gram {input.gram} --gpus {resources.gpu} --output {output} 2> {log}"
