"""Fetch a network's weights once and keep them as a state dict: from torchvision, a file, or a seed."""

import argparse
from pathlib import Path

from texalign.command_line import network_arguments
from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    network_arguments.add_architecture_arguments(parser)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--torchvision-weights", help="name of torchvision weights, such as IMAGENET1K_V1")
    source.add_argument("--file", type=Path, help="file with a state dict")
    source.add_argument("--hub", metavar="REPOSITORY", help="repository on the Hugging Face hub")
    source.add_argument("--random", type=int, help="seed of random weights")
    parser.add_argument("--hub-file", default="model.safetensors", help="file in that repository")
    parser.add_argument("--revision", help="commit of that repository")
    parser.add_argument("--package", help="installed Python package that the file is in")
    parser.add_argument("--sha256", help="what the file's SHA-256 begins with")
    parser.add_argument("--download-folder", type=Path, help="where fetched files are kept, or put by hand")
    parser.add_argument("--output", type=Path, required=True, help="state dict")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.networks import sources, weights

    architecture = sources.Architecture.parse(arguments.architecture, arguments.arguments)
    if arguments.torchvision_weights is not None:
        state = weights.torchvision_state_dict(architecture, arguments.torchvision_weights, arguments.download_folder)
    elif arguments.file is not None:
        file = weights.package_file(arguments.package, arguments.file) if arguments.package else arguments.file
        state = weights.fitted(weights.read_state_dict(file, arguments.sha256), architecture.build().state_dict())
    elif arguments.hub is not None:
        names = architecture.build().state_dict()
        place = (arguments.hub, arguments.hub_file, arguments.revision, arguments.download_folder)
        state = weights.hub_state_dict(*place, names)
    else:
        state = architecture.random_state(arguments.random)
    weights.write_state_dict(arguments.output, state)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
