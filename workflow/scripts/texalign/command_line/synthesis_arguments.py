"""Command-line arguments of programs that make or judge synthetic textures by a network."""

import argparse
import json
import os
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from texalign import names
from texalign.command_line import network_arguments

if TYPE_CHECKING:
    from texalign.synthesis.request import Request


def prepare_environment() -> None:
    """Set what torch reads once, when it is imported, unless the user has set it.

    Sums on a GPU come in a fixed order, and threads sleep while they wait for each other: on a machine that others use
    too, spinning made runs 4 to 10 times slower.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def add_loss_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say which network sees an image, and how its layers are weighted."""
    network_arguments.add_network_arguments(parser)
    parser.add_argument("--exemplar-size", type=int, default=224, help="edge that exemplars are resized to, in pixels")
    weightings = "; ".join(f"{name}: {line}" for name, line in names.WEIGHTINGS.items())
    parser.add_argument(
        "--weighting",
        choices=list(names.WEIGHTINGS),
        help=f"{weightings}. By default paper for gram, relative for other representations",
    )
    parser.add_argument("--layer-weights", type=json.loads, default={}, help="factors by layer, JSON; 1 if left out")


def add_image_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say which image is made and how, beside its loss."""
    parser.add_argument("--model", required=True, help="id of the network, for labels")
    parser.add_argument("--texture", required=True, help="name of the exemplar, for labels")
    parser.add_argument("--exemplar", type=Path, required=True, help="image to match")
    parser.add_argument("--representation", choices=list(names.REPRESENTATIONS), default="gram", help="what to match")
    parser.add_argument("--image-size", type=int, help="edge of the image to make; by default the exemplar's")
    parser.add_argument("--parametrization", choices=list(names.PARAMETRIZATIONS), default="sigmoid")
    parser.add_argument(
        "--spectrum",
        type=float,
        default=0.5,
        help="pixels change through a filter f^-SPECTRUM; 0: none (not published)",
    )
    parser.add_argument("--history", type=int, help="steps that L-BFGS remembers; by default 20, for published 400")
    parser.add_argument("--evaluations", type=int, default=800, help="evaluations of the loss and its gradient")
    parser.add_argument(
        "--tolerance", type=float, default=0.0, help="stop once 50 evaluations lower the loss by a smaller fraction"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the noise to start from")
    parser.add_argument("--start", type=Path, help="image to start from instead of noise")
    parser.add_argument("--checkpoint-seconds", type=float, default=60.0, help="shortest time between two checkpoints")


def request(arguments: argparse.Namespace) -> "Request":
    """The synthesis that the arguments of `add_loss_arguments` and `add_image_arguments` describe."""
    from texalign.synthesis.request import Request
    from texalign.synthesis.synthesize import SynthesisSettings

    return Request(
        model=arguments.model,
        texture=arguments.texture,
        seed=arguments.seed,
        representation=arguments.representation,
        exemplar=arguments.exemplar,
        exemplar_size=arguments.exemplar_size,
        image_size=arguments.image_size or arguments.exemplar_size,
        start=arguments.start,
        settings=SynthesisSettings(
            **{field.name: getattr(arguments, field.name) for field in fields(SynthesisSettings)}
        ),
    )
