# Networks: their weights, fetched once; later rules need no network connection.
# With --cache, weights are shared between studies and working copies. The download folder is therefore named as a
# resource, not as a parameter, of which the cache would take one that holds the study's name for other weights.


rule fetch_weights:
    input:
        **program("fetch_weights"),
        file=lambda wildcards: STUDY.network(wildcards).weights_file,
    output:
        **sealed(PATHS.weights),
    log:
        PATHS.log("fetch_weights/{model}"),
    cache: True
    retries: 3
    conda:
        EXTRACTION
    resources:
        lineages=told_of("weights"),
        mem_mb=needs.by_attempt(lambda wildcards: needs.fetch_weights_mb(STUDY.network(wildcards))),
        runtime=needs.by_attempt(60),
        # As downloaded, and as a state dict.
        disk_mb=lambda wildcards: 2 * needs.weights_mb(STUDY.network(wildcards)),
        downloads=f"{STUDY.results}/downloads",
    params:
        flags=lambda wildcards: STUDY.network(wildcards).weights_flags,
        lineages=lineages_of("weights"),
    message:
        "Fetch the weights of {wildcards.model}"
    shell:
        "python {input.script} {params.flags} --lineages {resources.lineages:q} --download-folder {resources.downloads} --output {output.file} 2> {log}"
