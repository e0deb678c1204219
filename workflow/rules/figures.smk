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
            figure="{layer}",
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
            *drawn("rdm"),
        ),
    message:
        "Figure: RDM of {wildcards.model} {wildcards.layer}, {wildcards.representation}"
    shell:
        "python {input.script} {params.flags} --rdm {input.rdm} --index {input.index} --output {output} 2> {log}"


rule plot_rdm_layers:
    input:
        **program("plot_rdm_layers"),
        index=PATHS.index,
        rdm=layers_of(PATHS.rdm),
    output:
        **figure(
            "rdm_layers/{representation}/{model}",
            "rdm_layers",
            "rdm",
            "{model}",
            figure="all layers side by side",
            representation="{representation}",
        ),
    log:
        PATHS.log("plot_rdm_layers/{representation}/{model}"),
    conda:
        ANALYSIS
    resources:
        mem_mb=needs.by_attempt(lambda wildcards: needs.rdm_layers_mb(STUDY.n_images, STUDY.network(wildcards))),
        runtime=needs.by_attempt(30),
    params:
        flags=telling(
            lambda wildcards: flags(model=wildcards.model, dissimilarity=config["figures"]["rdm"]),
            *drawn("rdm_layers"),
        ),
    message:
        "Figure: RDMs of all layers of {wildcards.model}, {wildcards.representation}"
    shell:
        "python {input.script} {params.flags} --rdm {input.rdm} --index {input.index} --output {output} 2> {log}"


rule plot_mi_by_layer:
    input:
        **program("plot_mi_by_layer"),
        mi=PATHS.table("mi"),
        inference=PATHS.table("mi_inference"),
    output:
        **figure(
            "mi_by_layer/{representation}",
            "mi_by_layer",
            "information",
            figure="by layer, all networks",
            representation="{representation}",
        ),
    log:
        PATHS.log("plot_mi_by_layer/{representation}"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(
            lambda wildcards: f"{flags(representation=wildcards.representation)} {STUDY.family_flags}",
            *drawn("mi_by_layer"),
        ),
    message:
        "Figure: mutual information by layer, {wildcards.representation}"
    shell:
        "python {input.script} {params.flags} --mi {input.mi} --inference {input.inference} --output {output} 2> {log}"


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
            figure="by number of clusters, {model}",
            representation="{representation}",
        ),
    log:
        PATHS.log("plot_mi_over_clusters/{representation}/{model}"),
    conda:
        ANALYSIS
    resources:
        mem_mb=needs.by_attempt(needs.BASE_MB),
    params:
        flags=telling("", *drawn("mi_over_clusters")),
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
            "protocol {protocol}",
            figure="clusters of {model}",
            representation="{representation}",
        ),
    log:
        PATHS.log("plot_cluster_matrix/{representation}/{protocol}/{model}"),
    conda:
        ANALYSIS
    resources:
        mem_mb=needs.by_attempt(needs.BASE_MB),
    params:
        flags=telling(flags(criterion=STUDY.criterion), *drawn("cluster_matrix")),
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
            figure="best layers against scores, {protocol}",
            representation="{representation}",
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
            *drawn("brainscore"),
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
            figure="correlations and their uncertainty",
            representation="{representation}",
        ),
    log:
        PATHS.log("plot_correlations/{representation}"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(
            lambda wildcards: flags(representation=wildcards.representation, alpha=config["brainscore"]["alpha"]),
            *drawn("brainscore_correlations"),
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
            figure="by layer, with intervals, {protocol}",
            representation="{representation}",
        ),
    log:
        PATHS.log("plot_mi_intervals/{representation}/{protocol}"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(
            lambda wildcards: f"{flags(**dict(wildcards))} {STUDY.family_flags}",
            *drawn("mi_intervals"),
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
            "protocol {protocol}",
            figure="classes that clusters find",
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
            *drawn("class_recovery"),
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
            "all networks",
            figure="classes in the RDMs, without clusters",
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
            *drawn("probes"),
        ),
    message:
        "Figure: probes, {wildcards.representation}"
    shell:
        "python {input.script} {params.flags} --probes {input.probes} --output {output} 2> {log}"
