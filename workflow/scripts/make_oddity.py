"""The page of the oddity task over a study's syntheses, and the crops that it shows as files."""

import argparse
from pathlib import Path

from texalign import names
from texalign.command_line import made_arguments
from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    made_arguments.add_made_arguments(parser)
    parser.add_argument("--study", required=True, help="name of the study, for the file of judgements")
    parser.add_argument("--template", type=Path, required=True, help="the page without its trials, HTML")
    parser.add_argument("--crop", type=int, required=True, help="edge of the crops in pixels")
    parser.add_argument("--repetitions", type=int, required=True, help="trials of each synthesis")
    parser.add_argument("--seed", type=int, required=True, help="of crops and orders")
    parser.add_argument("--presentation", choices=list(names.PRESENTATIONS), required=True, help="of the intervals")
    parser.add_argument("--seconds", type=float, required=True, help="that an interval is shown, 0 for no limit")
    parser.add_argument("--output", type=Path, required=True, help="the page, HTML")
    parser.add_argument("--output-crops", type=Path, required=True, help="folder of the crops, one subfolder a texture")
    parser.add_argument("--output-checksums", type=Path, required=True, help="SHA-256 of every crop")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    from texalign.images.index import write_checksums
    from texalign.perception import oddity
    from texalign.synthesis.results import read_result

    exemplars = made_arguments.exemplar_files(arguments.exemplars, arguments.lineages)
    files = {f"{texture}/original": file for texture, file in exemplars.items()}
    pairs = []
    for image, result in zip(arguments.images, map(read_result, arguments.results), strict=True):
        sample = f"{result.representation}.seed{result.seed}"
        key = f"{result.texture}/{result.model}.{sample}"
        files[key] = image
        original = f"{result.texture}/original"
        size = oddity.common_size(files[original], image)
        pairs.append(oddity.Pair(result.texture, result.model, sample, original, key, size))
    trials = oddity.plan_trials(pairs, arguments.crop, arguments.repetitions, arguments.seed)
    shown = {piece.image: files[piece.image] for trial in trials for piece in trial.crops}
    settings = {name: getattr(arguments, name) for name in ("study", "seed", "crop", "presentation", "seconds")}
    oddity.write_crops(arguments.output_crops, trials, shown, arguments.crop)
    write_checksums(arguments.output_checksums, arguments.output_crops)
    oddity.write_page(arguments.output, arguments.template, trials, shown, settings)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
