"""One whole network at the size of the paper's study, through the workflow itself, beside what was forecast for it.

5,640 images in 47 classes, random crops of the real ones of TEXALIGN_DATA (or procedural textures), resnet18 with
random weights, five layers, three protocols, up to the table of mutual information. Seconds are those that Snakemake
measured of every job (its `benchmark:` files), summed by rule, and the wall clock of the whole run.
"""

import argparse
import csv
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import yaml
from PIL import Image

import forecast
import harness
from harness import N_CLASSES, PAPER, PROJECT
from texalign.images import textures

MODEL = "resnet18"
PARTS = ("Snakefile", "config.yaml", "workflow", "resources", "envs", "profiles")


def make_images(folder: Path, class_index: int, per_class: int) -> None:
    """Images of one class: crops of four fifths of real images, or procedural textures."""
    rng = np.random.default_rng(class_index)
    files = harness.real_images()
    own = folder / f"class_{class_index:02d}"
    own.mkdir(parents=True)
    for number in range(per_class):
        if files:
            image = Image.open(files[(class_index * per_class + number) % len(files)]).convert("RGB")
            width, height = (4 * edge // 5 for edge in image.size)
            left, top = rng.integers(0, image.width - width), rng.integers(0, image.height - height)
            image = image.crop((left, top, left + width, top + height))
        else:
            names = sorted(textures.TEXTURES)
            image = Image.fromarray(textures.generate_texture(names[class_index % len(names)], number, class_index))
        image.save(own / f"{number:03d}.jpg", quality=92)


def run_study(project: Path) -> float:
    """Wall seconds of the study up to the table of mutual information."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "snakemake", "mi", "--cores", "all", "--configfile", "study.yaml"]
    ran = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(f"the study failed:\n{(ran.stdout + ran.stderr)[-4000:]}")
    return time.perf_counter() - start


def seconds_by_rule(folder: Path) -> dict[str, float]:
    """Sums of the seconds that Snakemake measured, by rule, of rules that have a `benchmark:`."""
    sums: dict[str, float] = {}
    for file in folder.rglob("*.tsv"):
        with file.open(newline="") as stream:
            seconds = sum(float(row["s"]) for row in csv.DictReader(stream, delimiter="\t"))
        rule = file.relative_to(folder).parts[0]
        sums[rule.removesuffix(".tsv")] = sums.get(rule.removesuffix(".tsv"), 0.0) + seconds
    return sums


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images-per-class", type=int, default=120, help="120 by default, which makes 5,640 images")
    arguments = parser.parse_args()
    rates = forecast.Rates.measured()
    expected = forecast.network_seconds(rates, MODEL)
    expected_wall = sum(forecast.wall_seconds(expected).values()) + harness.N_IMAGES / rates.decoded_per_s
    with tempfile.TemporaryDirectory() as name:
        project = Path(name) / "project"
        project.mkdir()
        for part in PARTS:
            source = PROJECT / part
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, project / part)
        with ProcessPoolExecutor() as pool:
            list(
                pool.map(
                    make_images,
                    [project / "images"] * N_CLASSES,
                    range(N_CLASSES),
                    [arguments.images_per_class] * N_CLASSES,
                )
            )
        network = PAPER["networks"][MODEL] | {"weights": {"random": 0}}
        config = {"study": "whole", "images": {"source": "folder", "folder": "images"}, "networks": {MODEL: network}}
        (project / "study.yaml").write_text(yaml.safe_dump(config))
        wall = run_study(project)
        measured = seconds_by_rule(project / "results/whole/benchmarks")
        disk = sum(file.stat().st_size for file in (project / "results/whole/gram").glob("*.h5"))
    share = arguments.images_per_class / 120
    rows = [
        {"rule": rule, "seconds": seconds, "forecast": expected.get(rule), "ratio": seconds / expected[rule]}
        if rule in expected
        else {"rule": rule, "seconds": seconds}
        for rule, seconds in sorted(measured.items())
    ]
    rows.append(
        {
            "rule": "all, wall clock",
            "seconds": wall,
            "forecast": expected_wall,
            "ratio": wall / expected_wall,
            "gram_gb": disk / 1e9,
            "share_of_images": share,
        }
    )
    harness.report("whole_network", rows)


if __name__ == "__main__":
    main()
