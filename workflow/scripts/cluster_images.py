"""Ward clustering of the images under a protocol: one tree, cut into every number of clusters up to n_classes."""

import argparse
import logging
from pathlib import Path


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rdm", type=Path, required=True, help="RDMs of a layer, HDF5")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--protocol", required=True, help="what Ward sees: unit_gram, gram or rdm_rows")
    parser.add_argument("--output", type=Path, required=True, help="Ward linkage and labels, HDF5")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import matrices as store
    from texalign.clusters import protocols as clustering
    from texalign.images import index as images

    index = images.read_index(arguments.index)
    attributes = store.read_attributes(arguments.rdm)
    images.check_origin(arguments.rdm, attributes, index)
    euclidean, cosine = (store.read_rdm(arguments.rdm, name) for name in ("euclidean", "cosine"))
    distances = clustering.protocol_distances(arguments.protocol, euclidean, cosine)
    del euclidean, cosine
    logging.info("Ward linkage of %d images, protocol %s", len(index), arguments.protocol)
    linkage = clustering.ward_linkage(distances)
    labels = clustering.cut_all(linkage, len(index.class_names))
    attributes |= {"protocol": arguments.protocol, **store.versions("numpy", "scipy")}
    store.write_clusters(arguments.output, linkage, labels, attributes)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
