"""Ward clustering of the images under a protocol: one tree, cut into every number of clusters up to n_classes."""

import argparse
import logging
from pathlib import Path

from texalign import names
from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rdm", type=Path, required=True, help="RDMs of a layer, HDF5")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--protocol", required=True, help=f"what Ward sees: {', '.join(names.PROTOCOLS)}")
    parser.add_argument("--output", type=Path, required=True, help="Ward linkage and labels, HDF5")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.artifacts import hdf5, matrices, provenance
    from texalign.clusters import ward
    from texalign.clusters.protocols import registry
    from texalign.images.index import check_origin, read_index

    index = read_index(arguments.index)
    attributes = hdf5.read_attributes(arguments.rdm)
    check_origin(arguments.rdm, attributes, index)
    protocol = registry.get(arguments.protocol)
    distances = protocol.distances(matrices.read_rdm(arguments.rdm, protocol.dissimilarity))
    logging.info("Ward linkage of %d images, protocol %s", len(index), arguments.protocol)
    linkage = ward.ward_linkage(distances)
    labels = ward.cut_all(linkage, len(index.class_names))
    attributes |= provenance.versions_by_step("cluster_images", "numpy", "scipy", earlier=attributes)
    attributes["protocol"] = arguments.protocol
    matrices.write_clusters(arguments.output, linkage, labels, attributes)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
