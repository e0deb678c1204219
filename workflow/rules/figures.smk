# Figures of the report, each as PNG (shown in the report) and SVG.


rule plot_rdm:
    input:
        **program("plot_rdm"),
        index=PATHS.index,
        rdm=PATHS.rdm,
    output:
        **figure(
            "rdm/{representation}/{model}/{layer}",
            "rdm",
            "rdm",
            "{model}",
            network="{model}",
            layer="{layer}",
            representation="{representation}",
        ),
    log:
        PATHS.log("plot_rdm/{representation}/{model}/{layer}"),
    conda:
        ANALYSIS
    resources:
        mem_mb=needs.by_attempt(needs.rdm_mb(STUDY.n_images)),
        runtime=needs.by_attempt(15),
    params:
        flags=telling(
            lambda wildcards: flags(model=wildcards.model, dissimilarity=config["figures"]["rdm"]),
            "figure.rdm.png",
            "figure.rdm.svg",
        ),
    message:
        "Figure: RDM of {wildcards.model} {wildcards.layer}, {wildcards.representation}"
    shell:
        "python {input.script} {params.flags} --rdm {input.rdm} --index {input.index} --output {output} 2> {log}"


rule plot_mi_by_layer:
    input:
        **program("plot_mi_by_layer"),
        mi=PATHS.table("mi"),
    output:
        **figure(
            "mi_by_layer/{representation}",
            "mi_by_layer",
            "information",
            figure="by layer, {representation}",
            network="all",
        ),
    log:
        PATHS.log("plot_mi_by_layer/{representation}"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(
            lambda wildcards: f"{flags(representation=wildcards.representation)} {STUDY.family_flags}",
            "figure.mi_by_layer.png",
            "figure.mi_by_layer.svg",
        ),
    message:
        "Figure: mutual information by layer, {wildcards.representation}"
    shell:
        "python {input.script} {params.flags} --mi {input.mi} --output {output} 2> {log}"


rule plot_mi_over_clusters:
    input:
        **program("plot_mi_over_clusters"),
        index=PATHS.index,
        curves=lambda wildcards: STUDY.expand(
            PATHS.curve, representation=wildcards.representation, model=wildcards.model
        ),
    output:
        **figure(
            "mi_over_clusters/{representation}/{model}",
            "mi_over_clusters",
            "information",
            figure="over number of clusters, {representation}",
            network="{model}",
        ),
    log:
        PATHS.log("plot_mi_over_clusters/{representation}/{model}"),
    conda:
        ANALYSIS
    resources:
        mem_mb=needs.by_attempt(needs.BASE_MB),
    params:
        flags=telling("", "figure.mi_over_clusters.png", "figure.mi_over_clusters.svg"),
    message:
        "Figure: mutual information of {wildcards.model} over the number of clusters, {wildcards.representation}"
    shell:
        "python {input.script} {params.flags} --curves {input.curves} --index {input.index} --output {output} 2> {log}"


rule plot_cluster_matrix:
    input:
        **program("plot_cluster_matrix"),
        index=PATHS.index,
        # Of this network's layers only, so that it does not change with other networks of the study.
        information=lambda wildcards: STUDY.expand(PATHS.information, **dict(wildcards)),
        clusters=lambda wildcards: STUDY.expand(PATHS.clusters, **dict(wildcards)),
        others=lambda wildcards: criterion_tables(PATHS.probes, wildcards),
    output:
        **figure(
            "cluster_matrix/{representation}/{protocol}/{model}",
            "cluster_matrix",
            "clusters",
            "{protocol}",
            network="{model}",
            protocol="{protocol}",
            representation="{representation}",
        ),
    log:
        PATHS.log("plot_cluster_matrix/{representation}/{protocol}/{model}"),
    conda:
        ANALYSIS
    resources:
        mem_mb=needs.by_attempt(needs.BASE_MB),
    params:
        flags=telling(flags(criterion=STUDY.criterion), "figure.cluster_matrix.png", "figure.cluster_matrix.svg"),
    message:
        "Figure: clusters of {wildcards.model} against classes, {wildcards.representation}, {wildcards.protocol}"
    shell:
        "python {input.script} {params.flags} --information {input.information} --clusters {input.clusters}"
        " --others {input.others} --index {input.index} --output {output} 2> {log}"


rule plot_brainscore:
    input:
        **program("plot_brainscore"),
        scores=PATHS.table("brainscore_scores"),
        correlations=PATHS.table("brainscore_correlations"),
    output:
        **figure(
            "brainscore/{representation}/{protocol}",
            "brainscore",
            "brainscore",
            figure="best layers, {representation}",
            protocol="{protocol}",
        ),
    log:
        PATHS.log("plot_brainscore/{representation}/{protocol}"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(
            lambda wildcards: (
                f"{flags(representation=wildcards.representation, protocol=wildcards.protocol)}"
                f" {STUDY.family_flags}"
            ),
            "figure.brainscore.png",
            "figure.brainscore.svg",
        ),
    message:
        "Figure: best layers against Brain-Scores, {wildcards.representation}, {wildcards.protocol}"
    shell:
        "python {input.script} {params.flags} --scores {input.scores} --correlations {input.correlations}"
        " --output {output} 2> {log}"


rule plot_correlations:
    input:
        **program("plot_correlations"),
        correlations=PATHS.table("brainscore_correlations"),
    output:
        **figure(
            "brainscore_correlations/{representation}",
            "correlations",
            "brainscore",
            figure="correlations and their uncertainty, {representation}",
            protocol="all",
        ),
    log:
        PATHS.log("plot_correlations/{representation}"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(
            lambda wildcards: flags(representation=wildcards.representation, alpha=config["brainscore"]["alpha"]),
            "figure.brainscore_correlations.png",
            "figure.brainscore_correlations.svg",
        ),
    message:
        "Figure: correlations with Brain-Scores, {wildcards.representation}"
    shell:
        "python {input.script} {params.flags} --correlations {input.correlations} --output {output} 2> {log}"


rule plot_mi_intervals:
    input:
        **program("plot_mi_intervals"),
        inference=PATHS.table("mi_inference"),
    output:
        **figure(
            "mi_intervals/{representation}/{protocol}",
            "mi_intervals",
            "information",
            figure="uncertainty, {representation}, {protocol}",
            network="all",
        ),
    log:
        PATHS.log("plot_mi_intervals/{representation}/{protocol}"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(
            lambda wildcards: f"{flags(**dict(wildcards))} {STUDY.family_flags}",
            "figure.mi_intervals.png",
            "figure.mi_intervals.svg",
        ),
    message:
        "Figure: uncertainty of mutual information, {wildcards.representation}, {wildcards.protocol}"
    shell:
        "python {input.script} {params.flags} --inference {input.inference} --output {output} 2> {log}"


rule plot_class_recovery:
    input:
        **program("plot_class_recovery"),
        inference=PATHS.table("mi_inference"),
        best_mi=PATHS.table("best_mi"),
        recovery=PATHS.table("class_recovery"),
    output:
        **figure(
            "class_recovery/{representation}/{protocol}",
            "class_recovery",
            "clusters",
            "{protocol}",
            network="all",
            protocol="{protocol}",
            representation="{representation}",
        ),
    log:
        PATHS.log("plot_class_recovery/{representation}/{protocol}"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(
            lambda wildcards: flags(**dict(wildcards), alpha=round(1 - config["inference"]["confidence"], 9)),
            "figure.class_recovery.png",
            "figure.class_recovery.svg",
        ),
    message:
        "Figure: recovered classes, {wildcards.representation}, {wildcards.protocol}"
    shell:
        "python {input.script} {params.flags} --inference {input.inference} --best-mi {input.best_mi}"
        " --recovery {input.recovery}"
        " --output {output} 2> {log}"


rule plot_probes:
    input:
        **program("plot_probes"),
        probes=PATHS.table("probes"),
    output:
        **figure(
            "probes/{representation}",
            "probes",
            "rdm",
            "all",
            network="all",
            layer="all",
            representation="{representation}",
        ),
    log:
        PATHS.log("plot_probes/{representation}"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(
            lambda wildcards: f"{flags(representation=wildcards.representation)} {STUDY.family_flags}",
            "figure.probes.png",
            "figure.probes.svg",
        ),
    message:
        "Figure: probes, {wildcards.representation}"
    shell:
        "python {input.script} {params.flags} --probes {input.probes} --output {output} 2> {log}"
