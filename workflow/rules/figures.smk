# Figures of the report, each as PNG (shown in the report) and SVG.

FAMILIES = flags(families=[f"{model}={network.family}" for model, network in STUDY.networks.items()])


rule plot_rdm:
    input:
        script=program("plot_rdm"),
        library=library("plot_rdm"),
        index=INDEX,
        rdm=f"{RESULTS}/rdm/{{model}}/{{layer}}.h5",
    output:
        png=report(
            f"{RESULTS}/figures/rdm/{{model}}/{{layer}}.png",
            caption="../report/rdm.rst",
            category="3 Representational dissimilarity",
            subcategory="{model}",
            labels={"network": "{model}", "layer": "{layer}"},
        ),
        svg=f"{RESULTS}/figures/rdm/{{model}}/{{layer}}.svg",
    log:
        f"{RESULTS}/logs/plot_rdm/{{model}}/{{layer}}.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs.by_attempt(needs.rdm_mb(STUDY.n_images)),
        runtime=needs.by_attempt(15),
    params:
        flags=lambda wildcards: flags(model=wildcards.model, dissimilarity=config["figures"]["rdm"]),
    shell:
        "python {input.script} {params.flags} --rdm {input.rdm} --index {input.index} --output {output} 2> {log}"


rule plot_mi_by_layer:
    input:
        script=program("plot_mi_by_layer"),
        library=library("plot_mi_by_layer"),
        mi=f"{RESULTS}/tables/mi.tsv",
    output:
        png=report(
            f"{RESULTS}/figures/mi_by_layer.png",
            caption="../report/mi_by_layer.rst",
            category="1 Mutual information",
            labels={"figure": "by layer", "network": "all"},
        ),
        svg=f"{RESULTS}/figures/mi_by_layer.svg",
    log:
        f"{RESULTS}/logs/plot_mi_by_layer.log",
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        flags=FAMILIES,
    shell:
        "python {input.script} {params.flags} --mi {input.mi} --output {output} 2> {log}"


rule plot_mi_over_clusters:
    input:
        script=program("plot_mi_over_clusters"),
        library=library("plot_mi_over_clusters"),
        index=INDEX,
        curves=lambda wildcards: [
            f"{RESULTS}/information/{protocol}/{wildcards.model}/{layer}.curve.tsv"
            for protocol in STUDY.protocols
            for layer in STUDY.network(wildcards).layers
        ],
    output:
        png=report(
            f"{RESULTS}/figures/mi_over_clusters/{{model}}.png",
            caption="../report/mi_over_clusters.rst",
            category="1 Mutual information",
            labels={"figure": "over number of clusters", "network": "{model}"},
        ),
        svg=f"{RESULTS}/figures/mi_over_clusters/{{model}}.svg",
    log:
        f"{RESULTS}/logs/plot_mi_over_clusters/{{model}}.log",
    conda:
        "../../envs/analysis.yaml"
    shell:
        "python {input.script} --curves {input.curves} --index {input.index} --output {output} 2> {log}"


rule plot_cluster_matrix:
    input:
        script=program("plot_cluster_matrix"),
        library=library("plot_cluster_matrix"),
        index=INDEX,
        # Of this network's layers only, so that it does not change with other networks of the study.
        information=lambda wildcards: [
            f"{RESULTS}/information/{wildcards.protocol}/{wildcards.model}/{layer}.tsv"
            for layer in STUDY.network(wildcards).layers
        ],
        clusters=lambda wildcards: [
            f"{RESULTS}/clusters/{wildcards.protocol}/{wildcards.model}/{layer}.h5"
            for layer in STUDY.network(wildcards).layers
        ],
    output:
        png=report(
            f"{RESULTS}/figures/cluster_matrix/{{protocol}}/{{model}}.png",
            caption="../report/cluster_matrix.rst",
            category="4 Clusters against classes",
            subcategory="{protocol}",
            labels={"network": "{model}", "protocol": "{protocol}"},
        ),
        svg=f"{RESULTS}/figures/cluster_matrix/{{protocol}}/{{model}}.svg",
    log:
        f"{RESULTS}/logs/plot_cluster_matrix/{{protocol}}/{{model}}.log",
    conda:
        "../../envs/analysis.yaml"
    shell:
        "python {input.script} --information {input.information} --clusters {input.clusters}"
        " --index {input.index} --output {output} 2> {log}"


rule plot_brainscore:
    input:
        script=program("plot_brainscore"),
        library=library("plot_brainscore"),
        scores=f"{RESULTS}/tables/brainscore_scores.tsv",
        correlations=f"{RESULTS}/tables/brainscore_correlations.tsv",
    output:
        png=report(
            f"{RESULTS}/figures/brainscore/{{protocol}}.png",
            caption="../report/brainscore.rst",
            category="2 Brain-Score",
            labels={"figure": "best mutual information", "protocol": "{protocol}"},
        ),
        svg=f"{RESULTS}/figures/brainscore/{{protocol}}.svg",
    log:
        f"{RESULTS}/logs/plot_brainscore/{{protocol}}.log",
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        flags=lambda wildcards: f"{flags(protocol=wildcards.protocol)} {FAMILIES}",
    shell:
        "python {input.script} {params.flags} --scores {input.scores} --correlations {input.correlations}"
        " --output {output} 2> {log}"


rule plot_correlations:
    input:
        script=program("plot_correlations"),
        library=library("plot_correlations"),
        correlations=f"{RESULTS}/tables/brainscore_correlations.tsv",
    output:
        png=report(
            f"{RESULTS}/figures/brainscore_correlations.png",
            caption="../report/correlations.rst",
            category="2 Brain-Score",
            labels={"figure": "correlations and their uncertainty", "protocol": "all"},
        ),
        svg=f"{RESULTS}/figures/brainscore_correlations.svg",
    log:
        f"{RESULTS}/logs/plot_correlations.log",
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        flags=flags(alpha=config["brainscore"]["alpha"]),
    shell:
        "python {input.script} {params.flags} --correlations {input.correlations} --output {output} 2> {log}"


FIGURES = (
    [f"{RESULTS}/figures/mi_by_layer", f"{RESULTS}/figures/brainscore_correlations"]
    + STUDY.per_network("{results}/figures/mi_over_clusters/{model}")
    + STUDY.per_layer("{results}/figures/rdm/{model}/{layer}")
    + STUDY.per_protocol(
        STUDY.per_network("{results}/figures/cluster_matrix/{{protocol}}/{model}")
        + [f"{RESULTS}/figures/brainscore/{{protocol}}"]
    )
)


rule figures:
    input:
        [f"{figure}.{suffix}" for figure in FIGURES for suffix in ("png", "svg")],
