# What carries the alignment: every representation of the study beside one of them, by default Gram matrices.

REFERENCE = "gram" if "gram" in STUDY.representations else STUDY.representations[0]


wildcard_constraints:
    measure=any_of(STUDY.ladder_measures),


rule compare_representations:
    input:
        **program("compare_representations"),
        inference=PATHS.table("mi_inference"),
        deviations=STUDY.expand(PATHS.deviations),
    output:
        PATHS.table("representations"),
    log:
        PATHS.log("compare_representations"),
    localrule: True
    conda:
        ANALYSIS
    params:
        deviations=listed("deviations"),
        flags=telling(flags(reference=REFERENCE), "table.representations"),
    message:
        "Representations beside {REFERENCE}"
    shell:
        "python {input.script} {params.flags} --inference {input.inference} --deviations {params.deviations}"
        " --output {output} 2> {log}"


rule plot_representations:
    input:
        **program("plot_representations"),
        values=ladder_table,
        differences=lambda wildcards: (
            rules.compare_representations.output if wildcards.measure == "mi_nsb_bits" else []
        ),
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
