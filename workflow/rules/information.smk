# What the clusters tell about the human labels, and the tables of all networks.


rule compute_information:
    input:
        script=program("compute_information"),
        library=library("compute_information"),
        index=INDEX,
        clusters=f"{RESULTS}/clusters/{{protocol}}/{{model}}/{{layer}}.h5",
    output:
        row=f"{RESULTS}/information/{{protocol}}/{{model}}/{{layer}}.tsv",
        curve=f"{RESULTS}/information/{{protocol}}/{{model}}/{{layer}}.curve.tsv",
    log:
        f"{RESULTS}/logs/compute_information/{{protocol}}/{{model}}/{{layer}}.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs.by_attempt(needs.BASE_MB),
        runtime=needs.by_attempt(15),
    params:
        flags=lambda wildcards: flags(model=wildcards.model),
    shell:
        "python {input.script} {params.flags} --clusters {input.clusters} --index {input.index}"
        " --output {output.row} --output-curve {output.curve} 2> {log}"


rule tabulate_mi:
    input:
        script=program("tabulate_mi"),
        library=library("tabulate_mi"),
        rows=STUDY.per_protocol(STUDY.per_layer("{results}/information/{{protocol}}/{model}/{layer}.tsv")),
    output:
        report(
            f"{RESULTS}/tables/mi.tsv",
            caption="../report/tables.rst",
            category="5 Tables",
            labels={"table": "all layers"},
        ),
    log:
        f"{RESULTS}/logs/tabulate_mi.log",
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    shell:
        "python {input.script} --information {input.rows} --output {output} 2> {log}"


rule select_best_mi:
    input:
        script=program("select_best_mi"),
        library=library("select_best_mi"),
        mi=f"{RESULTS}/tables/mi.tsv",
    output:
        report(
            f"{RESULTS}/tables/best_mi.tsv",
            caption="../report/tables.rst",
            category="5 Tables",
            labels={"table": "best layers"},
        ),
    log:
        f"{RESULTS}/logs/select_best_mi.log",
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    shell:
        "python {input.script} --mi {input.mi} --output {output} 2> {log}"


rule mi:
    input:
        rules.tabulate_mi.output,


rule best_mi:
    input:
        rules.select_best_mi.output,
