# Ward clusters of the images: one tree a protocol, network and layer, with its cuts into every number of clusters.


rule cluster_images:
    input:
        **program("cluster_images"),
        index=PATHS.index,
        rdm=PATHS.rdm,
    output:
        PATHS.clusters,
    log:
        PATHS.log("cluster_images/{representation}/{protocol}/{model}/{layer}"),
    benchmark:
        PATHS.benchmark("cluster_images/{representation}/{protocol}/{model}/{layer}")
    conda:
        ANALYSIS
    resources:
        mem_mb=needs.by_attempt(needs.ward_mb(STUDY.n_images)),
        runtime=needs.by_attempt(needs.ward_minutes(STUDY.n_images)),
        disk_mb=needs.clusters_file_mb(STUDY.n_images),
    params:
        flags=telling(lambda wildcards: flags(protocol=wildcards.protocol), "clusters"),
    message:
        "Cluster {wildcards.model} {wildcards.layer}, {wildcards.representation}, {wildcards.protocol}"
    shell:
        "python {input.script} {params.flags} --rdm {input.rdm} --index {input.index} --output {output} 2> {log}"
