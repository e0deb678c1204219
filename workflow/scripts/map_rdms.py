"""RDMs of all layers of all networks, the class model and people against each other, on images drawn from the study."""

import argparse
import logging
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rdm", type=Path, nargs="+", required=True, help="RDMs, HDF5")
    parser.add_argument("--names", nargs="+", required=True, metavar="MODEL/LAYER", help="what each RDM is of")
    parser.add_argument("--evidence", type=Path, nargs="*", default=[], help="human evidence, HDF5")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--images", type=int, required=True, help="images to compare by, at most")
    parser.add_argument("--neighbours", type=int, required=True, help="nearest images that count as neighbours")
    parser.add_argument("--permutations", type=int, required=True, help="times that images trade places")
    parser.add_argument("--seed", type=int, required=True, help="of images drawn and permuted")
    parser.add_argument("--output", type=Path, required=True, help="a row for each pair of RDMs and measure, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import hdf5, matrices, records
    from texalign.images.index import check_origin, read_index
    from texalign.perception import storage
    from texalign.perception.mapped import Mapped, comparable, compared_rows, drawn_images, human_squares, square_of
    from texalign.perception.rows import ComparedRow
    from texalign.rdms import comparison

    index = read_index(arguments.index)
    for path in (*arguments.rdm, *arguments.evidence):
        check_origin(path, hdf5.read_attributes(path), index)
    people = {path.stem: storage.read_joined(path).evidence for path in arguments.evidence}
    rows = drawn_images(len(index), people, index.classes_or_none, arguments.images, arguments.seed)
    squares = [
        Mapped(name, square_of(matrices.read_rdm(path, "cosine"), len(index), rows))
        for name, path in zip(arguments.names, arguments.rdm, strict=True)
    ]
    mapped = comparable(squares + human_squares(people, index.classes_or_none, rows))
    settings = {"neighbours": arguments.neighbours, "n_permutations": arguments.permutations, "seed": arguments.seed}
    found: list[ComparedRow] = []
    for measure in comparison.MEASURES:
        logging.info("%s of %d RDMs on %d images", measure, len(mapped), len(rows))
        compared = comparison.compare(measure, [own.square for own in mapped], **settings)
        found += compared_rows(compared, [own.name for own in mapped], len(rows))
    records.write_records(arguments.output, ComparedRow, found)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
