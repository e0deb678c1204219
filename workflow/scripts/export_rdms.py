"""RDMs of all layers of a network, with labels, for NumPy and for rsatoolbox."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rdm", type=Path, nargs="+", required=True, help="RDMs of each layer, HDF5")
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--model", required=True, help="the network's id")
    parser.add_argument("--dissimilarity", required=True, help="euclidean or cosine")
    parser.add_argument("--output-npz", type=Path, required=True, help="for numpy.load, .npz")
    parser.add_argument("--output-rsatoolbox", type=Path, required=True, help="for rsatoolbox.rdm.load_rdm, .pkl")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    import numpy as np

    from texalign.artifacts import hdf5, matrices
    from texalign.images.index import check_origin, read_index
    from texalign.rdms import exports

    index = read_index(arguments.index)
    attributes = [hdf5.read_attributes(path) for path in arguments.rdm]
    for path, its_attributes in zip(arguments.rdm, attributes, strict=True):
        check_origin(path, its_attributes, index)
    stack = exports.RdmStack(
        model=arguments.model,
        dissimilarity=arguments.dissimilarity,
        layers=[str(of_layer["layer"]) for of_layer in attributes],
        modules=[str(of_layer["module"]) for of_layer in attributes],
        dissimilarities=np.stack([matrices.read_rdm(path, arguments.dissimilarity) for path in arguments.rdm]),
        index=index,
    )
    exports.write_npz(arguments.output_npz, stack)
    exports.write_rsatoolbox(arguments.output_rsatoolbox, stack)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
