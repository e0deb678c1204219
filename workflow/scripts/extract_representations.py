"""Texture representations of all images at all tapped layers of a network, from one pass that ends at the last."""

import argparse
import logging
from pathlib import Path

from texalign.command_line import extraction_arguments, network_arguments
from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--pixels", type=Path, required=True, help="decoded images, HDF5")
    network_arguments.add_network_arguments(parser)
    extraction_arguments.add_extraction_arguments(parser)
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from tqdm import tqdm

    from texalign.artifacts import passes
    from texalign.images.index import read_index
    from texalign.images.pixels import open_pixels, pixel_batches
    from texalign.networks import devices, folding
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
        attributes = extraction_arguments.attributes(arguments, built, index, batch_size, folded)
        errors = extraction_arguments.errors_of_precision(arguments, built, pixels, list(outputs), batch_size)
        with tqdm(total=len(index), unit="image", mininterval=2) as progress:
            batches = pixel_batches(pixels, batch_size, progress.update)
            what = (outputs, network, batches, built.normalization, len(index), attributes, device)
            how = (arguments.precision, arguments.matched_dimensions, errors)
            write_representations(*what, *how)
    if not arguments.added:
        passes.note_pass(outputs)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
