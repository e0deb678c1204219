# The best layers against Brain-Score, over networks.
SCORES = shipped(config["brainscore"]["table"])
IS_LEADERBOARD = config["brainscore"]["format"] == "leaderboard"
# What a leaderboard's aggregates are made of.
COMPOSITION = shipped(config["brainscore"]["composition"]) if IS_LEADERBOARD else []
# What the scores of a table have of zeros; an export tells it itself, and of the paper's table it is shipped.
ZERO_FILLED = shipped(config["brainscore"]["zero_filled"]) if "zero_filled" in config["brainscore"] else []
SCORE_FILES = {"composition": COMPOSITION, "zero_filled": ZERO_FILLED}
SCORE_FLAGS = STUDY.score_flags(config["brainscore"] | SCORE_FILES)


rule join_brainscore:
    input:
        **program("join_brainscore"),
        **SCORE_FILES,
        best_mi=PATHS.table("best_mi"),
        brainscore=SCORES,
    output:
        PATHS.table("brainscore_scores"),
    log:
        PATHS.log("join_brainscore"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(
            f"{SCORE_FLAGS} {flags(aggregate=config['brainscore']['aggregate'])}"
            f" {STUDY.family_flags} {STUDY.match_flags}",
            "table.brainscore_scores",
        ),
    message:
        "Join the best layers with Brain-Scores"
    shell:
        "python {input.script} {params.flags} --best-mi {input.best_mi} --brainscore {input.brainscore}"
        " --output {output} 2> {log}"


rule correlate_brainscore:
    input:
        **program("correlate_brainscore"),
        scores=PATHS.table("brainscore_scores"),
        # How mutual information varies with the images drawn, the same ones for all networks.
        mi_deviations=STUDY.expand(PATHS.deviations) if STUDY.criterion == "mi_nsb_bits" else [],
    output:
        PATHS.table("brainscore_correlations"),
    log:
        PATHS.log("correlate_brainscore"),
    localrule: True
    conda:
        ANALYSIS
    params:
        mi_deviations=listed("mi_deviations"),
        flags=telling(
            flags(
                alpha=config["brainscore"]["alpha"],
                equivalence_bound=config["brainscore"]["equivalence_bound"],
            ),
            "table.brainscore_correlations",
        ),
    message:
        "Correlate the best layers with Brain-Scores"
    shell:
        "python {input.script} {params.flags} --scores {input.scores} --mi-deviations {params.mi_deviations}"
        " --output {output} 2> {log}"


rule tabulate_brainscore_coverage:
    input:
        **program("tabulate_brainscore_coverage"),
        **SCORE_FILES,
        brainscore=SCORES,
    output:
        PATHS.table("brainscore_coverage"),
    log:
        PATHS.log("tabulate_brainscore_coverage"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(SCORE_FLAGS, "table.brainscore_coverage"),
    message:
        "Which benchmarks the Brain-Scores rest on"
    shell:
        "python {input.script} {params.flags} --brainscore {input.brainscore} --output {output} 2> {log}"
