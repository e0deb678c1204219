"""The explorer's page, from the parts of images and layers, and the study's tables."""

import argparse
import json
import logging
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", required=True, help="name of the study")
    parser.add_argument("--layers", type=json.loads, required=True, help="modules by network and layer, JSON")
    parser.add_argument("--families", nargs="+", required=True, metavar="MODEL=FAMILY", help="family of each network")
    parser.add_argument("--representations", nargs="+", required=True, help="of the study")
    parser.add_argument("--protocols", nargs="+", required=True, help="of clustering")
    parser.add_argument("--dissimilarity", default="cosine", help="that is shown")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--parts", type=Path, nargs="+", required=True, help="parts, below a folder beside the page")
    parser.add_argument("--mi", type=Path, nargs="*", default=[], help="mutual information of all layers, TSV")
    parser.add_argument("--inference", type=Path, nargs="*", default=[], help="its intervals, TSV")
    parser.add_argument("--scores", type=Path, nargs="*", default=[], help="best layers with Brain-Scores, TSV")
    parser.add_argument("--correlations", type=Path, nargs="*", default=[], help="with Brain-Scores, TSV")
    parser.add_argument("--maps", type=Path, nargs="*", default=[], help="RDMs against RDMs, <representation>.tsv")
    parser.add_argument("--evidence", type=Path, nargs="*", default=[], help="human evidence, <evidence>.h5")
    parser.add_argument("--output", type=Path, required=True, help="the page, HTML")
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
