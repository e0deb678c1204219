# How certain mutual information is, which classes clusters find, and what representations tell without clusters.


rule infer_information:
    input:
        script=program("infer_information"),
        library=library("infer_information"),
        index=INDEX,
        clusters=lambda wildcards: [
            f"{RESULTS}/clusters/{wildcards.protocol}/{wildcards.model}/{layer}.h5"
            for layer in STUDY.network(wildcards).layers
        ],
    output:
        information=f"{RESULTS}/inference/{{protocol}}/{{model}}.tsv",
        recovery=f"{RESULTS}/inference/{{protocol}}/{{model}}.classes.tsv",
        deviations=f"{RESULTS}/inference/{{protocol}}/{{model}}.deviations.tsv",
    log:
        f"{RESULTS}/logs/infer_information/{{protocol}}/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/infer_information/{{protocol}}/{{model}}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs.by_attempt(needs.BASE_MB + 400),
        runtime=needs.by_attempt(30),
    params:
        flags=lambda wildcards: flags(
            model=wildcards.model,
            seed=config["inference"]["seed"],
            permutations=config["inference"]["permutations"],
            bootstraps=config["inference"]["bootstraps"],
            confidence=config["inference"]["confidence"],
        ),
    shell:
        "python {input.script} {params.flags} --clusters {input.clusters} --index {input.index}"
        " --output {output.information} --output-recovery {output.recovery}"
        " --output-deviations {output.deviations} 2> {log}"


rule probe_rdm:
    input:
        script=program("probe_rdm"),
        library=library("probe_rdm"),
        index=INDEX,
        rdm=lambda wildcards: [
            f"{RESULTS}/rdm/{wildcards.model}/{layer}.h5" for layer in STUDY.network(wildcards).layers
        ],
    output:
        probes=f"{RESULTS}/probes/{{model}}.tsv",
        classes=f"{RESULTS}/probes/{{model}}.classes.tsv",
    log:
        f"{RESULTS}/logs/probe_rdm/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/probe_rdm/{{model}}.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 4
    resources:
        mem_mb=needs.by_attempt(needs.probes_mb(STUDY.n_images)),
        runtime=needs.by_attempt(240),
    params:
        flags=lambda wildcards: flags(
            model=wildcards.model,
            protocols=STUDY.protocols,
            neighbours=config["inference"]["neighbours"],
        ),
    shell:
        "python {input.script} {params.flags} --rdm {input.rdm} --index {input.index}"
        " --output {output.probes} --output-classes {output.classes} 2> {log}"


rule tabulate_inference:
    input:
        script=program("tabulate_inference"),
        library=library("tabulate_inference"),
        information=STUDY.per_protocol(STUDY.per_network("{results}/inference/{{protocol}}/{model}.tsv")),
        recovery=STUDY.per_protocol(STUDY.per_network("{results}/inference/{{protocol}}/{model}.classes.tsv")),
        probes=STUDY.per_network("{results}/probes/{model}.tsv"),
        class_probes=STUDY.per_network("{results}/probes/{model}.classes.tsv"),
    output:
        information=report(
            f"{RESULTS}/tables/mi_inference.tsv",
            caption="../report/tables.rst",
            category="5 Tables",
            labels={"table": "uncertainty of mutual information"},
        ),
        recovery=report(
            f"{RESULTS}/tables/class_recovery.tsv",
            caption="../report/tables.rst",
            category="5 Tables",
            labels={"table": "recovered classes"},
        ),
        probes=report(
            f"{RESULTS}/tables/probes.tsv",
            caption="../report/tables.rst",
            category="5 Tables",
            labels={"table": "probes"},
        ),
        class_probes=report(
            f"{RESULTS}/tables/class_probes.tsv",
            caption="../report/tables.rst",
            category="5 Tables",
            labels={"table": "probes by class"},
        ),
    log:
        f"{RESULTS}/logs/tabulate_inference.log",
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    shell:
        "python {input.script} --information {input.information} --recovery {input.recovery} --probes {input.probes}"
        " --class-probes {input.class_probes} --output-information {output.information}"
        " --output-recovery {output.recovery} --output-probes {output.probes}"
        " --output-class-probes {output.class_probes} 2> {log}"


rule plot_mi_intervals:
    input:
        script=program("plot_mi_intervals"),
        library=library("plot_mi_intervals"),
        inference=f"{RESULTS}/tables/mi_inference.tsv",
    output:
        png=report(
            f"{RESULTS}/figures/mi_intervals/{{protocol}}.png",
            caption="../report/mi_intervals.rst",
            category="1 Mutual information",
            labels={"figure": "uncertainty, {protocol}", "network": "all"},
        ),
        svg=f"{RESULTS}/figures/mi_intervals/{{protocol}}.svg",
    log:
        f"{RESULTS}/logs/plot_mi_intervals/{{protocol}}.log",
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        flags=lambda wildcards: f"{flags(protocol=wildcards.protocol)} {FAMILIES}",
    shell:
        "python {input.script} {params.flags} --inference {input.inference} --output {output} 2> {log}"


rule plot_class_recovery:
    input:
        script=program("plot_class_recovery"),
        library=library("plot_class_recovery"),
        inference=f"{RESULTS}/tables/mi_inference.tsv",
        recovery=f"{RESULTS}/tables/class_recovery.tsv",
    output:
        png=report(
            f"{RESULTS}/figures/class_recovery/{{protocol}}.png",
            caption="../report/class_recovery.rst",
            category="4 Clusters against classes",
            subcategory="{protocol}",
            labels={"network": "all", "protocol": "{protocol}"},
        ),
        svg=f"{RESULTS}/figures/class_recovery/{{protocol}}.svg",
    log:
        f"{RESULTS}/logs/plot_class_recovery/{{protocol}}.log",
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        flags=lambda wildcards: flags(protocol=wildcards.protocol),
    shell:
        "python {input.script} {params.flags} --inference {input.inference} --recovery {input.recovery}"
        " --output {output} 2> {log}"


rule plot_probes:
    input:
        script=program("plot_probes"),
        library=library("plot_probes"),
        probes=f"{RESULTS}/tables/probes.tsv",
    output:
        png=report(
            f"{RESULTS}/figures/probes.png",
            caption="../report/probes.rst",
            category="3 Representational dissimilarity",
            subcategory="all",
            labels={"network": "all", "layer": "all"},
        ),
        svg=f"{RESULTS}/figures/probes.svg",
    log:
        f"{RESULTS}/logs/plot_probes.log",
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        flags=FAMILIES,
    shell:
        "python {input.script} {params.flags} --probes {input.probes} --output {output} 2> {log}"


rule export_rdms:
    input:
        script=program("export_rdms"),
        library=library("export_rdms"),
        index=INDEX,
        rdm=lambda wildcards: [
            f"{RESULTS}/rdm/{wildcards.model}/{layer}.h5" for layer in STUDY.network(wildcards).layers
        ],
    output:
        npz=f"{RESULTS}/rdm_exports/{{model}}.{{dissimilarity}}.npz",
        rsatoolbox=f"{RESULTS}/rdm_exports/{{model}}.{{dissimilarity}}.pkl",
    log:
        f"{RESULTS}/logs/export_rdms/{{model}}.{{dissimilarity}}.log",
    wildcard_constraints:
        dissimilarity="euclidean|cosine",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs.by_attempt(
            needs.exports_mb(STUDY.n_images, max(len(network.layers) for network in STUDY.networks.values()))
        ),
        runtime=needs.by_attempt(30),
    params:
        flags=lambda wildcards: flags(model=wildcards.model, dissimilarity=wildcards.dissimilarity),
    shell:
        "python {input.script} {params.flags} --rdm {input.rdm} --index {input.index}"
        " --output-npz {output.npz} --output-rsatoolbox {output.rsatoolbox} 2> {log}"


rule inference:
    input:
        rules.tabulate_inference.output,
        [
            f"{figure}.{suffix}"
            for figure in STUDY.per_protocol(
                [f"{RESULTS}/figures/mi_intervals/{{protocol}}", f"{RESULTS}/figures/class_recovery/{{protocol}}"]
            )
            + [f"{RESULTS}/figures/probes"]
            for suffix in ("png", "svg")
        ],


# Not part of `all`: copies of the RDMs for other programs.
rule rdm_exports:
    input:
        [
            f"{file}.{dissimilarity}.{suffix}"
            for file in STUDY.per_network("{results}/rdm_exports/{model}")
            for dissimilarity in ("euclidean", "cosine")
            for suffix in ("npz", "pkl")
        ],
