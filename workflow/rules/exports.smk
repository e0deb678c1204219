# Not part of `all`: copies of the RDMs for other programs.


rule export_rdms:
    input:
        **program("export_rdms"),
        index=PATHS.index,
        rdm=lambda wildcards: STUDY.expand(PATHS.rdm, representation=wildcards.representation, model=wildcards.model),
    output:
        npz=PATHS.export("npz"),
        rsatoolbox=PATHS.export("pkl"),
    log:
        PATHS.log("export_rdms/{representation}/{model}.{dissimilarity}"),
    wildcard_constraints:
        dissimilarity="euclidean|cosine",
    conda:
        ANALYSIS
    resources:
        mem_mb=needs.by_attempt(
            needs.exports_mb(STUDY.n_images, max(len(network.layers) for network in STUDY.networks.values()))
        ),
        runtime=needs.by_attempt(30),
    params:
        flags=telling(
            lambda wildcards: flags(model=wildcards.model, dissimilarity=wildcards.dissimilarity),
            "export.npz",
            "export.pkl",
        ),
    message:
        "Export the {wildcards.dissimilarity} RDMs of {wildcards.model}, {wildcards.representation}"
    shell:
        "python {input.script} {params.flags} --rdm {input.rdm} --index {input.index}"
        " --output-npz {output.npz} --output-rsatoolbox {output.rsatoolbox} 2> {log}"
