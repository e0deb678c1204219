"""How one network sees the synthetic images of all networks: their loss, relative to that of unrelated textures."""

import argparse
import json
import logging
import os
from pathlib import Path

from texalign import names
from texalign.command_line import network_arguments


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="id of the judging network")
    parser.add_argument("--exemplars", nargs="+", required=True, metavar="TEXTURE=FILE", help="exemplars, at least two")
    parser.add_argument("--images", nargs="+", type=Path, required=True, help="synthetic images of all networks, PNG")
    parser.add_argument("--results", nargs="+", type=Path, required=True, help="their results, JSON, in the same order")
    network_arguments.add_network_arguments(parser)
    parser.add_argument("--exemplar-size", type=int, default=224, help="edge that exemplars are resized to, in pixels")
    parser.add_argument(
        "--weighting",
        choices=list(names.WEIGHTINGS),
        default="paper",
        help="1/(4 N^2 m), 1/(4 N^2 m^2), or 1/|G|^2 of the exemplar, for N channels and m positions",
    )
    parser.add_argument("--layer-weights", type=json.loads, default={}, help="factors by layer, JSON; 1 if left out")
    parser.add_argument("--output", type=Path, required=True, help="loss of every image, TSV")
    return parser.parse_args()


def main() -> None:
    from texalign.errors import TexalignError

    arguments = parse_arguments()
    # Read when torch is imported: threads sleep while they wait for each other, for the sake of a busy machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    from texalign.synthesis import pixels
    from texalign.synthesis import results as synthesis_results
    from texalign.synthesis.loss import GramLoss, random_pair_loss

    built = network_arguments.build(arguments, [arguments.exemplar_size])

    def exemplar_loss(file: str) -> GramLoss:
        exemplar = pixels.load_exemplar(file, arguments.exemplar_size).to(built.device)
        return GramLoss(built.network, built.normalization, exemplar, arguments.weighting, arguments.layer_weights)

    exemplars = dict(exemplar.split("=", 1) for exemplar in arguments.exemplars)
    losses = {texture: exemplar_loss(file) for texture, file in exemplars.items()}
    rows = []
    for file, result_file in zip(arguments.images, arguments.results, strict=True):
        result = synthesis_results.read_result(result_file)
        if result.texture not in losses:
            raise TexalignError(f"{result_file}: no exemplar is given for its texture {result.texture!r}")
        with torch.no_grad():
            grams = losses[result.texture].grams(pixels.read_image(file).to(built.device))
            loss = float(losses[result.texture].distance(grams).sum())
            pair_loss = random_pair_loss(list(losses.values()), grams)
        judgement = synthesis_results.Judgement(
            arguments.model, result.model, result.texture, result.seed, loss, pair_loss, loss / pair_loss
        )
        logging.info("%s, %s: %.3g", judgement.model, judgement.texture, judgement.relative_loss)
        rows.append(judgement)
    synthesis_results.write_judgements(arguments.output, rows)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
