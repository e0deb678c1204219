# Networks: their weights, fetched once; later rules need no network connection.


def weights_flags(wildcards):
    """Where a network's weights come from, as flags of the program that fetches them."""
    network = STUDY.network(wildcards)
    weights = network.weights
    if isinstance(weights, str):
        source = flags(torchvision_weights=weights, download_folder=f"{RESULTS}/downloads")
    else:
        source = flags(**weights)
    return f"{flags(architecture=network.architecture, arguments=network.arguments)} {source}"


rule fetch_weights:
    input:
        script=program("fetch_weights"),
        library=library("fetch_weights"),
        file=lambda wildcards: STUDY.network(wildcards).weights_file,
        own_source=lambda wildcards: STUDY.network(wildcards).own_source,
    output:
        f"{RESULTS}/weights/{{model}}.pth",
    log:
        f"{RESULTS}/logs/fetch_weights/{{model}}.log",
    retries: 3
    conda:
        "../../envs/extraction.yaml"
    resources:
        mem_mb=needs.by_attempt(needs.TORCH_MB),
        runtime=needs.by_attempt(60),
    params:
        flags=weights_flags,
    shell:
        "python {input.script} {params.flags} --output {output} 2> {log}"
