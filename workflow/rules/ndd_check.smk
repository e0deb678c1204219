# Cross-check: the same mutual information by ndd itself, in an environment of its own. Not part of the study.


rule build_ndd_environment:
    input:
        script=programs.relative(WORKFLOW.parent / "envs" / "install_ndd.sh"),
    output:
        directory(f"{RESULTS}/ndd_check/environment"),
    log:
        f"{RESULTS}/logs/build_ndd_environment.log",
    localrule: True
    conda:
        "../../envs/ndd.yaml"
    shell:
        "{input.script} {output} > {log} 2>&1"


rule tabulate_contingency:
    input:
        script=program("tabulate_contingency"),
        library=library("tabulate_contingency"),
        index=INDEX,
        clusters=STUDY.per_protocol(STUDY.per_layer("{results}/clusters/{{protocol}}/{model}/{layer}.h5")),
    output:
        f"{RESULTS}/ndd_check/contingency.tsv",
    log:
        f"{RESULTS}/logs/tabulate_contingency.log",
    conda:
        "../../envs/analysis.yaml"
    shell:
        "python {input.script} --clusters {input.clusters} --index {input.index} --output {output} 2> {log}"


rule compute_ndd:
    input:
        script=program("compute_ndd"),
        environment=ancient(f"{RESULTS}/ndd_check/environment"),
        contingency=f"{RESULTS}/ndd_check/contingency.tsv",
    output:
        f"{RESULTS}/ndd_check/ndd.tsv",
    log:
        f"{RESULTS}/logs/compute_ndd.log",
    conda:
        "../../envs/ndd.yaml"
    shell:
        "{input.environment}/bin/python {input.script} --contingency {input.contingency} --output {output} 2> {log}"


rule compare_ndd:
    input:
        script=program("compare_ndd"),
        library=library("compare_ndd"),
        mi=f"{RESULTS}/tables/mi.tsv",
        ndd=f"{RESULTS}/ndd_check/ndd.tsv",
    output:
        f"{RESULTS}/tables/ndd_check.tsv",
    log:
        f"{RESULTS}/logs/compare_ndd.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        flags=flags(tolerance=1e-5),
    shell:
        "python {input.script} {params.flags} --mi {input.mi} --ndd {input.ndd} --output {output} 2> {log}"


rule ndd_check:
    input:
        rules.compare_ndd.output,
