"""How one network sees the synthetic images of all networks: their loss, relative to that of unrelated exemplars."""

import argparse
from pathlib import Path

from texalign import names
from texalign.command_line import made_arguments, network_arguments, synthesis_arguments
from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="id of the judging network")
    parser.add_argument(
        "--representations",
        nargs="+",
        choices=list(names.REPRESENTATIONS),
        default=["gram"],
        help="what it judges by; each judges all images",
    )
    made_arguments.add_made_arguments(parser)
    synthesis_arguments.add_loss_arguments(parser)
    parser.add_argument("--output", type=Path, required=True, help="loss of every image, TSV")
    return parse_with_lineages(parser)


def main() -> None:
    arguments = parse_arguments()
    synthesis_arguments.prepare_environment()
    from texalign.representations import registry
    from texalign.synthesis import pixels
    from texalign.synthesis.judge import Judge, read_made
    from texalign.synthesis.judgements import write_judgements
    from texalign.synthesis.loss import ImageMaps

    built = network_arguments.build(arguments, [arguments.exemplar_size])
    exemplars = {
        texture: pixels.load_exemplar(file, arguments.exemplar_size).to(built.device)
        for texture, file in made_arguments.exemplar_files(arguments.exemplars, arguments.lineages).items()
    }
    judge = Judge(
        arguments.model,
        ImageMaps(built.network, built.normalization),
        [registry.get(name) for name in arguments.representations],
        exemplars,
        arguments.weighting,
        arguments.layer_weights,
    )
    judgements = judge.anchors()
    for file, result in zip(arguments.images, arguments.results, strict=True):
        judgements.extend(judge.judge(read_made(file, result, built.device)))
    write_judgements(arguments.output, judgements)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
