# Best mutual information against Brain-Score, over networks.


rule join_brainscore:
    input:
        script=program("join_brainscore"),
        library=library("join_brainscore"),
        best_mi=f"{RESULTS}/tables/best_mi.tsv",
        brainscore=config["brainscore"]["table"],
    output:
        report(
            f"{RESULTS}/tables/brainscore_scores.tsv",
            caption="../report/tables.rst",
            category="5 Tables",
            labels={"table": "Brain-Scores"},
        ),
    log:
        f"{RESULTS}/logs/join_brainscore.log",
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        flags=flags(
            benchmarks=config["brainscore"]["benchmarks"],
            ids=[f"{model}={network.brainscore_id or ''}" for model, network in STUDY.networks.items()],
        ),
    shell:
        "python {input.script} {params.flags} --best-mi {input.best_mi} --brainscore {input.brainscore}"
        " --output {output} 2> {log}"


rule correlate_brainscore:
    input:
        script=program("correlate_brainscore"),
        library=library("correlate_brainscore"),
        scores=f"{RESULTS}/tables/brainscore_scores.tsv",
    output:
        report(
            f"{RESULTS}/tables/brainscore_correlations.tsv",
            caption="../report/tables.rst",
            category="5 Tables",
            labels={"table": "Brain-Score correlations"},
        ),
    log:
        f"{RESULTS}/logs/correlate_brainscore.log",
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        flags=flags(alpha=config["brainscore"]["alpha"]),
    shell:
        "python {input.script} {params.flags} --scores {input.scores} --output {output} 2> {log}"


rule brainscore:
    input:
        rules.join_brainscore.output,
        rules.correlate_brainscore.output,
