"""Accuracies that papers report of classifiers on representations, beside the same computed from the study's."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--published", type=Path, required=True, help="published accuracies, CSV")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--entries", nargs="+", required=True, metavar="ID=MODEL:LAYER", help="what to compute")
    parser.add_argument("--vectors", type=Path, nargs="+", required=True, help="vectors of each entry's model, HDF5")
    parser.add_argument("--splits", type=Path, nargs="*", default=[], help="the dataset's splits; made here without")
    parser.add_argument("--seed", type=int, default=0, help="seed of splits made here")
    parser.add_argument("--image-size", type=int, required=True, help="size of the study's images, pixels")
    parser.add_argument("--output", type=Path, required=True, help="published and computed accuracies, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import records
    from texalign.images.index import read_index
    from texalign.images.splits import make_splits, read_splits
    from texalign.information import published

    index = read_index(arguments.index)
    known = published.read_published(arguments.published)
    own = [split for source in arguments.splits for split in read_splits(source, index)]
    rows = []
    for entry, file in zip(arguments.entries, arguments.vectors, strict=True):
        name, _, place = entry.partition("=")
        model, _, layer = place.partition(":")
        paper = known[name]
        splits = published.chosen_splits(paper, own) if own else make_splits(index, 3, arguments.seed)
        mean, spread = published.percent(published.accuracies(paper, file, layer, index, splits))
        here = (model, layer, mean, spread, arguments.image_size, ", ".join(split.name for split in splits))
        rows.append(published.ValidationRow(*vars(paper).values(), *here, len(index), len(index.class_names)))
    records.write_records(arguments.output, published.ValidationRow, rows)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
