# What people said of the images beyond one label each, and how well the layers of networks agree with it.
from planning.human import Human

HUMAN = Human.from_config(config, STUDY)
RESAMPLING = flags(**{name: config["inference"][name] for name in ("seed", "permutations", "bootstraps", "confidence")})


wildcard_constraints:
    evidence=HUMAN.evidence_pattern,


rule read_human:
    input:
        **program("read_human"),
        index=PATHS.index,
        file=lambda wildcards: HUMAN.evidence[wildcards.evidence].inputs,
    output:
        evidence=PATHS.evidence,
        coverage=report(
            PATHS.coverage,
            caption="../report/human_coverage.rst",
            category=CATEGORIES["tables"],
            labels={"table": "what met of {evidence}"},
        ),
    log:
        PATHS.log("read_human/{evidence}"),
    benchmark:
        PATHS.benchmark("read_human/{evidence}")
    conda:
        ANALYSIS
    resources:
        mem_mb=needs.by_attempt(needs.agreement_mb(STUDY.n_images)),
        runtime=needs.by_attempt(120),
    params:
        flags=telling(
            lambda wildcards: f"{HUMAN.evidence[wildcards.evidence].flags} {flags(seed=config['inference']['seed'])}",
            "evidence",
            "coverage",
        ),
    message:
        "Read the human evidence {wildcards.evidence}"
    shell:
        "python {input.script} {params.flags} --index {input.index}"
        " --output {output.evidence} --output-coverage {output.coverage} 2> {log}"


rule measure_agreement:
    input:
        **program("measure_agreement"),
        index=PATHS.index,
        evidence=PATHS.evidence,
        rdm=layers_of(PATHS.rdm),
    output:
        rows=PATHS.agreement,
        layers=PATHS.agreement_by_layer,
        deviations=PATHS.agreement_deviations,
    log:
        PATHS.log("measure_agreement/{representation}/{evidence}/{model}"),
    benchmark:
        PATHS.benchmark("measure_agreement/{representation}/{evidence}/{model}")
    conda:
        ANALYSIS
    threads: 2
    resources:
        mem_mb=needs.by_attempt(needs.agreement_mb(STUDY.n_images)),
        runtime=needs.by_attempt(240),
    params:
        flags=telling(
            lambda wildcards: (
                f"{flags(model=wildcards.model, protocols=STUDY.protocols)} {RESAMPLING}"
                f" {flags(compared=STUDY.compared_by(wildcards.evidence))}"
            ),
            "agreement",
            "agreement_by_layer",
            "agreement_deviations",
        ),
        deviations=lambda wildcards, output: flags(output_deviations=output.deviations),
    message:
        "Agreement of {wildcards.model}, {wildcards.representation}, with {wildcards.evidence}"
    shell:
        "python {input.script} {params.flags} --rdm {input.rdm} --evidence {input.evidence} --index {input.index}"
        " --output {output.rows} --output-layers {output.layers} {params.deviations} 2> {log}"


rule tabulate_agreement:
    input:
        **program("tabulate_agreement"),
        agreement=HUMAN.expand(STUDY.expand(PATHS.agreement)),
        layers=HUMAN.expand(STUDY.expand(PATHS.agreement_by_layer)),
    output:
        rows=PATHS.table("agreement"),
        layers=PATHS.table("agreement_by_layer"),
    log:
        PATHS.log("tabulate_agreement"),
    localrule: True
    conda:
        ANALYSIS
    params:
        agreement=listed("agreement"),
        layers=listed("layers"),
        flags=telling("", "table.agreement", "table.agreement_by_layer"),
    message:
        "Tables of agreement with people"
    shell:
        "python {input.script} {params.flags} --agreement {params.agreement} --layers {params.layers}"
        " --output {output.rows} --output-layers {output.layers} 2> {log}"


rule plot_agreement:
    input:
        **program("plot_agreement"),
        agreement=PATHS.table("agreement"),
    output:
        **figure(
            "agreement/{representation}/{evidence}",
            "agreement",
            "perception",
            figure="by layer, {evidence}",
            representation="{representation}",
        ),
    log:
        PATHS.log("plot_agreement/{representation}/{evidence}"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(
            lambda wildcards: f"{flags(**dict(wildcards), confidence=config['inference']['confidence'])}"
            f" {STUDY.family_flags}",
            *drawn("agreement"),
        ),
    message:
        "Figure: agreement with {wildcards.evidence}, {wildcards.representation}"
    shell:
        "python {input.script} {params.flags} --agreement {input.agreement} --output {output} 2> {log}"


MAPPED = STUDY.wildcards("model", "layer")


rule map_rdms:
    input:
        **program("map_rdms"),
        index=PATHS.index,
        rdm=lambda wildcards: STUDY.expand(PATHS.rdm, representation=wildcards.representation),
        evidence=HUMAN.expand([PATHS.evidence]),
    output:
        PATHS.table("rdm_map/{representation}"),
    log:
        PATHS.log("map_rdms/{representation}"),
    benchmark:
        PATHS.benchmark("map_rdms/{representation}")
    conda:
        ANALYSIS
    threads: 2
    resources:
        mem_mb=needs.by_attempt(needs.map_mb(STUDY.n_images, HUMAN.map_images, len(MAPPED) + len(HUMAN.evidence) + 1)),
        runtime=needs.by_attempt(120),
    params:
        rdm=listed("rdm"),
        flags=telling(
            flags(
                names=[f"{wildcards['model']}/{wildcards['layer']}" for wildcards in MAPPED],
                images=HUMAN.map_images,
                neighbours=config["inference"]["neighbours"],
                permutations=config["inference"]["permutations"],
                seed=config["inference"]["seed"],
            ),
            "table.rdm_map",
        ),
    message:
        "Compare all RDMs with each other, {wildcards.representation}"
    shell:
        "python {input.script} {params.flags} --rdm {params.rdm} --evidence {input.evidence} --index {input.index}"
        " --output {output} 2> {log}"


rule plot_rdm_map:
    input:
        **program("plot_rdm_map"),
        map=PATHS.table("rdm_map/{representation}"),
    output:
        **figure(
            "rdm_map/{representation}",
            "rdm_map",
            "rdm",
            "all networks",
            figure="map of all RDMs",
            representation="{representation}",
        ),
    log:
        PATHS.log("plot_rdm_map/{representation}"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling(STUDY.family_flags, *drawn("rdm_map")),
    message:
        "Figure: map of RDMs, {wildcards.representation}"
    shell:
        "python {input.script} {params.flags} --map {input.map} --output {output} 2> {log}"


rule make_oddity:
    input:
        **program("make_oddity"),
        template=programs.relative(WORKFLOW / "scripts/texalign/perception/oddity.html"),
        exemplars=SYNTHESES.exemplar_files(),
        images=SYNTHESES.made("png"),
        results=SYNTHESES.made("json"),
    output:
        page=f"{STUDY.results}/oddity/oddity.html",
        crops=directory(f"{STUDY.results}/oddity/images"),
        checksums=f"{STUDY.results}/oddity/images.sha256",
    log:
        PATHS.log("make_oddity"),
    localrule: True
    conda:
        ANALYSIS
    params:
        images=listed("images"),
        results=listed("results"),
        flags=telling(
            f"{flags(study=STUDY.name)} {HUMAN.oddity_flags} {SYNTHESES.exemplar_flags()}",
            "oddity.page",
            "oddity.crops",
        ),
    message:
        "Make the page of the oddity task"
    shell:
        "python {input.script} {params.flags} --template {input.template} --images {params.images}"
        " --results {params.results} --output {output.page} --output-crops {output.crops}"
        " --output-checksums {output.checksums} 2> {log}"


rule score_oddity:
    input:
        **program("score_oddity"),
        judgements=HUMAN.judgements,
    output:
        PATHS.table("oddity"),
    log:
        PATHS.log("score_oddity"),
    localrule: True
    conda:
        ANALYSIS
    params:
        flags=telling("", "table.oddity"),
    message:
        "Score the judgements of the oddity task"
    shell:
        "python {input.script} {params.flags} --judgements {input.judgements} --output {output} 2> {log}"
