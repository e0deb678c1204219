# Networks: their weights, fetched once; later rules need no network connection.


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
        flags=lambda wildcards: STUDY.network(wildcards).weights_flags(f"{RESULTS}/downloads"),
    shell:
        "python {input.script} {params.flags} --output {output} 2> {log}"
