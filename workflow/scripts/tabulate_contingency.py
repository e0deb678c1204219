"""Contingency tables of classes and clusters at k = n_classes, as text that ndd's own environment can read."""

import argparse
import json
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clusters", type=Path, nargs="+", required=True, help="<model>/<layer>.h5")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--output", type=Path, required=True, help="contingency tables, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import hdf5, matrices, tables
    from texalign.images.index import check_origin, read_index
    from texalign.information import contingency
    from texalign.information.rows import LAYER_KEY, OfLayer

    index = read_index(arguments.index)
    rows = []
    for path in arguments.clusters:
        attributes = hdf5.read_attributes(path)
        check_origin(path, attributes, index)
        labels = matrices.read_cluster_labels(path)[len(index.class_names) - 1]
        table = contingency.contingency_table(index.class_indices, labels)
        of_layer = OfLayer.of(attributes, path.parent.name)
        rows.append({**dict(zip(LAYER_KEY, of_layer.key, strict=True)), "table": json.dumps(table.tolist())})
    tables.write_tsv(arguments.output, [*LAYER_KEY, "table"], rows)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
