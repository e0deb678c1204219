"""An image with an exemplar's Gram matrices in a network, from Gaussian noise, by L-BFGS over its pixels.

Killed and started again, it goes on from a hidden checkpoint beside the image.
"""

import argparse
import json
import logging
import os
from pathlib import Path

from texalign import names
from texalign.command_line import network_arguments


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="id of the network, for labels")
    parser.add_argument("--texture", required=True, help="name of the exemplar, for labels")
    parser.add_argument("--exemplar", type=Path, required=True, help="image to match")
    network_arguments.add_network_arguments(parser)
    parser.add_argument(
        "--exemplar-size", type=int, default=224, help="edge that the exemplar is resized to, in pixels"
    )
    parser.add_argument("--image-size", type=int, help="edge of the image to make; by default the exemplar's")
    parser.add_argument(
        "--weighting",
        choices=list(names.WEIGHTINGS),
        default="paper",
        help="1/(4 N^2 m), 1/(4 N^2 m^2), or 1/|G|^2 of the exemplar, for N channels and m positions",
    )
    parser.add_argument("--layer-weights", type=json.loads, default={}, help="factors by layer, JSON; 1 if left out")
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
    parser.add_argument("--output-image", type=Path, required=True, help="the image, 8-bit PNG")
    parser.add_argument("--output-result", type=Path, required=True, help="settings and result, JSON")
    parser.add_argument("--output-trace", type=Path, required=True, help="loss at every evaluation, TSV")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    # Both are read once, when torch is imported. Without the first, sums on a GPU come in no fixed order. The second
    # has threads sleep while they wait for each other: on a machine that others use too, spinning made runs 4 to 10
    # times slower.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    from texalign.artifacts import files, provenance
    from texalign.synthesis import optimise
    from texalign.synthesis import results as synthesis_results
    from texalign.synthesis.loss import GramLoss
    from texalign.synthesis.pixels import (
        default_history,
        load_exemplar,
        mid_grey,
        parametrization,
        read_image,
        save_image,
    )

    stopping = optimise.Stopping(arguments.evaluations, arguments.tolerance)
    image_size = arguments.image_size or arguments.exemplar_size
    history = arguments.history or default_history(arguments.parametrization)
    built = network_arguments.build(arguments, [arguments.exemplar_size, image_size])
    device = built.device
    if device.type == "cuda":
        # The same seed is to give the same trace, and line searches need the digits that TF32 drops.
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.backends.cudnn.allow_tf32 = False
    exemplar = load_exemplar(arguments.exemplar, arguments.exemplar_size).to(device)
    pixels = parametrization(arguments.parametrization, built.normalization, arguments.spectrum)
    loss = GramLoss(built.network, built.normalization, exemplar, arguments.weighting, arguments.layer_weights)

    settings = {
        **built.settings,
        "exemplar": str(arguments.exemplar),
        "exemplar_sha256": files.file_sha256(arguments.exemplar),
        "exemplar_size": arguments.exemplar_size,
        "image_size": image_size,
        "weighting": arguments.weighting,
        "layer_weights": arguments.layer_weights,
        "parametrization": arguments.parametrization,
        "spectrum": arguments.spectrum,
        "history": history,
        "evaluations": arguments.evaluations,
        "tolerance": arguments.tolerance,
        "start": str(arguments.start) if arguments.start else "noise",
        "start_sha256": files.file_sha256(arguments.start) if arguments.start else None,
    }
    if arguments.start:
        start = load_exemplar(arguments.start, image_size)
    else:
        start = pixels.noise(arguments.seed, (1, 3, image_size, image_size))
    start = start.to(device)
    checkpoint = optimise.Checkpoint(
        arguments.output_image.with_name(f".{arguments.output_image.name}.checkpoint"),
        json.dumps({**settings, "seed": arguments.seed, "device": str(device), "threads": arguments.threads}),
        arguments.checkpoint_seconds,
    )
    logging.info("%s, %s: %d evaluations at most", arguments.model, arguments.texture, arguments.evaluations)
    flat = loss.by_layer(mid_grey(start))
    run = optimise.minimize(loss, pixels, start, flat.total, stopping, history, checkpoint)

    final = pixels.pixels(run.best)
    save_image(arguments.output_image, final)
    synthesis_results.write_trace(arguments.output_trace, run.trace)
    result = synthesis_results.SynthesisResult(
        model=arguments.model,
        texture=arguments.texture,
        seed=arguments.seed,
        settings=settings,
        stopped=run.stopped,
        evaluations=len(run.trace),
        seconds=run.seconds,
        resumed=run.resumed,
        restarts=run.restarts,
        flat=flat,
        start=loss.by_layer(pixels.pixels(pixels.variables(start))),
        final=loss.by_layer(final),
        saved=loss.by_layer(read_image(arguments.output_image).to(device)),
        device=str(device),
        threads=arguments.threads,
        versions=provenance.versions("torch", "torchvision", "numpy", "pillow"),
    )
    synthesis_results.write_result(arguments.output_result, result)
    checkpoint.remove()
    logging.info("saved with %.3g of the loss of a flat grey image", result.relative_loss)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
