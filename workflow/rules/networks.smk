# Networks: their layers, found before anything is computed, and their weights, fetched once; later rules need no
# network connection.
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


# One job a network, since passes are run; where the config names the modules there is nothing to choose.
rule choose_layers:
    input:
        **program("choose_layers"),
    output:
        PATHS.layers,
    log:
        PATHS.log("choose_layers/{model}"),
    wildcard_constraints:
        model=any_of(STUDY.spread),
    priority: 10
    conda:
        EXTRACTION
    resources:
        mem_mb=needs.by_attempt(lambda wildcards: needs.choose_layers_mb(STUDY.network(wildcards))),
        runtime=needs.by_attempt(30),
    params:
        flags=telling(
            lambda wildcards: (
                f"{STUDY.network(wildcards).network_flags}"
                f" {flags(spread=len(STUDY.network(wildcards).layers), activation=config['activation'])}"
                f" {flags(image_size=config['images']['size'], model=wildcards.model)}"
            ),
            "layers",
        ),
    message:
        "Choose layers of {wildcards.model}"
    shell:
        "python {input.script} {params.flags} --output {output} 2> {log}"


# One job for all networks, which waits for neither images nor weights, goes first and has all cores for its few seconds, so
# that no network sees an image before: whatever is wrong with names is said at once. It is an input of targets, not of
# extractions, which would all run again when it does. (`ancient` is no way out: Snakemake 9 then overlooks what else there
# is to run below a job that runs.)
rule check_layers:
    input:
        **program("check_layers"),
        spread=[PATHS.layers.format(model=model) for model in STUDY.spread],
    output:
        PATHS.table("layers"),
    log:
        PATHS.log("check_layers"),
    priority: 20
    localrule: True
    conda:
        EXTRACTION
    threads: 1024
    resources:
        mem_mb=needs.by_attempt(needs.check_layers_mb(STUDY.networks.values())),
        runtime=needs.by_attempt(30),
    params:
        flags=telling(STUDY.named_layers_flags, "table.layers"),
    message:
        "Look for the layers of all networks"
    shell:
        "python {input.script} {params.flags} --spread {input.spread} --output {output} 2> {log}"
