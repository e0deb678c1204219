# Gram matrices of all images, all layers of a network in one pass.

PREPROCESSING = flags(**config["preprocessing"], activation=config["activation"])


rule extract_gram:
    input:
        script=program("extract_gram"),
        library=library("extract_gram"),
        own_source=lambda wildcards: STUDY.network(wildcards).own_source,
        index=INDEX,
        pixels=PIXELS,
        weights=f"{RESULTS}/weights/{{model}}.pth",
    output:
        f"{RESULTS}/gram/{{model}}.h5",
    log:
        f"{RESULTS}/logs/extract_gram/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/extract_gram/{{model}}.tsv"
    conda:
        "../../envs/extraction.yaml"
    threads: 8
    resources:
        gpu=1,
        mem_mb=needs.by_attempt(needs.TORCH_MB * 2),
        runtime=needs.by_attempt(240),
    params:
        flags=lambda wildcards: f"{STUDY.network(wildcards).taps_flags} {PREPROCESSING}",
    shell:
        "python {input.script} {params.flags} --index {input.index} --pixels {input.pixels}"
        " --weights {input.weights} --gpus {resources.gpu} --threads {threads} --output {output} 2> {log}"
