# Best mutual information against Brain-Score, over networks.

SCORES = config["brainscore"]["table"]
IS_LEADERBOARD = config["brainscore"]["format"] == "leaderboard"
# What a leaderboard's aggregates are made of.
COMPOSITION = config["brainscore"]["composition"] if IS_LEADERBOARD else []
SCORE_FLAGS = STUDY.score_flags(config["brainscore"])
# How mutual information varies with the images drawn, the same ones for all networks.
MI_DEVIATIONS = {
    (protocol, model): f"{RESULTS}/inference/{protocol}/{model}.deviations.tsv"
    for protocol in STUDY.protocols
    for model in STUDY.networks
}


rule join_brainscore:
    input:
        script=program("join_brainscore"),
        library=library("join_brainscore"),
        best_mi=f"{RESULTS}/tables/best_mi.tsv",
        brainscore=SCORES,
        composition=COMPOSITION,
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
        flags=f"{SCORE_FLAGS} {flags(aggregate=config['brainscore']['aggregate'])}"
        f" {STUDY.family_flags} {STUDY.match_flags}",
    shell:
        "python {input.script} {params.flags} --best-mi {input.best_mi} --brainscore {input.brainscore}"
        " --output {output} 2> {log}"


rule correlate_brainscore:
    input:
        script=program("correlate_brainscore"),
        library=library("correlate_brainscore"),
        scores=f"{RESULTS}/tables/brainscore_scores.tsv",
        mi_deviations=list(MI_DEVIATIONS.values()),
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
        flags=" ".join(
            [
                flags(
                    alpha=config["brainscore"]["alpha"],
                    equivalence_bound=config["brainscore"]["equivalence_bound"],
                ),
                *(flags(mi_deviations=[*key, path]) for key, path in MI_DEVIATIONS.items()),
            ]
        ),
    shell:
        "python {input.script} {params.flags} --scores {input.scores} --output {output} 2> {log}"


rule tabulate_brainscore_coverage:
    input:
        script=program("tabulate_brainscore_coverage"),
        library=library("tabulate_brainscore_coverage"),
        brainscore=SCORES,
        composition=COMPOSITION,
    output:
        report(
            f"{RESULTS}/tables/brainscore_coverage.tsv",
            caption="../report/brainscore_coverage.rst",
            category="5 Tables",
            labels={"table": "Coverage of Brain-Scores"},
        ),
    log:
        f"{RESULTS}/logs/tabulate_brainscore_coverage.log",
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    params:
        flags=SCORE_FLAGS,
    shell:
        "python {input.script} {params.flags} --brainscore {input.brainscore} --output {output} 2> {log}"


rule brainscore:
    input:
        rules.join_brainscore.output,
        rules.correlate_brainscore.output,
        rules.tabulate_brainscore_coverage.output if IS_LEADERBOARD else [],
