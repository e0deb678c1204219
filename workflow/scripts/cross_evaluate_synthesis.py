"""How one network sees the synthetic images of all networks: their loss, relative to that of unrelated textures."""

import argparse
import json
import logging
import os
from pathlib import Path

from texalign import names


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="id of the judging network")
    parser.add_argument("--exemplars", nargs="+", required=True, metavar="TEXTURE=FILE", help="exemplars, at least two")
    parser.add_argument("--images", nargs="+", type=Path, required=True, help="synthetic images of all networks, PNG")
    parser.add_argument("--results", nargs="+", type=Path, required=True, help="their results, JSON, in the same order")
    parser.add_argument("--architecture", required=True, help="torchvision:NAME or python:MODULE:CALLABLE")
    parser.add_argument("--arguments", type=json.loads, default={}, help="keyword arguments of the architecture, JSON")
    parser.add_argument("--weights", type=Path, required=True, help="state dict")
    parser.add_argument("--layers", nargs="+", required=True, metavar="LAYER=MODULE", help="modules to tap, in order")
    parser.add_argument("--mean", nargs=3, type=float, required=True, help="mean of red, green and blue, 0 to 1")
    parser.add_argument("--std", nargs=3, type=float, required=True, help="standard deviation of the same")
    parser.add_argument("--activation", choices=list(names.ACTIVATIONS), default="after_relu")
    parser.add_argument("--exemplar-size", type=int, default=224, help="edge that exemplars are resized to, in pixels")
    parser.add_argument(
        "--weighting",
        choices=list(names.WEIGHTINGS),
        default="paper",
        help="1/(4 N^2 m), 1/(4 N^2 m^2), or 1/|G|^2 of the exemplar, for N channels and m positions",
    )
    parser.add_argument("--layer-weights", type=json.loads, default={}, help="factors by layer, JSON; 1 if left out")
    parser.add_argument(
        "--gpus", type=int, default=0, help="GPUs granted: with 1, the visible one is used if there is one"
    )
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--output", type=Path, required=True, help="loss of every image, TSV")
    return parser.parse_args()


def main() -> None:
    from texalign.errors import TexalignError

    arguments = parse_arguments()
    # Read when torch is imported: threads sleep while they wait for each other, for the sake of a busy machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    from texalign.networks import devices, preprocessing, sources, weights
    from texalign.networks.taps import TappedNetwork
    from texalign.synthesis import pixels
    from texalign.synthesis import results as synthesis_results
    from texalign.synthesis.loss import GramLoss, check_image_size, parse_taps, random_pair_loss

    torch.set_num_threads(arguments.threads)
    device = devices.choose_device(arguments.gpus)
    taps = parse_taps(arguments.layers)
    architecture = sources.Architecture.parse(arguments.architecture, arguments.arguments)
    network = TappedNetwork(architecture.build(), [tap.module for tap in taps], arguments.activation)
    check_image_size(network, arguments.exemplar_size)
    weights.load_weights(network, weights.read_state_dict(arguments.weights), arguments.exemplar_size)
    network.network.to(device, memory_format=torch.channels_last)
    normalization = preprocessing.Normalization(tuple(arguments.mean), tuple(arguments.std))

    def exemplar_loss(file: str) -> GramLoss:
        exemplar = pixels.load_exemplar(file, arguments.exemplar_size).to(device)
        return GramLoss(network, normalization, taps, exemplar, arguments.weighting, arguments.layer_weights)

    exemplars = dict(exemplar.split("=", 1) for exemplar in arguments.exemplars)
    losses = {texture: exemplar_loss(file) for texture, file in exemplars.items()}
    rows = []
    for file, result_file in zip(arguments.images, arguments.results, strict=True):
        result = synthesis_results.read_result(result_file)
        if result.texture not in losses:
            raise TexalignError(f"{result_file}: no exemplar is given for its texture {result.texture!r}")
        with torch.no_grad():
            grams = losses[result.texture].grams(pixels.read_image(file).to(device))
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
