# The study's Brain-Scores beside those of another day.

PREVIOUS = config["brainscore"]["previous"]


rule compare_leaderboards:
    input:
        **program("compare_leaderboards"),
        **SCORE_FILES,
        best_mi=PATHS.table("best_mi"),
        brainscore=SCORES,
        before=shipped(PREVIOUS["table"]),
    output:
        correlations=PATHS.table("brainscore_drift"),
        scores=PATHS.table("brainscore_drift_scores"),
        contents=PATHS.table("brainscore_drift_contents"),
    log:
        PATHS.log("compare_leaderboards"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(
            f"{SCORE_FLAGS} {flags(before_format=PREVIOUS['format'])}",
            "table.brainscore_drift",
            "table.brainscore_drift_scores",
            "table.brainscore_drift_contents",
        ),
    message:
        "Compare two files of Brain-Scores"
    shell:
        "python {input.script} {params.flags} --best-mi {input.best_mi} --brainscore {input.brainscore}"
        " --before {input.before} --output {output.correlations} --output-scores {output.scores}"
        " --output-contents {output.contents} 2> {log}"


rule plot_leaderboard_drift:
    input:
        **program("plot_leaderboard_drift"),
        drift=PATHS.table("brainscore_drift"),
    output:
        **figure(
            "brainscore_drift/{representation}",
            "brainscore_drift",
            "brainscore",
            figure="correlations under two files of scores",
            representation="{representation}",
        ),
    log:
        PATHS.log("plot_leaderboard_drift/{representation}"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(
            lambda wildcards: flags(
                representation=wildcards.representation,
                names=[
                    Path(PREVIOUS["table"]).name,
                    Path(config["brainscore"]["table"]).name,
                ],
            ),
            *drawn("brainscore_drift"),
        ),
    message:
        "Figure: correlations under two files of scores, {wildcards.representation}"
    shell:
        "python {input.script} {params.flags} --drift {input.drift} --output {output} 2> {log}"
