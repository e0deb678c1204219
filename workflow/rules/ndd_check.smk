# Cross-check: the same mutual information by ndd itself, in an environment of its own. Not part of the study.


rule build_ndd_environment:
    input:
        script=programs.relative(WORKFLOW.parent / "envs" / "install_ndd.sh"),
    output:
        directory(f"{STUDY.results}/ndd_check/environment"),
    log:
        PATHS.log("build_ndd_environment"),
    localrule: True
    conda:
        NDD
    message:
        "Build ndd"
    shell:
        "{input.script} {output} > {log} 2>&1"


rule tabulate_contingency:
    input:
        **program("tabulate_contingency"),
        index=PATHS.index,
        clusters=STUDY.expand(PATHS.clusters),
    output:
        f"{STUDY.results}/ndd_check/contingency.tsv",
    log:
        PATHS.log("tabulate_contingency"),
    conda:
        ANALYSIS
    params:
        clusters=listed("clusters"),
        flags=telling("", "ndd.contingency"),
    message:
        "Contingency tables for ndd"
    shell:
        "python {input.script} {params.flags} --clusters {params.clusters} --index {input.index} --output {output} 2> {log}"


rule compute_ndd:
    input:
        **program("compute_ndd"),
        environment=ancient(f"{STUDY.results}/ndd_check/environment"),
        contingency=f"{STUDY.results}/ndd_check/contingency.tsv",
    output:
        f"{STUDY.results}/ndd_check/ndd.tsv",
    log:
        PATHS.log("compute_ndd"),
    conda:
        NDD
    message:
        "Mutual information by ndd"
    shell:
        "{input.environment}/bin/python {input.script} --contingency {input.contingency} --output {output} 2> {log}"


rule compare_ndd:
    input:
        **program("compare_ndd"),
        mi=PATHS.table("mi"),
        ndd=f"{STUDY.results}/ndd_check/ndd.tsv",
    output:
        PATHS.table("ndd_check"),
    log:
        PATHS.log("compare_ndd"),
    conda:
        ANALYSIS
    params:
        flags=telling(flags(tolerance=1e-5), "table.ndd_check"),
    message:
        "Compare with ndd"
    shell:
        "python {input.script} {params.flags} --mi {input.mi} --ndd {input.ndd} --output {output} 2> {log}"
