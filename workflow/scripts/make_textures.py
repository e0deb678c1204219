"""Make the embedded study's texture images: drawn classes and crops of CC0 photographs, one folder a class."""

import argparse
from pathlib import Path

from texalign.command_line.lineage_arguments import parse_with_lineages


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--classes", nargs="+", required=True, help="texture classes, such as banded or brick")
    parser.add_argument("--images-per-class", type=int, default=20, help="number of images of each class")
    parser.add_argument("--seed", type=int, default=0, help="random seed, 0 or more")
    parser.add_argument("--size", type=int, default=224, help="edge of the square images in pixels")
    parser.add_argument("--output", type=Path, required=True, help="folder of class folders to make")
    parser.add_argument("--output-checksums", type=Path, required=True, help="SHA-256 of every image, as sha256sum")
    return parse_with_lineages(parser)


def main() -> None:
    from texalign.errors import TexalignError

    arguments = parse_arguments()
    from PIL import Image
    from tqdm import tqdm

    from texalign.artifacts.files import atomic_path
    from texalign.images.index import write_checksums
    from texalign.images.textures import generate_texture

    if arguments.images_per_class < 1:
        raise TexalignError(f"--images-per-class is {arguments.images_per_class}, at least 1 is needed")
    names = list(dict.fromkeys(arguments.classes))
    total = len(names) * arguments.images_per_class
    # Under its final name the folder appears whole or not at all.
    with atomic_path(arguments.output) as folder, tqdm(total=total, unit="image", mininterval=2) as progress:
        for name in names:
            (folder / name).mkdir(parents=True)
            for index in range(arguments.images_per_class):
                pixels = generate_texture(name, index, arguments.seed, arguments.size)
                Image.fromarray(pixels).save(folder / name / f"{name}_{index:04d}.png")
                progress.update()
    write_checksums(arguments.output_checksums, arguments.output)


if __name__ == "__main__":
    from texalign.command_line.program import run_program

    run_program(main)
