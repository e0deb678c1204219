"""Texture representations of all images at all tapped layers of a network, from one pass that ends at the last."""

import argparse
import contextlib
import json
import logging
from pathlib import Path

from texalign import names


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, required=True, help="image index, TSV")
    parser.add_argument("--pixels", type=Path, required=True, help="decoded images, HDF5")
    parser.add_argument("--architecture", required=True, help="torchvision:NAME or python:MODULE:CALLABLE")
    parser.add_argument("--arguments", type=json.loads, default={}, help="keyword arguments of the architecture, JSON")
    parser.add_argument("--weights", type=Path, required=True, help="state dict")
    parser.add_argument("--layers", nargs="+", required=True, metavar="LAYER=MODULE", help="modules to tap, in order")
    parser.add_argument("--mean", nargs=3, type=float, required=True, help="mean of red, green and blue, 0 to 1")
    parser.add_argument("--std", nargs=3, type=float, required=True, help="standard deviation of the same")
    parser.add_argument("--activation", choices=list(names.ACTIVATIONS), default="after_relu")
    parser.add_argument("--precision", choices=list(names.PRECISIONS), default="float32")
    parser.add_argument("--memory-mb", type=float, default=8000, help="memory of the job, MB; batches use part of it")
    parser.add_argument("--batch-size", type=int, help="images in a forward pass; by default chosen from the memory")
    parser.add_argument(
        "--gpus", type=int, default=0, help="GPUs granted: with 1, the visible one is used if there is one"
    )
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument(
        "--outputs",
        nargs="+",
        required=True,
        metavar="REPRESENTATION=FILE",
        help=f"vectors, HDF5, one dataset a layer; representations: {', '.join(names.REPRESENTATIONS)}",
    )
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    import torch
    from tqdm import tqdm

    from texalign.artifacts import files, hdf5, matrices, provenance
    from texalign.images.index import read_index
    from texalign.images.pixels import open_pixels, pixel_batches
    from texalign.networks import devices, folding, preprocessing, sources, weights
    from texalign.networks.taps import TappedNetwork
    from texalign.representations import registry
    from texalign.representations.extract import extract, images_per_batch

    outputs = dict(output.split("=", 1) for output in arguments.outputs)
    torch.set_num_threads(arguments.threads)
    device = devices.choose_device(arguments.gpus)
    index = read_index(arguments.index)
    taps = [matrices.LayerTap(*layer.split("=", 1)) for layer in arguments.layers]
    architecture = sources.Architecture.parse(arguments.architecture, arguments.arguments)
    network = TappedNetwork(architecture.build(), [tap.module for tap in taps], arguments.activation)
    normalization = preprocessing.Normalization(tuple(arguments.mean), tuple(arguments.std))
    attributes = {
        "architecture": arguments.architecture,
        "activation": arguments.activation,
        "precision": arguments.precision,
        "mean": arguments.mean,
        "std": arguments.std,
        "weights_sha256": files.file_sha256(arguments.weights),
        "images_sha256": index.sha256,
        "device": str(device),
        **provenance.versions("torch", "torchvision", "numpy", "h5py", "hdf5plugin"),
    }
    with open_pixels(arguments.pixels, index) as pixels:
        size = pixels.shape[1]
        weights.load_weights(network, weights.read_state_dict(arguments.weights), size)
        folded = folding.fold_batch_norm(network.network, network.modules)
        # A quarter: the weights, what libraries keep and vectors on their way to the file need memory too.
        memory_mb = devices.memory_mb(device, arguments.memory_mb) / 4
        batch_size = arguments.batch_size or images_per_batch(network, size, device, memory_mb)
        logging.info("%d batch normalisations folded; %d images a batch", folded, batch_size)
        with contextlib.ExitStack() as stack:
            writers = {
                name: stack.enter_context(
                    matrices.VectorWriter(stack.enter_context(hdf5.create_h5(file, attributes)), len(index), taps, name)
                )
                for name, file in outputs.items()
            }
            progress = stack.enter_context(tqdm(total=len(index), unit="image", mininterval=2))
            extract(
                network,
                pixel_batches(pixels, batch_size, progress.update),
                normalization,
                [registry.get(name) for name in outputs],
                lambda representation, position, shape, vectors: writers[representation.name].append(
                    taps[position].layer, shape, vectors, representation.stated(shape.channels)
                ),
                device,
                arguments.precision,
            )


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
