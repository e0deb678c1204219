# Texture representations of all images: one pass of a network for all its layers and all representations.

OWN_EXTRACTION = f"{PREPROCESSING} {flags(precision=config['precision'], matched_dimensions=STUDY.matched_dimensions)}"


rule extract_representations:
    input:
        **program("extract_representations"),
        index=PATHS.index,
        pixels=PATHS.pixels,
        weights=PATHS.weights,
        layers=layers_file,
    output:
        **vectors_of(PATHS, PASSES.together),
    log:
        PATHS.log("extract_representations/{model}"),
    benchmark:
        PATHS.benchmark("extract_representations/{model}")
    conda:
        EXTRACTION
    threads: 8
    resources:
        gpu=1,
        mem_mb=needs.by_attempt(
            lambda wildcards: needs.extraction_mb(
                STUDY.network(wildcards), written_by(wildcards), matched_dimensions(wildcards)
            )
        ),
        runtime=needs.by_attempt(
            lambda wildcards: needs.extraction_minutes(
                STUDY.n_images, config["images"]["size"], STUDY.network(wildcards)
            )
        ),
        disk_mb=lambda wildcards: KEEP_VECTORS * vector_files_mb(wildcards),
        temp_mb=lambda wildcards: (not KEEP_VECTORS) * vector_files_mb(wildcards),
        # Not a parameter: one representation less is no reason to extract again.
        outputs=lambda wildcards: " ".join(f"{name}={file}" for name, file in written_by(wildcards).items()),
    params:
        flags=telling(
            lambda wildcards: f"{STUDY.network(wildcards).taps_flags} {OWN_EXTRACTION}",
            "vectors",
            representations=PASSES.together,
        ),
    message:
        "Represent the images by {wildcards.model}"
    shell:
        "python {input.script} {params.flags} --index {input.index} --pixels {input.pixels}"
        " --weights {input.weights} --gpus {resources.gpu} --memory-mb {resources.mem_mb} --threads {threads}"
        " --outputs {resources.outputs} 2> {log}"


# A representation that was added to finished ones: a pass of its own, which leaves theirs and their RDMs as they are.
use rule extract_representations as extract_added_representation with:
    output:
        PATHS.vectors() if KEEP_VECTORS else temp(PATHS.vectors()),
    log:
        PATHS.log("extract_representations/{model}.{representation}"),
    benchmark:
        PATHS.benchmark("extract_representations/{model}.{representation}")
    wildcard_constraints:
        representation=any_of(PASSES.added),
    params:
        flags=telling(
            lambda wildcards: f"{STUDY.network(wildcards).taps_flags} {OWN_EXTRACTION} --added",
            "vectors",
        ),
    message:
        "Represent the images by {wildcards.model}: {wildcards.representation}"
