# What the report shows beside figures: its first page, in words, and the tables as pages to read.
from planning.pages import LEAST_SCORED, asked as asked_of, scored_networks

# Below three networks with scores there is no correlation: the first page says so, and nothing is drawn of it.
SCORED = scored_networks(STUDY) >= LEAST_SCORED
PANEL = PATHS.figure(f"synthesis_panel/{SYNTHESES.representations[0]}") if SYNTHESES.samples else []


wildcard_constraints:
    shown=any_of([*TABLES, *(f"rdm_map/{representation}" for representation in STUDY.representations)]),


rule write_findings:
    input:
        **program("write_findings"),
        index=PATHS.index,
        best_mi=PATHS.table("best_mi") if STUDY.labelled else [],
        mi=PATHS.table("mi") if STUDY.labelled else [],
        inference=PATHS.table("mi_inference") if STUDY.labelled else [],
        halves=PATHS.table("best_mi_halves") if STUDY.labelled and config["inference"]["splits"] else [],
        agreement=PATHS.table("agreement") if HUMAN.evidence else [],
        correlations=PATHS.table("brainscore_correlations") if STUDY.chooses_layers else [],
        panel=PANEL,
    output:
        report(
            PATHS.findings,
            category=CATEGORIES["summary"],
            labels={"page": "what was asked and found"},
        ),
    log:
        PATHS.log("write_findings"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(flags(asked=asked_of(STUDY), explorer=Path(PATHS.explorer).name), "page.findings"),
    message:
        "Write what was found"
    shell:
        "python {input.script} {params.flags} --index {input.index} --best-mi {input.best_mi} --mi {input.mi}"
        " --inference {input.inference} --halves {input.halves} --agreement {input.agreement}"
        " --correlations {input.correlations} --panel {input.panel} --output {output} 2> {log}"


rule show_table:
    input:
        **program("show_table"),
        table=PATHS.table("{shown}"),
        template=programs.relative(WORKFLOW / "scripts/texalign/findings/table.html"),
    output:
        report(
            PATHS.table_page,
            caption="../report/tables.rst",
            category=CATEGORIES["tables"],
            labels=lambda wildcards: {"table": label_of(wildcards)},
        ),
    log:
        PATHS.log("show_table/{shown}"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(lambda wildcards: flags(label=label_of(wildcards)), "page.{shown}"),
    message:
        "Page of the table {wildcards.shown}"
    shell:
        "python {input.script} {params.flags} --template {input.template} --table {input.table}"
        " --output {output} 2> {log}"
