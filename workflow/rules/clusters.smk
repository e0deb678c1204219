# Ward clusters of the images: one tree a protocol, network and layer, with its cuts into every number of clusters.


rule cluster_images:
    input:
        script=program("cluster_images"),
        library=library("cluster_images"),
        index=INDEX,
        rdm=f"{RESULTS}/rdm/{{model}}/{{layer}}.h5",
    output:
        f"{RESULTS}/clusters/{{protocol}}/{{model}}/{{layer}}.h5",
    log:
        f"{RESULTS}/logs/cluster_images/{{protocol}}/{{model}}/{{layer}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/cluster_images/{{protocol}}/{{model}}/{{layer}}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs.by_attempt(needs.ward_mb(STUDY.n_images)),
        runtime=needs.by_attempt(needs.ward_minutes(STUDY.n_images)),
        disk_mb=needs.clusters_file_mb(STUDY.n_images),
    params:
        flags=lambda wildcards: flags(protocol=wildcards.protocol),
    shell:
        "python {input.script} {params.flags} --rdm {input.rdm} --index {input.index} --output {output} 2> {log}"
