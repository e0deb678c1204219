"""Mutual information by ndd itself. Runs in ndd's environment, so it uses none of the workflow's library."""

import argparse
import csv
import json
import math
from pathlib import Path


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contingency", type=Path, required=True, help="contingency tables, TSV")
    parser.add_argument("--output", type=Path, required=True, help="mutual information by ndd, TSV")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    import ndd
    import numpy as np

    def mutual_information(table: np.ndarray) -> float:
        """In bits; alphabets are the observed values of each variable, for the joint their product."""
        n_classes, n_clusters = table.shape
        classes = ndd.entropy(table.sum(axis=1), k=n_classes)
        clusters = ndd.entropy(table.sum(axis=0), k=n_clusters)
        joint = ndd.entropy(table[table > 0], k=table.size)
        return float(classes + clusters - joint) / math.log(2)

    key = ["representation", "protocol", "model", "layer"]
    csv.field_size_limit(1 << 24)
    with arguments.contingency.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    partial = arguments.output.with_name(f".partial-{arguments.output.name}")
    with partial.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
        writer.writerow([*key, "mi_ndd_bits"])
        for row in rows:
            bits = mutual_information(np.array(json.loads(row["table"])))
            writer.writerow([*(row[name] for name in key), repr(bits)])
    partial.replace(arguments.output)


if __name__ == "__main__":
    main()
