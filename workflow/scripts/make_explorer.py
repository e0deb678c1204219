"""The explorer's page, from the parts of images and layers, and the study's tables."""

import argparse
import logging

from texalign.command_line import explorer_arguments
from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    explorer_arguments.add_explorer_arguments(parser)
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import tables
    from texalign.explorer import contents, page
    from texalign.explorer.people import people_parts
    from texalign.images.index import read_index

    index = read_index(arguments.index)
    rows = {
        name: [row for path in getattr(arguments, name) for row in tables.read_tsv(path)]
        for name in ("mi", "inference", "scores", "correlations")
    }
    known = {
        "study": arguments.study,
        "representations": arguments.representations,
        **contents.labels(arguments.dissimilarity, arguments.protocols),
        "images": contents.images(index),
        "networks": contents.networks(arguments.layers, dict(pair.split("=", 1) for pair in arguments.families)),
        "information": contents.information(rows["mi"], rows["inference"]),
        "scores": contents.scores(rows["scores"]),
        "correlations": contents.correlations(rows["correlations"]),
        "maps": {path.stem: contents.rdm_map(tables.read_tsv(path)) for path in arguments.maps},
        "people": people_parts(arguments.evidence, index),
    }
    folder = arguments.output.with_suffix("")
    parts = {path.relative_to(folder).with_suffix("").as_posix(): path for path in arguments.parts}
    embedded = page.write_page(arguments.output, known, parts)
    logging.info(
        "%s holds everything" if embedded else "%s loads its parts from the folder beside it", arguments.output
    )


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
