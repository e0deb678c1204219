# Images: fetched or drawn, indexed, decoded and resized once for all networks.
# With --cache, they are shared between studies and working copies. Folders are therefore named as resources, not as
# parameters, of which the cache would take any that holds the study's name for another way to make the images.


rule fetch_dtd:
    input:
        script=program("fetch_dtd"),
        library=library("fetch_dtd"),
    output:
        images=directory(f"{RESULTS}/images/dtd"),
        checksums=f"{RESULTS}/images/dtd.sha256",
    log:
        f"{RESULTS}/logs/fetch_dtd.log",
    cache: True
    retries: 3
    conda:
        "../../envs/extraction.yaml"
    resources:
        mem_mb=needs.by_attempt(2000),
        runtime=needs.by_attempt(120),
        disk_mb=needs.DTD_MB,
        downloads=f"{RESULTS}/downloads",
    shell:
        "python {input.script} --download-folder {resources.downloads}"
        " --output {output.images} --output-checksums {output.checksums} 2> {log}"


rule make_textures:
    input:
        script=program("make_textures"),
        library=library("make_textures"),
    output:
        images=directory(f"{RESULTS}/images/procedural"),
        checksums=f"{RESULTS}/images/procedural.sha256",
    log:
        f"{RESULTS}/logs/make_textures.log",
    cache: True
    conda:
        "../../envs/analysis.yaml"
    resources:
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
    shell:
        "python {input.script} {params.flags}"
        " --output {output.images} --output-checksums {output.checksums} 2> {log}"


# What the index depends on: the user's image files, or the checksums of images fetched or drawn. A fetched folder itself
# is taken without its time of change, which a mere touch would change.
if STUDY.image_source == "folder":
    IMAGE_SOURCES, FETCHED_FOLDER = image_files(STUDY.image_folder), []
else:
    IMAGE_SOURCES, FETCHED_FOLDER = f"{STUDY.image_folder}.sha256", ancient(STUDY.image_folder)


rule index_images:
    input:
        script=program("index_images"),
        library=library("index_images"),
        sources=IMAGE_SOURCES,
        folder=FETCHED_FOLDER,
    output:
        INDEX,
    log:
        f"{RESULTS}/logs/index_images.log",
    cache: True
    conda:
        "../../envs/analysis.yaml"
    threads: 4
    resources:
        mem_mb=needs.by_attempt(needs.BASE_MB),
        runtime=needs.by_attempt(30),
        images=STUDY.image_folder,
    shell:
        "python {input.script} --images {resources.images:q} --threads {threads} --output {output} 2> {log}"


rule decode_images:
    input:
        script=program("decode_images"),
        library=library("decode_images"),
        # The index holds every image's hash, so a changed image comes with a changed index.
        index=INDEX,
        folder=FETCHED_FOLDER,
    output:
        PIXELS,
    log:
        f"{RESULTS}/logs/decode_images.log",
    cache: True  # hence no benchmark, which Snakemake does not allow beside it
    conda:
        "../../envs/analysis.yaml"
    threads: 4
    resources:
        mem_mb=needs.by_attempt(needs.BASE_MB + 200),
        runtime=needs.by_attempt(30),
        disk_mb=needs.pixels_mb(STUDY.n_images, config["images"]["size"]),
        images=STUDY.image_folder,
    params:
        flags=flags(size=config["images"]["size"]),
    shell:
        "python {input.script} {params.flags} --images {resources.images:q} --index {input.index}"
        " --threads {threads} --output {output} 2> {log}"
