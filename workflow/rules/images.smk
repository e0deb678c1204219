# Images: fetched or drawn, indexed, decoded and resized once for all networks.
# With --cache, they are shared between studies and working copies. Folders are therefore named as resources, not as
# parameters, of which the cache would take any that holds the study's name for another way to make the images.


rule fetch_dtd:
    input:
        **program("fetch_dtd"),
    output:
        images=directory(f"{STUDY.results}/images/dtd"),
        checksums=f"{STUDY.results}/images/dtd.sha256",
        seal=str(seal_path(f"{STUDY.results}/images/dtd.sha256")),
    log:
        PATHS.log("fetch_dtd"),
    cache: True
    retries: 3
    conda:
        EXTRACTION
    resources:
        lineages=told_of("images"),
        mem_mb=needs.by_attempt(2000),
        runtime=needs.by_attempt(120),
        disk_mb=needs.DTD_MB,
        downloads=f"{STUDY.results}/downloads",
    params:
        flags="",
        lineages=lineages_of("images"),
    message:
        "Download the Describable Textures Dataset"
    shell:
        "python {input.script} {params.flags} --lineages {resources.lineages:q} --download-folder {resources.downloads}"
        " --output {output.images} --output-checksums {output.checksums} 2> {log}"


rule make_textures:
    input:
        **program("make_textures"),
    output:
        images=directory(f"{STUDY.results}/images/procedural"),
        checksums=f"{STUDY.results}/images/procedural.sha256",
        seal=str(seal_path(f"{STUDY.results}/images/procedural.sha256")),
    log:
        PATHS.log("make_textures"),
    cache: True
    conda:
        ANALYSIS
    resources:
        lineages=told_of("images"),
        mem_mb=needs.by_attempt(needs.BASE_MB),
        runtime=needs.by_attempt(30),
        disk_mb=needs.pixels_mb(STUDY.n_images, config["images"]["size"]),
    params:
        flags=flags(
            classes=lookup("images/classes", within=config, default=None),
            images_per_class=lookup("images/images_per_class", within=config, default=None),
            seed=lookup("images/seed", within=config, default=None),
            size=config["images"]["size"],
        ),
        lineages=lineages_of("images"),
    message:
        "Draw the procedural textures"
    shell:
        "python {input.script} {params.flags} --lineages {resources.lineages:q}"
        " --output {output.images} --output-checksums {output.checksums} 2> {log}"


# What the index depends on: the user's image files, or the checksums of images fetched or drawn. A fetched folder itself
# is taken without its time of change, which a mere touch would change.
if STUDY.image_source == "folder":
    IMAGE_SOURCES, FETCHED_FOLDER = image_files(STUDY.image_folder), []
else:
    IMAGE_SOURCES, FETCHED_FOLDER = f"{STUDY.image_folder}.sha256", ancient(STUDY.image_folder)


rule index_images:
    input:
        **program("index_images"),
        sources=IMAGE_SOURCES,
        folder=FETCHED_FOLDER,
    output:
        **sealed(PATHS.index),
    log:
        PATHS.log("index_images"),
    cache: True
    conda:
        ANALYSIS
    threads: 4
    resources:
        lineages=told_of("index"),
        mem_mb=needs.by_attempt(needs.BASE_MB),
        runtime=needs.by_attempt(30),
        images=STUDY.image_folder,
    params:
        flags="" if STUDY.labelled else "--unlabelled",
        lineages=lineages_of("index"),
    message:
        "Index the images"
    shell:
        "python {input.script} {params.flags} --lineages {resources.lineages:q} --images {resources.images:q} --threads {threads} --output {output.file} 2> {log}"


rule decode_images:
    input:
        **program("decode_images"),
        # The index holds every image's hash, so a changed image comes with a changed index.
        index=PATHS.index,
        folder=FETCHED_FOLDER,
    output:
        PATHS.pixels,
    log:
        PATHS.log("decode_images"),
    cache: True  # hence no benchmark, which Snakemake does not allow beside it
    conda:
        ANALYSIS
    threads: 4
    resources:
        lineages=told_of("pixels"),
        mem_mb=needs.by_attempt(needs.BASE_MB + 200),
        runtime=needs.by_attempt(30),
        disk_mb=needs.pixels_mb(STUDY.n_images, config["images"]["size"]),
        images=STUDY.image_folder,
    params:
        flags=flags(size=config["images"]["size"], fit=config["images"]["fit"]),
        lineages=lineages_of("pixels"),
    message:
        "Decode and resize the images"
    shell:
        "python {input.script} {params.flags} --lineages {resources.lineages:q} --images {resources.images:q} --index {input.index}"
        " --threads {threads} --output {output} 2> {log}"
