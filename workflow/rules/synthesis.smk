# Texture synthesis: what each network's representation holds of a texture, and which networks accept whose images.
from planning.synthesis import Syntheses

SYNTHESES = Syntheses.from_config(config, STUDY)


wildcard_constraints:
    texture=SYNTHESES.texture_pattern,
    sample=SYNTHESES.sample_pattern,


rule prepare_exemplar:
    input:
        script=program("prepare_exemplar"),
        library=library("prepare_exemplar"),
        source=lambda wildcards: SYNTHESES.exemplars[wildcards.texture].inputs(STUDY),
    output:
        f"{RESULTS}/exemplars/{{texture}}.png",
    log:
        f"{RESULTS}/logs/prepare_exemplar/{{texture}}.log",
    retries: 2
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        flags=lambda wildcards: f"{SYNTHESES.exemplars[wildcards.texture].flags(STUDY)} {flags(size=SYNTHESES.size)}",
    shell:
        "python {input.script} {params.flags} --output {output} 2> {log}"


rule synthesize:
    input:
        script=program("synthesize"),
        library=library("synthesize"),
        own_source=lambda wildcards: STUDY.network(wildcards).own_source,
        exemplar=lambda wildcards: SYNTHESES.exemplar_file(SYNTHESES.samples[wildcards.sample].texture),
        start=SYNTHESES.start,
        weights=f"{RESULTS}/weights/{{model}}.pth",
    output:
        image=f"{RESULTS}/synthesis/{{model}}/{{sample}}.png",
        result=f"{RESULTS}/synthesis/{{model}}/{{sample}}.json",
        trace=f"{RESULTS}/synthesis/{{model}}/{{sample}}.tsv",
    log:
        f"{RESULTS}/logs/synthesize/{{model}}/{{sample}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/synthesize/{{model}}/{{sample}}.tsv"
    # A job that ran out of its time goes on from its checkpoint.
    retries: 2
    conda:
        "../../envs/extraction.yaml"
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
        flags=lambda wildcards: f"{SYNTHESES.sample_flags(wildcards.model, wildcards.sample)}"
        f" {SYNTHESES.loss_flags(STUDY.network(wildcards))} {PREPROCESSING}",
    shell:
        "python {input.script} {params.flags} --exemplar {input.exemplar} --weights {input.weights}"
        " --gpus {resources.gpu} --threads {threads} --output-image {output.image}"
        " --output-result {output.result} --output-trace {output.trace} 2> {log}"


# One job a judging network: loading the network is most of its work, so that new images cost little.
rule cross_evaluate_synthesis:
    input:
        script=program("cross_evaluate_synthesis"),
        library=library("cross_evaluate_synthesis"),
        own_source=lambda wildcards: STUDY.network(wildcards).own_source,
        exemplars=SYNTHESES.exemplar_files(),
        images=SYNTHESES.made("png"),
        results=SYNTHESES.made("json"),
        weights=f"{RESULTS}/weights/{{model}}.pth",
    output:
        f"{RESULTS}/synthesis/{{model}}.judgements.tsv",
    log:
        f"{RESULTS}/logs/cross_evaluate_synthesis/{{model}}.log",
    conda:
        "../../envs/extraction.yaml"
    threads: 8
    # One pass over a few images: not worth waiting for a GPU.
    resources:
        mem_mb=needs.by_attempt(lambda wildcards: needs.synthesis_mb(STUDY.network(wildcards), SYNTHESES.image_size)),
        runtime=needs.by_attempt(60),
    params:
        flags=lambda wildcards: f"{flags(model=wildcards.model)} {SYNTHESES.exemplar_flags()}"
        f" {SYNTHESES.loss_flags(STUDY.network(wildcards))} {PREPROCESSING}",
    shell:
        "python {input.script} {params.flags} --images {input.images} --results {input.results}"
        " --weights {input.weights} --threads {threads} --output {output} 2> {log}"


rule plot_synthesis_panel:
    input:
        script=program("plot_synthesis_panel"),
        library=library("plot_synthesis_panel"),
        exemplars=SYNTHESES.exemplar_files(),
        images=SYNTHESES.made("png"),
        results=SYNTHESES.made("json"),
    output:
        png=report(
            f"{RESULTS}/figures/synthesis_panel.png",
            caption="../report/synthesis_panel.rst",
            category="5 Texture synthesis",
            labels={"figure": "images", "network": "all"},
        ),
        svg=f"{RESULTS}/figures/synthesis_panel.svg",
    log:
        f"{RESULTS}/logs/plot_synthesis_panel.log",
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        flags=f"{SYNTHESES.exemplar_flags()} {flags(exemplar_size=SYNTHESES.size)}",
    shell:
        "python {input.script} {params.flags} --images {input.images} --results {input.results}"
        " --output {output} 2> {log}"


rule plot_synthesis_losses:
    input:
        script=program("plot_synthesis_losses"),
        library=library("plot_synthesis_losses"),
        results=SYNTHESES.made("json"),
        traces=SYNTHESES.made("tsv"),
    output:
        png=report(
            f"{RESULTS}/figures/synthesis_losses.png",
            caption="../report/synthesis_losses.rst",
            category="5 Texture synthesis",
            labels={"figure": "losses", "network": "all"},
        ),
        svg=f"{RESULTS}/figures/synthesis_losses.svg",
    log:
        f"{RESULTS}/logs/plot_synthesis_losses.log",
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        flags=FAMILIES,
    shell:
        "python {input.script} {params.flags} --results {input.results} --traces {input.traces}"
        " --output {output} 2> {log}"


rule plot_synthesis_cross_evaluation:
    input:
        script=program("plot_synthesis_cross_evaluation"),
        library=library("plot_synthesis_cross_evaluation"),
        judgements=SYNTHESES.per_network("{results}/synthesis/{model}.judgements.tsv"),
    output:
        png=report(
            f"{RESULTS}/figures/synthesis_cross_evaluation.png",
            caption="../report/synthesis_cross_evaluation.rst",
            category="5 Texture synthesis",
            labels={"figure": "cross-evaluation", "network": "all"},
        ),
        svg=f"{RESULTS}/figures/synthesis_cross_evaluation.svg",
    log:
        f"{RESULTS}/logs/plot_synthesis_cross_evaluation.log",
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    shell:
        "python {input.script} --judgements {input.judgements} --output {output} 2> {log}"


rule synthesis:
    input:
        [*rules.plot_synthesis_panel.output, *rules.plot_synthesis_losses.output] if SYNTHESES.samples else [],
        rules.plot_synthesis_cross_evaluation.output if SYNTHESES.crossed else [],
