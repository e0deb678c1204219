# The same study under all combinations of the options that its config lists. What an extraction of its own needs is
# made in a folder of its own, by the rules of the study; images, weights and the study's own branch are shared.
BRANCH = Paths(f"{STUDY.results}/multiverse/{{branch}}")


wildcard_constraints:
    branch=MULTIVERSE.branch_pattern,
    fit=any_of(MULTIVERSE.other_fits),


use rule decode_images as decode_branch_images with:
    output:
        f"{STUDY.results}/multiverse/images/{{fit}}.h5",
    log:
        PATHS.log("multiverse/decode_images/{fit}"),
    resources:
        lineages=told_of("fit.pixels"),
        mem_mb=needs.by_attempt(needs.BASE_MB + 200),
        runtime=needs.by_attempt(30),
        disk_mb=needs.pixels_mb(STUDY.n_images, config["images"]["size"]),
        images=STUDY.image_folder,
    params:
        flags=lambda wildcards: flags(size=config["images"]["size"], fit=wildcards.fit),
        lineages=lineages_of("fit.pixels"),


use rule extract_representations as extract_branch_representations with:
    input:
        **program("extract_representations"),
        index=PATHS.index,
        pixels=lambda wildcards: MULTIVERSE.branch(wildcards).pixels,
        weights=PATHS.weights,
        layers=layers_file,
    output:
        **vectors_of(BRANCH, STUDY.representations),
    log:
        PATHS.log("multiverse/{branch}/extract_representations/{model}"),
    benchmark:
        PATHS.benchmark("multiverse/{branch}/extract_representations/{model}")
    params:
        flags=telling(
            lambda wildcards: (
                f"{MULTIVERSE.branch(wildcards).network(STUDY.network(wildcards)).taps_flags}"
                f" {MULTIVERSE.branch(wildcards).extraction_flags}"
                f" {flags(precision=config['precision'])}"
            ),
            "vectors",
        ),


use rule compute_rdm as compute_branch_rdm with:
    input:
        **program("compute_rdm"),
        vectors=BRANCH.vectors(),
    output:
        BRANCH.rdm,
    log:
        PATHS.log("multiverse/{branch}/compute_rdm/{representation}/{model}/{layer}"),
    benchmark:
        PATHS.benchmark("multiverse/{branch}/compute_rdm/{representation}/{model}/{layer}")


use rule cluster_images as cluster_branch_images with:
    input:
        **program("cluster_images"),
        index=PATHS.index,
        rdm=BRANCH.rdm,
    output:
        BRANCH.clusters,
    log:
        PATHS.log("multiverse/{branch}/cluster_images/{representation}/{protocol}/{model}/{layer}"),
    benchmark:
        PATHS.benchmark("multiverse/{branch}/cluster_images/{representation}/{protocol}/{model}/{layer}")


use rule compute_information as compute_branch_information with:
    input:
        **program("compute_information"),
        index=PATHS.index,
        clusters=BRANCH.clusters,
    output:
        row=BRANCH.information,
        curve=BRANCH.curve,
    log:
        PATHS.log("multiverse/{branch}/compute_information/{representation}/{protocol}/{model}/{layer}"),


use rule tabulate_mi as tabulate_branch_mi with:
    input:
        **program("tabulate_mi"),
        rows=STUDY.expand(BRANCH.information),
    output:
        BRANCH.table("mi"),
    log:
        PATHS.log("multiverse/{branch}/tabulate_mi"),


rule tabulate_curves:
    input:
        **program("tabulate_curves"),
        curves=STUDY.expand(PATHS.curve),
    output:
        PATHS.table("mi_curves"),
    log:
        PATHS.log("tabulate_curves"),
    localrule: True
    conda:
        ANALYSIS
    params:
        curves=listed("curves"),
        flags=telling("", "table.mi_curves"),
    message:
        "Table of agreement by number of clusters"
    shell:
        "python {input.script} {params.flags} --curves {params.curves} --output {output} 2> {log}"


use rule tabulate_curves as tabulate_branch_curves with:
    input:
        **program("tabulate_curves"),
        curves=STUDY.expand(BRANCH.curve),
    output:
        BRANCH.table("mi_curves"),
    log:
        PATHS.log("multiverse/{branch}/tabulate_curves"),


# Only what the correlations take: estimates, without the draws and permutations of the study's own.
use rule measure_agreement as measure_branch_agreement with:
    input:
        **program("measure_agreement"),
        index=PATHS.index,
        evidence=PATHS.evidence,
        rdm=lambda wildcards: [file.format(branch=wildcards.branch) for file in layers_of(BRANCH.rdm)(wildcards)],
    output:
        rows=BRANCH.agreement,
        layers=BRANCH.agreement_by_layer,
    log:
        PATHS.log("multiverse/{branch}/measure_agreement/{representation}/{evidence}/{model}"),
    benchmark:
        PATHS.benchmark("multiverse/{branch}/measure_agreement/{representation}/{evidence}/{model}")
    params:
        flags=telling(
            lambda wildcards: flags(model=wildcards.model, protocols=STUDY.protocols),
            "agreement",
            "agreement_by_layer",
        ),
        deviations="",


use rule tabulate_agreement as tabulate_branch_agreement with:
    input:
        **program("tabulate_agreement"),
        agreement=HUMAN.expand(STUDY.expand(BRANCH.agreement), MULTIVERSE.evidence),
        layers=HUMAN.expand(STUDY.expand(BRANCH.agreement_by_layer), MULTIVERSE.evidence),
    output:
        rows=BRANCH.table("agreement"),
        layers=BRANCH.table("agreement_by_layer"),
    log:
        PATHS.log("multiverse/{branch}/tabulate_agreement"),


rule correlate_multiverse:
    input:
        **program("correlate_multiverse"),
        **SCORE_FILES,
        mi=[branch.paths.table("mi") for branch in MULTIVERSE.branches],
        curves=[branch.paths.table("mi_curves") for branch in MULTIVERSE.branches if MULTIVERSE.has_curves],
        agreement=MULTIVERSE.agreement_tables,
        others=MULTIVERSE.criterion_tables,
        brainscore=SCORES,
        published=shipped(MULTIVERSE.published) if MULTIVERSE.published else [],
    output:
        results=report(
            PATHS.table("multiverse"),
            caption="../report/multiverse.rst",
            category=CATEGORIES["multiverse"],
            labels={"page": "all correlations"},
        ),
        changes=report(
            PATHS.table("multiverse_changes"),
            caption="../report/multiverse_changes.rst",
            category=CATEGORIES["multiverse"],
            labels={"page": "what each choice changes"},
        ),
    log:
        PATHS.log("correlate_multiverse"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(
            f"{SCORE_FLAGS} {MULTIVERSE.correlation_flags} {flags(alpha=config['brainscore']['alpha'])}",
            "table.multiverse",
            "table.multiverse_changes",
        ),
    message:
        "Correlations under all combinations of the options listed"
    shell:
        "python {input.script} {params.flags} --brainscore {input.brainscore} --published {input.published}"
        " --output {output.results} --output-changes {output.changes} 2> {log}"


rule plot_multiverse:
    input:
        **program("plot_multiverse"),
        results=PATHS.table("multiverse"),
    output:
        **figure("multiverse", "multiverse_figure", "multiverse", figure="correlations under every choice"),
    log:
        PATHS.log("plot_multiverse"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(flags(alpha=config["brainscore"]["alpha"]), *drawn("multiverse")),
    message:
        "Figure: correlations under all combinations of the options listed"
    shell:
        "python {input.script} {params.flags} --results {input.results} --output {output} 2> {log}"
