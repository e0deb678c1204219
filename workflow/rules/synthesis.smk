# Texture synthesis: what each network's representation holds of a texture, and which networks accept whose images.


wildcard_constraints:
    texture=SYNTHESES.texture_pattern,
    sample=SYNTHESES.sample_pattern,
    by=SYNTHESES.by_pattern,


rule prepare_exemplar:
    input:
        **program("prepare_exemplar"),
        source=lambda wildcards: SYNTHESES.exemplars[wildcards.texture].inputs(STUDY),
    output:
        f"{STUDY.results}/exemplars/{{texture}}.png",
    log:
        PATHS.log("prepare_exemplar/{texture}"),
    retries: 2
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(
            lambda wildcards: f"{SYNTHESES.exemplars[wildcards.texture].flags(STUDY)}"
            f" {flags(size=SYNTHESES.size, fit=config['images']['fit'])}",
            "exemplar",
        ),
    message:
        "Prepare the exemplar {wildcards.texture}"
    shell:
        "python {input.script} {params.flags} --output {output} 2> {log}"


rule synthesize:
    input:
        **program("synthesize"),
        exemplar=lambda wildcards: SYNTHESES.exemplar_file(SYNTHESES.samples[wildcards.sample].texture),
        start=SYNTHESES.start,
        weights=PATHS.weights,
        layers=layers_file,
    output:
        image=f"{STUDY.results}/synthesis/{{by}}/{{model}}/{{sample}}.png",
        result=f"{STUDY.results}/synthesis/{{by}}/{{model}}/{{sample}}.json",
        trace=f"{STUDY.results}/synthesis/{{by}}/{{model}}/{{sample}}.tsv",
    log:
        PATHS.log("synthesize/{by}/{model}/{sample}"),
    benchmark:
        PATHS.benchmark("synthesize/{by}/{model}/{sample}")
    # A job that ran out of its time goes on from its checkpoint.
    retries: 2
    conda:
        EXTRACTION
    threads: 8
    resources:
        gpu=1,
        mem_mb=needs.by_attempt(lambda wildcards: needs.synthesis_mb(STUDY.network(wildcards), SYNTHESES.image_size)),
        runtime=needs.by_attempt(
            lambda wildcards: needs.synthesis_minutes(
                SYNTHESES.options["evaluations"], SYNTHESES.image_size, STUDY.network(wildcards)
            )
        ),
    params:
        flags=telling(
            lambda wildcards: f"{SYNTHESES.sample_flags(wildcards.by, wildcards.model, wildcards.sample)}"
            f" {SYNTHESES.loss_flags(STUDY.network(wildcards))} {PREPROCESSING}",
            "synthesis.png",
            "synthesis.json",
            "synthesis.tsv",
        ),
    message:
        "Synthesise {wildcards.sample} by {wildcards.by} in {wildcards.model}"
    shell:
        "python {input.script} {params.flags} --exemplar {input.exemplar} --weights {input.weights}"
        " --gpus {resources.gpu} --threads {threads} --output-image {output.image}"
        " --output-result {output.result} --output-trace {output.trace} 2> {log}"


# One job a judging network: loading the network is most of its work, so that new images cost little.
rule cross_evaluate_synthesis:
    input:
        **program("cross_evaluate_synthesis"),
        exemplars=SYNTHESES.exemplar_files(),
        images=SYNTHESES.made("png"),
        results=SYNTHESES.made("json"),
        weights=PATHS.weights,
        layers=layers_file,
    output:
        f"{STUDY.results}/synthesis/{{model}}.judgements.tsv",
    log:
        PATHS.log("cross_evaluate_synthesis/{model}"),
    conda:
        EXTRACTION
    threads: 8
    # One pass over a few images: not worth waiting for a GPU.
    resources:
        mem_mb=needs.by_attempt(lambda wildcards: needs.synthesis_mb(STUDY.network(wildcards), SYNTHESES.image_size)),
        runtime=needs.by_attempt(60),
    params:
        images=listed("images"),
        results=listed("results"),
        flags=telling(
            lambda wildcards: f"{flags(model=wildcards.model, representations=SYNTHESES.representations)}"
            f" {SYNTHESES.exemplar_flags()}"
            f" {SYNTHESES.loss_flags(STUDY.network(wildcards))} {PREPROCESSING}",
            "synthesis.judgements",
        ),
    message:
        "{wildcards.model} judges all syntheses"
    shell:
        "python {input.script} {params.flags} --images {params.images} --results {params.results}"
        " --weights {input.weights} --threads {threads} --output {output} 2> {log}"


rule plot_synthesis_panel:
    input:
        **program("plot_synthesis_panel"),
        exemplars=SYNTHESES.exemplar_files(),
        images=lambda wildcards: SYNTHESES.made("png", wildcards.by),
        results=lambda wildcards: SYNTHESES.made("json", wildcards.by),
        judgements=SYNTHESES.judgements(),
    output:
        **figure(
            "synthesis_panel/{by}",
            "synthesis_panel",
            "synthesis",
            figure="textures and their syntheses",
            representation="{by}",
        ),
    log:
        PATHS.log("plot_synthesis_panel/{by}"),
    localrule: True
    conda:
        ANALYSIS
    params:
        images=listed("images"),
        results=listed("results"),
        judgements=listed("judgements"),
        flags=telling(
            f"{SYNTHESES.exemplar_flags()} {flags(exemplar_size=SYNTHESES.size)}",
            *drawn("synthesis_panel"),
        ),
    message:
        "Figure: syntheses by {wildcards.by}"
    shell:
        "python {input.script} {params.flags} --images {params.images} --results {params.results}"
        " --judgements {params.judgements} --output {output} 2> {log}"


rule plot_synthesis_representations:
    input:
        **program("plot_synthesis_panel"),
        exemplars=SYNTHESES.exemplar_files(),
        images=SYNTHESES.made("png"),
        results=SYNTHESES.made("json"),
        judgements=SYNTHESES.judgements(),
    output:
        **figure(
            "synthesis_representations/{texture}",
            "synthesis_representations",
            "synthesis",
            figure="{texture} by all representations",
            representation="all",
        ),
    log:
        PATHS.log("plot_synthesis_representations/{texture}"),
    localrule: True
    conda:
        ANALYSIS
    params:
        images=listed("images"),
        results=listed("results"),
        judgements=listed("judgements"),
        flags=telling(
            f"{SYNTHESES.exemplar_flags()} {flags(exemplar_size=SYNTHESES.size)}",
            *drawn("synthesis_representations"),
        ),
    message:
        "Figure: {wildcards.texture} by all representations"
    shell:
        "python {input.script} {params.flags} --texture {wildcards.texture} --images {params.images}"
        " --results {params.results} --judgements {params.judgements} --output {output} 2> {log}"


rule plot_synthesis_losses:
    input:
        **program("plot_synthesis_losses"),
        results=lambda wildcards: SYNTHESES.made("json", wildcards.by),
        traces=lambda wildcards: SYNTHESES.made("tsv", wildcards.by),
    output:
        **figure(
            "synthesis_losses/{by}",
            "synthesis_losses",
            "synthesis",
            figure="losses during synthesis",
            representation="{by}",
        ),
    log:
        PATHS.log("plot_synthesis_losses/{by}"),
    localrule: True
    conda:
        ANALYSIS
    params:
        results=listed("results"),
        traces=listed("traces"),
        flags=telling(STUDY.family_flags, *drawn("synthesis_losses")),
    message:
        "Figure: losses of syntheses by {wildcards.by}"
    shell:
        "python {input.script} {params.flags} --results {params.results} --traces {params.traces}"
        " --output {output} 2> {log}"


rule plot_synthesis_cross_evaluation:
    input:
        **program("plot_synthesis_cross_evaluation"),
        judgements=SYNTHESES.judgements(),
    output:
        **figure(
            "synthesis_cross_evaluation/{by}",
            "synthesis_cross_evaluation",
            "synthesis",
            figure="how networks judge each other's images",
            representation="{by}",
        ),
    log:
        PATHS.log("plot_synthesis_cross_evaluation/{by}"),
    localrule: True
    conda:
        ANALYSIS
    params:
        judgements=listed("judgements"),
        flags=telling("", *drawn("synthesis_cross_evaluation")),
    message:
        "Figure: how networks judge syntheses by {wildcards.by}"
    shell:
        "python {input.script} {params.flags} --judgements {params.judgements} --representation {wildcards.by}"
        " --output {output} 2> {log}"


rule plot_synthesis_between_representations:
    input:
        **program("plot_synthesis_cross_evaluation"),
        judgements=SYNTHESES.judgements(),
    output:
        **figure(
            "synthesis_between_representations",
            "synthesis_between_representations",
            "synthesis",
            figure="how representations judge each other's images",
            representation="all",
        ),
    log:
        PATHS.log("plot_synthesis_between_representations"),
    localrule: True
    conda:
        ANALYSIS
    params:
        judgements=listed("judgements"),
        flags=telling("", *drawn("synthesis_between_representations")),
    message:
        "Figure: how representations judge syntheses by each other"
    shell:
        "python {input.script} {params.flags} --judgements {params.judgements} --between representations"
        " --output {output} 2> {log}"
