"""How well the layers of a network tell labelled textures apart: mutual information, its interval, and probes.

The images lie in a folder with one subfolder a class. The table is printed, and saved with all its columns. No
Snakemake is needed; for many networks, and for the correlation with Brain-Score, run the workflow.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from texalign import names
from texalign.command_line.console import print_table

if TYPE_CHECKING:
    from texalign.command_line.scoring import LayerScore


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `texalign score`."""
    parser.add_argument("network", help=f"NAME of torchvision, or SOURCE:NAME; sources: {', '.join(names.SOURCES)}")
    parser.add_argument(
        "--weights", required=True, help="file with a state dict, name of published weights, or `random`"
    )
    parser.add_argument("--images", type=Path, required=True, metavar="FOLDER", help="one subfolder a class")
    parser.add_argument(
        "--layers", nargs="+", metavar="MODULE", help="modules to tap; by default those that `texalign layers` suggests"
    )
    parser.add_argument("--representation", choices=list(names.REPRESENTATIONS), default="gram")
    parser.add_argument("--protocol", choices=list(names.PROTOCOLS), default="unit", help="what Ward clustering sees")
    parser.add_argument("--activation", choices=list(names.ACTIVATIONS), default="after_relu")
    parser.add_argument("--image-size", type=int, default=224, help="edge that images are resized to, in pixels")
    parser.add_argument("--resamplings", type=int, default=1000, help="permutations and bootstraps each")
    parser.add_argument("--seed", type=int, default=0, help="of permutations and bootstraps")
    parser.add_argument("--neighbours", type=int, default=5, help="nearest images that vote for a class")
    parser.add_argument("--device", default="cpu", help="of torch, such as cuda; by default cpu")
    parser.add_argument("--output", type=Path, metavar="TSV", help="by default score_<network>.tsv")


def run(arguments: argparse.Namespace) -> None:
    """Score the network, print the table and save it."""
    from texalign.artifacts.records import write_records
    from texalign.command_line.scoring import LayerScore, Question, score_network
    from texalign.images.labelled import LabelledImages
    from texalign.information.uncertainty import Resampling
    from texalign.networks.network import Network

    images = LabelledImages.of(arguments.images)
    network = Network(
        arguments.network,
        arguments.weights,
        arguments.layers,
        activation=arguments.activation,
        image_size=arguments.image_size,
    )
    question = Question(
        representation=arguments.representation,
        protocol=arguments.protocol,
        resampling=Resampling(arguments.seed, arguments.resamplings, arguments.resamplings, confidence=0.95),
        neighbours=arguments.neighbours,
        device=arguments.device,
    )
    output = arguments.output or Path(f"score_{network.name}.tsv")
    output.parent.mkdir(parents=True, exist_ok=True)
    rows = score_network(network, images, question, output.parent)
    write_records(output, LayerScore, rows)
    _print(rows)
    print(f"All columns: {output}")


def _print(rows: Sequence["LayerScore"]) -> None:
    first = rows[0]
    print(
        f"{first.model}: {first.n_images} images of {first.n_classes} classes; representation "
        f"{first.representation}, protocol {first.protocol}\n"
    )
    print_table(
        {
            "layer": row.layer,
            "module": row.module,
            "map": row.map,
            "MI (bits)": f"{row.mi_nsb_bits:.3f}",
            "95% interval": f"{row.ci_low_bits:.3f} … {row.ci_high_bits:.3f}",
            "by chance": f"{row.null_mean_bits:.3f}",
            "p": f"{row.null_p:.3f}",
            "linear probe": f"{row.linear_accuracy:.3f}",
            f"{row.knn_neighbours} nearest": f"{row.knn_accuracy:.3f}",
        }
        for row in rows
    )
    best = max(rows, key=lambda row: row.mi_nsb_bits)
    print(
        f"\nMost about the classes: {best.layer} ({best.module}), {best.mi_nsb_bits:.3f} of "
        f"{best.class_entropy_bits:.3f} bits. With permuted labels "
        f"the linear probe is right in {best.linear_chance:.3f}."
    )
