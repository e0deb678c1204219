# The same study under every combination of choices. What an extraction of its own needs is made in a folder of its own,
# by the rules of the study; images, weights and the study's own branch are shared.
from planning.multiverse import Multiverse

MULTIVERSE = Multiverse.from_config(config, RESULTS)
BRANCH = f"{RESULTS}/multiverse/{{branch}}"
BRANCH_GRAM = f"{BRANCH}/gram/{{model}}.h5"


wildcard_constraints:
    branch=MULTIVERSE.branch_pattern,


use rule extract_gram as extract_branch_gram with:
    output:
        BRANCH_GRAM if KEEP_GRAM else temp(BRANCH_GRAM),
    log:
        f"{RESULTS}/logs/multiverse/{{branch}}/extract_gram/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/multiverse/{{branch}}/extract_gram/{{model}}.tsv"
    params:
        flags=lambda wildcards: (
            f"{STUDY.network(wildcards).taps_flags} {MULTIVERSE.branch(wildcards).extraction_flags} {PRECISION}"
        ),


use rule compute_rdm as compute_branch_rdm with:
    input:
        script=program("compute_rdm"),
        library=library("compute_rdm"),
        gram=BRANCH_GRAM,
    output:
        f"{BRANCH}/rdm/{{model}}/{{layer}}.h5",
    log:
        f"{RESULTS}/logs/multiverse/{{branch}}/compute_rdm/{{model}}/{{layer}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/multiverse/{{branch}}/compute_rdm/{{model}}/{{layer}}.tsv"


use rule cluster_images as cluster_branch_images with:
    input:
        script=program("cluster_images"),
        library=library("cluster_images"),
        index=INDEX,
        rdm=f"{BRANCH}/rdm/{{model}}/{{layer}}.h5",
    output:
        f"{BRANCH}/clusters/{{protocol}}/{{model}}/{{layer}}.h5",
    log:
        f"{RESULTS}/logs/multiverse/{{branch}}/cluster_images/{{protocol}}/{{model}}/{{layer}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/multiverse/{{branch}}/cluster_images/{{protocol}}/{{model}}/{{layer}}.tsv"


use rule compute_information as compute_branch_information with:
    input:
        script=program("compute_information"),
        library=library("compute_information"),
        index=INDEX,
        clusters=f"{BRANCH}/clusters/{{protocol}}/{{model}}/{{layer}}.h5",
    output:
        row=f"{BRANCH}/information/{{protocol}}/{{model}}/{{layer}}.tsv",
        curve=f"{BRANCH}/information/{{protocol}}/{{model}}/{{layer}}.curve.tsv",
    log:
        f"{RESULTS}/logs/multiverse/{{branch}}/compute_information/{{protocol}}/{{model}}/{{layer}}.log",


use rule tabulate_mi as tabulate_branch_mi with:
    input:
        script=program("tabulate_mi"),
        library=library("tabulate_mi"),
        rows=[
            row.replace(RESULTS, BRANCH, 1)
            for row in STUDY.per_protocol(STUDY.per_layer("{results}/information/{{protocol}}/{model}/{layer}.tsv"))
        ],
    output:
        f"{BRANCH}/tables/mi.tsv",
    log:
        f"{RESULTS}/logs/multiverse/{{branch}}/tabulate_mi.log",


use rule select_best_mi as select_branch_best_mi with:
    input:
        script=program("select_best_mi"),
        library=library("select_best_mi"),
        mi=f"{BRANCH}/tables/mi.tsv",
    output:
        f"{BRANCH}/tables/best_mi.tsv",
    log:
        f"{RESULTS}/logs/multiverse/{{branch}}/select_best_mi.log",


rule correlate_multiverse:
    input:
        script=program("correlate_multiverse"),
        library=library("correlate_multiverse"),
        best_mi=[branch.best_mi for branch in MULTIVERSE.branches],
        brainscore=SCORES,
        composition=COMPOSITION,
        published=MULTIVERSE.published or [],
    output:
        results=report(
            f"{RESULTS}/tables/multiverse.tsv",
            caption="../report/multiverse.rst",
            category="6 Multiverse",
            labels={"page": "all correlations"},
        ),
        changes=report(
            f"{RESULTS}/tables/multiverse_changes.tsv",
            caption="../report/multiverse_changes.rst",
            category="6 Multiverse",
            labels={"page": "what each choice changes"},
        ),
    log:
        f"{RESULTS}/logs/correlate_multiverse.log",
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        flags=f"{SCORE_FLAGS} {MULTIVERSE.correlation_flags} {flags(alpha=config['brainscore']['alpha'])}",
    shell:
        "python {input.script} {params.flags} --brainscore {input.brainscore}"
        " --output {output.results} --output-changes {output.changes} 2> {log}"


rule plot_multiverse:
    input:
        script=program("plot_multiverse"),
        library=library("plot_multiverse"),
        results=f"{RESULTS}/tables/multiverse.tsv",
    output:
        png=report(
            f"{RESULTS}/figures/multiverse.png",
            caption="../report/multiverse.rst",
            category="6 Multiverse",
            labels={"page": "figure"},
        ),
        svg=f"{RESULTS}/figures/multiverse.svg",
    log:
        f"{RESULTS}/logs/plot_multiverse.log",
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        flags=flags(alpha=config["brainscore"]["alpha"]),
    shell:
        "python {input.script} {params.flags} --results {input.results} --output {output} 2> {log}"


rule multiverse:
    input:
        rules.correlate_multiverse.output,
        rules.plot_multiverse.output,
