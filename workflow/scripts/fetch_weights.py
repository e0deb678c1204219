"""Fetch a network's weights once and keep them as a state dict: by their name, from a file, the web, or a seed."""

import argparse
from pathlib import Path

from texalign.command_line import network_arguments
from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    network_arguments.add_architecture_arguments(parser)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--published", help="name of weights in torchvision or timm, such as IMAGENET1K_V1")
    source.add_argument("--file", type=Path, help="file with a state dict")
    source.add_argument("--hub", metavar="REPOSITORY", help="repository on the Hugging Face hub")
    source.add_argument("--url", help="where to download a file with a state dict")
    source.add_argument("--random", type=int, help="seed of random weights")
    parser.add_argument("--hub-file", default="model.safetensors", help="file in that repository")
    parser.add_argument("--revision", help="commit of that repository")
    parser.add_argument("--package", help="installed Python package that the file is in")
    parser.add_argument("--sha256", help="what the file's SHA-256 begins with")
    parser.add_argument("--sha1", help="the SHA-1 of a file to download")
    parser.add_argument("--key", help="key under which a file holds the weights, where it is not a common one")
    parser.add_argument("--download-folder", type=Path, help="where fetched files are kept, or put by hand")
    parser.add_argument("--output", type=Path, required=True, help="state dict")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.networks import sources, weights

    architecture = sources.Architecture.parse(arguments.architecture, arguments.arguments)
    folder = arguments.download_folder
    if arguments.published is not None:
        state = weights.published_state_dict(architecture, arguments.published, folder)
    elif arguments.file is not None:
        file = weights.package_file(arguments.package, arguments.file) if arguments.package else arguments.file
        state = weights.read_state_dict(file, arguments.sha256, arguments.key)
        state = weights.fitted(state, architecture.build().state_dict())
    elif arguments.hub is not None:
        names = architecture.build().state_dict()
        state = weights.hub_state_dict(arguments.hub, arguments.hub_file, arguments.revision, folder, names)
    elif arguments.url is not None:
        known = f"sha1:{arguments.sha1}" if arguments.sha1 else arguments.sha256
        names = architecture.build().state_dict()
        state = weights.url_state_dict(arguments.url, known, folder, names, arguments.key)
    else:
        state = architecture.random_state(arguments.random)
    weights.write_state_dict(arguments.output, state)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
