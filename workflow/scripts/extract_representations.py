"""Texture representations of all images at all tapped layers of a network, from one pass that ends at the last."""

import argparse
import logging
from pathlib import Path

from texalign import names
from texalign.command_line import network_arguments
from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--pixels", type=Path, required=True, help="decoded images, HDF5")
    network_arguments.add_network_arguments(parser)
    parser.add_argument("--precision", choices=list(names.PRECISIONS), default="float32")
    parser.add_argument("--memory-mb", type=float, default=8000, help="memory of the job, MB; batches use part of it")
    parser.add_argument("--batch-size", type=int, help="images in a forward pass; by default chosen from the memory")
    known = ", ".join(names.REPRESENTATIONS)
    parser.add_argument(
        "--outputs", nargs="+", required=True, metavar="NAME=FILE", help=f"vectors, HDF5; names: {known}"
    )
    parser.add_argument(
        "--matched-dimensions", type=int, help="numbers that every vector is projected to; none: as many"
    )
    parser.add_argument(
        "--added", action="store_true", help="the outputs were added to a study that has others from an earlier pass"
    )
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    import numpy as np
    from tqdm import tqdm

    from texalign.artifacts import passes, provenance
    from texalign.images.index import read_index
    from texalign.images.pixels import open_pixels, pixel_batches
    from texalign.networks import devices, folding
    from texalign.representations import precision
    from texalign.representations.extract import images_per_batch
    from texalign.representations.files import write_representations

    named = dict(output.split("=", 1) for output in arguments.outputs)
    outputs = {name: arguments.lineages.told(file) for name, file in named.items()}
    index = read_index(arguments.index)
    with open_pixels(arguments.pixels, index) as pixels:
        size = pixels.shape[1]
        built = network_arguments.build(arguments, [size])
        network, device = built.network, built.device
        folded = folding.fold(network, size)
        # A quarter: the weights, what libraries keep and vectors on their way to the file need memory too.
        memory_mb = devices.memory_mb(device, arguments.memory_mb) / 4
        batch_size = arguments.batch_size or images_per_batch(network, size, device, memory_mb)
        logging.info("%d batch normalisations folded; %d images a batch", folded, batch_size)
        attributes = {
            **built.attributes,
            "precision": arguments.precision,
            "images_sha256": index.sha256,
            "batch_size": batch_size,
            "folded": folded,
            **provenance.versions_by_step(Path(__file__).stem, "torch", "torchvision", "numpy", "h5py", "hdf5plugin"),
        }
        errors = {}
        if arguments.precision == "mixed":
            sample = np.stack([pixels[number] for number in precision.sample_of(len(index))])
            given = (network, sample, built.normalization, outputs, device, batch_size, arguments.matched_dimensions)
            errors = precision.attributes(*given)
        with tqdm(total=len(index), unit="image", mininterval=2) as progress:
            batches = pixel_batches(pixels, batch_size, progress.update)
            write_representations(
                *(outputs, network, batches, built.normalization, len(index), attributes, device),
                arguments.precision,
                arguments.matched_dimensions,
                own_attributes=errors,
            )
    if not arguments.added:
        passes.note_pass(outputs)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
