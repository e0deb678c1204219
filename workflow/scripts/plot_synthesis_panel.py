"""Synthetic images of all networks below their originals, pixel for pixel, as PNG and SVG."""

import argparse
from pathlib import Path


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exemplars", nargs="+", required=True, metavar="TEXTURE=FILE", help="originals, in order")
    parser.add_argument("--exemplar-size", type=int, default=224, help="edge that exemplars are resized to, in pixels")
    parser.add_argument("--images", nargs="+", type=Path, required=True, help="synthetic images, PNG")
    parser.add_argument("--results", nargs="+", type=Path, required=True, help="their results, JSON, in the same order")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="figure, .png or .svg")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    import numpy as np

    from texalign.figures import kit, synthesis_panel
    from texalign.images.pixels import load_rgb, resize_to_square
    from texalign.synthesis import results as synthesis_results

    results = [synthesis_results.read_result(file) for file in arguments.results]
    several_seeds = len({result.seed for result in results}) > 1
    rows: dict[str, dict[str, synthesis_panel.PanelImage]] = {}
    for file, result in zip(arguments.images, results, strict=True):
        label = f"{result.model}, seed {result.seed}" if several_seeds else result.model
        pixels = np.asarray(load_rgb(file))
        rows.setdefault(label, {})[result.texture] = synthesis_panel.PanelImage(pixels, result.relative_loss)
    exemplars = dict(exemplar.split("=", 1) for exemplar in arguments.exemplars)
    originals = {
        texture: resize_to_square(load_rgb(file), arguments.exemplar_size) for texture, file in exemplars.items()
    }
    kit.save_figure(synthesis_panel.synthesis_panel(originals, rows), arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
