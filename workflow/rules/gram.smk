# Gram matrices of all images, all layers of a network in one pass.

PREPROCESSING = flags(**config["preprocessing"], activation=config["activation"])
PRECISION = flags(precision=config["precision"])

GRAM = f"{RESULTS}/gram/{{model}}.h5"
GRAM_FILE_MB = {
    model: needs.gram_file_mb(STUDY.n_images, needs.channels(network)) for model, network in STUDY.networks.items()
}
# A Gram file is read by the RDMs of its network only. Removed when they exist, it is made again only where one of them
# has to be, so what is finished stays finished when networks, protocols or figures are added.
KEEP_GRAM = config["storage"]["keep_gram"]


rule extract_gram:
    input:
        script=program("extract_representations"),
        library=library("extract_representations"),
        own_source=lambda wildcards: STUDY.network(wildcards).own_source,
        index=INDEX,
        pixels=PIXELS,
        weights=f"{RESULTS}/weights/{{model}}.pth",
    output:
        GRAM if KEEP_GRAM else temp(GRAM),
    log:
        f"{RESULTS}/logs/extract_gram/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/extract_gram/{{model}}.tsv"
    conda:
        "../../envs/extraction.yaml"
    threads: 8
    resources:
        gpu=1,
        mem_mb=needs.by_attempt(lambda wildcards: needs.extraction_mb(STUDY.network(wildcards))),
        runtime=needs.by_attempt(
            lambda wildcards: needs.extraction_minutes(
                STUDY.n_images, config["images"]["size"], STUDY.network(wildcards)
            )
        ),
        disk_mb=lambda wildcards: KEEP_GRAM * GRAM_FILE_MB[wildcards.model],
        temp_mb=lambda wildcards: (not KEEP_GRAM) * GRAM_FILE_MB[wildcards.model],
    params:
        flags=lambda wildcards: f"{STUDY.network(wildcards).taps_flags} {PREPROCESSING} {PRECISION}",
    shell:
        "python {input.script} {params.flags} --index {input.index} --pixels {input.pixels}"
        " --weights {input.weights} --gpus {resources.gpu} --memory-mb {resources.mem_mb} --threads {threads} --outputs gram={output} 2> {log}"
