"""Representational dissimilarity matrices (Euclidean, cosine) of a layer's vectors, condensed, to HDF5."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=Path, required=True, help="vectors of a network's layers, HDF5")
    parser.add_argument("--layer", required=True, help="layer, such as L1")
    parser.add_argument("--module", help="the module that the layer taps, where it is known")
    parser.add_argument("--gpus", type=int, default=0, help="GPUs granted: with 1, products are formed on it")
    parser.add_argument("--output", type=Path, required=True, help="RDMs, HDF5")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from tqdm import tqdm

    from texalign.artifacts import hdf5, matrices, provenance
    from texalign.rdms import compute as rdm

    product_sum = rdm.BlasProductSum
    if arguments.gpus:
        from texalign.rdms.gpu import GpuProductSum as product_sum
    with hdf5.open_h5(arguments.vectors) as file:
        vectors = matrices.vector_dataset(file, arguments.layer, arguments.module)
        made = provenance.versions_by_step("compute_rdm", "numpy", "scipy", earlier=file.attrs)
        attributes = {**file.attrs, **vectors.attrs, "layer": arguments.layer, **made}
        blocks = tqdm(rdm.column_blocks(vectors), unit="block", mininterval=2)
        dissimilarities = rdm.vector_rdms(file, arguments.layer, blocks, product_sum)
    matrices.write_rdm(arguments.output, dissimilarities, attributes)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
