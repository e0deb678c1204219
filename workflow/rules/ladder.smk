# What carries the alignment: every representation of the study beside one of them, by default Gram matrices.

REFERENCE = "gram" if "gram" in STUDY.representations else STUDY.representations[0]


wildcard_constraints:
    measure=any_of(STUDY.ladder_measures),


rule compare_representations:
    input:
        **program("compare_representations"),
        values=[
            *([PATHS.table("mi_inference"), PATHS.table("probes")] if STUDY.labelled else []),
            *([PATHS.table("agreement_by_layer")] if HUMAN.evidence else []),
        ],
        deviations=[
            *(STUDY.expand(PATHS.deviations, PATHS.probe_deviations) if STUDY.labelled else []),
            *HUMAN.expand(STUDY.expand(PATHS.agreement_deviations)),
        ],
    output:
        PATHS.table("representations"),
    log:
        PATHS.log("compare_representations"),
    localrule: True
    conda:
        ANALYSIS
    params:
        deviations=listed("deviations"),
        flags=telling(
            flags(
                reference=REFERENCE,
                measures=STUDY.ladder_measures,
                confidence=config["inference"]["confidence"],
            ),
            "table.representations",
        ),
    message:
        "Representations beside {REFERENCE}"
    shell:
        "python {input.script} {params.flags} --values {input.values} --deviations {params.deviations}"
        " --output {output} 2> {log}"


rule plot_representations:
    input:
        **program("plot_representations"),
        values=ladder_table,
        differences=rules.compare_representations.output,
    output:
        **figure(
            "representations/{protocol}/{measure}",
            "representations",
            "representations",
            figure="{measure}",
            protocol="{protocol}",
        ),
    log:
        PATHS.log("plot_representations/{protocol}/{measure}"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(
            lambda wildcards: (
                f"{flags(**dict(wildcards), matched_dimensions=STUDY.matched_dimensions)} {STUDY.family_flags}"
            ),
            *drawn("representations"),
        ),
    message:
        "Figure: {wildcards.measure} by representation, {wildcards.protocol}"
    shell:
        "python {input.script} {params.flags} --values {input.values} --differences {input.differences}"
        " --output {output} 2> {log}"
