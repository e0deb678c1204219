# Reads everything that the study has, and lists what is missing, damaged or foreign. Makes nothing.


rule verify:
    input:
        **program("verify"),
    log:
        PATHS.log("verify"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=lambda wildcards: programs.lineage_flags(LINEAGE.everything()),
    message:
        "Verify all files of the study"
    shell:
        "python {input.script} --quiet {params.flags} 2>&1 | tee {log}"
