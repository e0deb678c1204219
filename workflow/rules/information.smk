# What clusters and distances tell about the human labels, how certain that is, and the tables of all networks.


rule compute_information:
    input:
        **program("compute_information"),
        index=PATHS.index,
        clusters=PATHS.clusters,
    output:
        row=PATHS.information,
        curve=PATHS.curve,
    log:
        PATHS.log("compute_information/{representation}/{protocol}/{model}/{layer}"),
    conda:
        ANALYSIS
    resources:
        mem_mb=needs.by_attempt(needs.BASE_MB),
        runtime=needs.by_attempt(15),
    params:
        flags=telling(lambda wildcards: flags(model=wildcards.model), "information", "curve"),
    message:
        "Mutual information of {wildcards.model} {wildcards.layer}, {wildcards.representation}, {wildcards.protocol}"
    shell:
        "python {input.script} {params.flags} --clusters {input.clusters} --index {input.index}"
        " --output {output.row} --output-curve {output.curve} 2> {log}"


rule tabulate_mi:
    input:
        **program("tabulate_mi"),
        rows=STUDY.expand(PATHS.information),
    output:
        PATHS.table("mi"),
    log:
        PATHS.log("tabulate_mi"),
    localrule: True
    conda:
        ANALYSIS
    params:
        rows=listed("rows"),
        flags=telling("", "table.mi"),
    message:
        "Table of mutual information"
    shell:
        "python {input.script} {params.flags} --information {params.rows} --output {output} 2> {log}"


rule select_best_mi:
    input:
        **program("select_best_mi"),
        mi=PATHS.table("mi") if STUDY.labelled else [],
        others=PATHS.table(STUDY.criterion_table) if STUDY.criterion_table else [],
    output:
        PATHS.table("best_mi"),
    log:
        PATHS.log("select_best_mi"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(flags(criterion=STUDY.criterion), "table.best_mi"),
    message:
        "Best layers"
    shell:
        "python {input.script} {params.flags} --mi {input.mi} --others {input.others} --output {output} 2> {log}"


rule infer_information:
    input:
        **program("infer_information"),
        index=PATHS.index,
        clusters=layers_of(PATHS.clusters),
    output:
        information=PATHS.inference,
        recovery=PATHS.recovery,
        deviations=PATHS.deviations,
    log:
        PATHS.log("infer_information/{representation}/{protocol}/{model}"),
    benchmark:
        PATHS.benchmark("infer_information/{representation}/{protocol}/{model}")
    conda:
        ANALYSIS
    resources:
        mem_mb=needs.by_attempt(needs.BASE_MB + 400),
        runtime=needs.by_attempt(30),
    params:
        flags=telling(
            lambda wildcards: flags(
                model=wildcards.model,
                **{name: config["inference"][name] for name in ("seed", "permutations", "bootstraps", "confidence")},
            ),
            "inference",
            "recovery",
            "deviations",
        ),
    message:
        "Uncertainty of {wildcards.model}, {wildcards.representation}, {wildcards.protocol}"
    shell:
        "python {input.script} {params.flags} --clusters {input.clusters} --index {input.index}"
        " --output {output.information} --output-recovery {output.recovery}"
        " --output-deviations {output.deviations} 2> {log}"


rule resample_trees:
    input:
        **program("resample_trees"),
        index=PATHS.index,
        rdm=layers_of(PATHS.rdm),
    output:
        PATHS.halves,
    log:
        PATHS.log("resample_trees/{representation}/{protocol}/{model}"),
    benchmark:
        PATHS.benchmark("resample_trees/{representation}/{protocol}/{model}")
    conda:
        ANALYSIS
    resources:
        mem_mb=needs.by_attempt(needs.halves_mb(STUDY.n_images)),
        runtime=needs.by_attempt(240),
    params:
        flags=telling(
            lambda wildcards: flags(
                model=wildcards.model,
                protocol=wildcards.protocol,
                measures=list(dict.fromkeys(["mi_nsb_bits", STUDY.measure])),
                splits=config["inference"]["splits"],
                seed=config["inference"]["seed"],
            ),
            "halves",
        ),
    message:
        "Trees on halves of the images for {wildcards.model}, {wildcards.representation}, {wildcards.protocol}"
    shell:
        "python {input.script} {params.flags} --rdm {input.rdm} --index {input.index} --output {output} 2> {log}"


rule tabulate_trees:
    input:
        **program("tabulate_trees"),
        halves=STUDY.expand(PATHS.halves),
        mi=PATHS.table("mi"),
    output:
        trees=PATHS.table("mi_trees"),
        best=PATHS.table("best_mi_halves"),
    log:
        PATHS.log("tabulate_trees"),
    localrule: True
    conda:
        ANALYSIS
    params:
        halves=listed("halves"),
        flags=telling(
            flags(measure=STUDY.measure, confidence=config["inference"]["confidence"]),
            "table.mi_trees",
            "table.best_mi_halves",
        ),
    message:
        "Tables of trees on halves of the images"
    shell:
        "python {input.script} {params.flags} --halves {params.halves} --mi {input.mi}"
        " --output-trees {output.trees} --output-best {output.best} 2> {log}"


rule probe_rdm:
    input:
        **program("probe_rdm"),
        index=PATHS.index,
        rdm=layers_of(PATHS.rdm),
    output:
        probes=PATHS.probes,
        classes=PATHS.class_probes,
        deviations=PATHS.probe_deviations,
    log:
        PATHS.log("probe_rdm/{representation}/{model}"),
    benchmark:
        PATHS.benchmark("probe_rdm/{representation}/{model}")
    conda:
        ANALYSIS
    threads: 4
    resources:
        mem_mb=needs.by_attempt(needs.probes_mb(STUDY.n_images)),
        runtime=needs.by_attempt(240),
    params:
        flags=telling(
            lambda wildcards: flags(
                model=wildcards.model,
                protocols=STUDY.protocols,
                neighbours=config["inference"]["neighbours"],
                seed=config["inference"]["seed"],
                bootstraps=config["inference"]["bootstraps"],
            ),
            "probes",
            "class_probes",
            "probe_deviations",
        ),
    message:
        "Probe the RDMs of {wildcards.model}, {wildcards.representation}"
    shell:
        "python {input.script} {params.flags} --rdm {input.rdm} --index {input.index}"
        " --output {output.probes} --output-classes {output.classes}"
        " --output-deviations {output.deviations} 2> {log}"


rule tabulate_inference:
    input:
        **program("tabulate_inference"),
        information=STUDY.expand(PATHS.inference),
        recovery=STUDY.expand(PATHS.recovery),
        probes=STUDY.expand(PATHS.probes),
        class_probes=STUDY.expand(PATHS.class_probes),
    output:
        information=PATHS.table("mi_inference"),
        recovery=PATHS.table("class_recovery"),
        probes=PATHS.table("probes"),
        class_probes=PATHS.table("class_probes"),
    log:
        PATHS.log("tabulate_inference"),
    localrule: True
    conda:
        ANALYSIS
    params:
        information=listed("information"),
        recovery=listed("recovery"),
        probes=listed("probes"),
        class_probes=listed("class_probes"),
        flags=telling("", "table.mi_inference", "table.class_recovery", "table.probes", "table.class_probes"),
    message:
        "Tables of uncertainty, recovered classes and probes"
    shell:
        "python {input.script} {params.flags} --information {params.information} --recovery {params.recovery} --probes {params.probes}"
        " --class-probes {params.class_probes} --output-information {output.information}"
        " --output-recovery {output.recovery} --output-probes {output.probes}"
        " --output-class-probes {output.class_probes} 2> {log}"
