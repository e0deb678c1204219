"""Texture synthesis against the published run, side by side: AlexNet, pebbles, 224 pixels.

Prints and writes, for each kind of run: the loss of the best image and of the 8-bit image saved, as fractions of the
loss of a flat mid-grey image, and after how many evaluations and seconds the image, as it would be saved, first is
better than what the published run saves at its end. All runs share the code that evaluates the loss; they differ in
what L-BFGS changes (pixels in a range, through a filter or not, or the network's input without bounds) and in the steps
it remembers.

Seconds are of wall clock and, for busy machines, of processor time; what measuring itself takes is left out.

    TEXALIGN_DATA=... python benchmarks/bench_synthesis.py --output bench_synthesis.tsv
"""

import argparse
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

# As the program does; read when torch is imported.
os.environ["OMP_WAIT_POLICY"] = os.environ.get("OMP_WAIT_POLICY", "PASSIVE")

import torch
from torch import Tensor

from texalign.artifacts import tables
from texalign.artifacts.tap import numbered_taps
from texalign.networks import preprocessing, sources, weights
from texalign.networks.taps import TappedNetwork
from texalign.representations import registry
from texalign.synthesis import optimise
from texalign.synthesis.loss import ImageMaps, TextureLoss
from texalign.synthesis.pixels import load_exemplar, mid_grey, parametrization

MODULES = [f"features.{position}" for position in (0, 3, 6, 8, 10)]
NORMALIZATION = preprocessing.Normalization((0.5137, 0.4639, 0.4261), (0.2576, 0.2330, 0.2412))


@dataclass(frozen=True)
class Kind:
    """One kind of run: the parametrisation, the exponent of its filter and the steps that L-BFGS remembers."""

    name: str
    parametrization: str
    exponent: float = 0.0
    history: int = 20


PUBLISHED = Kind("published", "published", history=400)
KINDS = [
    PUBLISHED,
    Kind("sigmoid, filtered (default)", "sigmoid", 0.5),
    Kind("sigmoid", "sigmoid"),
    Kind("projected, filtered", "projected", 0.5),
    Kind("sigmoid, filtered, history 100", "sigmoid", 0.5, 100),
]


@dataclass
class WatchedLoss:
    """A loss that notes when each evaluation began, and the image of each that is the best so far, in 8 bits."""

    loss: TextureLoss
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    images: list[Tensor] = field(default_factory=list)
    best: float = float("inf")
    left_out_wall: float = 0.0
    left_out_cpu: float = 0.0

    def __call__(self, image: Tensor) -> Tensor:
        value = self.loss(image)
        began_wall, began_cpu = time.perf_counter(), time.process_time()
        self.wall.append(began_wall - self.left_out_wall)
        self.cpu.append(began_cpu - self.left_out_cpu)
        if float(value.detach()) < self.best:
            self.best = float(value.detach())
            self.images.append(image.detach().clamp(0, 1).mul(255).round().to(torch.uint8))
        else:
            self.images.append(self.images[-1])
        self.left_out_wall += time.perf_counter() - began_wall
        self.left_out_cpu += time.process_time() - began_cpu
        return value

    def saved_loss(self, evaluation: int) -> float:
        """Loss of the best 8-bit image after so many evaluations, counted from 1."""
        return self.loss.by_layer(self.images[evaluation - 1].to(torch.float32) / 255).total


def alexnet_loss(data: Path, exemplar: str) -> TextureLoss:
    network = TappedNetwork(sources.Architecture("torchvision", "alexnet").build(), numbered_taps(MODULES))
    weights.load_weights(network, weights.read_state_dict(data / "weights" / "alexnet_conv.pth"), 224)
    network.network.to(memory_format=torch.channels_last)
    image = load_exemplar(data / "exemplars" / exemplar, 224)
    return TextureLoss(ImageMaps(network, NORMALIZATION), registry.get("gram"), image, "paper")


def measure(loss: TextureLoss, kind: Kind, evaluations: int, seed: int, goal: float | None) -> dict[str, object]:
    """One run: a row of the table. `goal` is the loss that the published run saves, None for that run itself."""
    pixels = parametrization(kind.parametrization, NORMALIZATION, kind.exponent)
    start = pixels.noise(seed, (1, 3, 224, 224))
    flat = loss.by_layer(mid_grey(start)).total
    watched = WatchedLoss(loss)
    wall, cpu = time.perf_counter(), time.process_time()
    run = optimise.minimize(watched, pixels, start, flat, optimise.Stopping(evaluations), kind.history)
    n = len(run.trace)
    seconds, cpu_seconds = (
        time.perf_counter() - watched.left_out_wall - wall,
        time.process_time() - watched.left_out_cpu - cpu,
    )
    passed = n if goal is None else next((i for i in range(1, n + 1) if watched.saved_loss(i) < goal), None)
    return {
        "run": kind.name,
        "seed": seed,
        "evaluations": n,
        "final_loss": run.best_loss / flat,
        "saved_loss": watched.saved_loss(n) / flat,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "seconds_per_evaluation": seconds / n,
        "cpu_seconds_per_evaluation": cpu_seconds / n,
        "evaluations_to_pass": passed,
        "seconds_to_pass": passed and (watched.wall[passed - 1] - wall if goal else seconds),
        "cpu_seconds_to_pass": passed and (watched.cpu[passed - 1] - cpu if goal else cpu_seconds),
        "restarts": len(run.restarts),
        "goal": goal,
        "flat": flat,
    }


def ratio(row: dict[str, object], published: dict[str, object], column: str) -> float | None:
    """How many times sooner a run passes what the published run saves at its end."""
    return row[f"{column}_to_pass"] and published[column] / row[f"{column}_to_pass"]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("TEXALIGN_DATA"), help="default: $TEXALIGN_DATA")
    parser.add_argument("--exemplar", default="pebbles.jpg", help="file in the data's exemplars/")
    parser.add_argument("--evaluations", type=int, default=800)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--all", action="store_true", help="all kinds of runs, not only published and default")
    parser.add_argument("--output", type=Path, required=True, help="table, TSV")
    arguments = parser.parse_args()
    if arguments.data is None:
        parser.error("name the folder of real inputs by --data or TEXALIGN_DATA")
    return arguments


def main() -> None:
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    loss = alexnet_loss(Path(arguments.data), arguments.exemplar)
    loss(mid_grey(torch.empty(1, 3, 224, 224)))  # what the first pass allocates is nobody's time
    rows = []
    print(
        f"{'run':32}{'seed':>5}{'saved':>10}{'final':>10}{'s/eval':>8}{'passes':>8}{'seconds':>9}{'ratio':>7}{'(cpu)':>7}"
    )
    for seed in arguments.seeds:
        published = None
        for kind in KINDS if arguments.all else KINDS[:2]:
            row = measure(
                loss, kind, arguments.evaluations, seed, published and published["saved_loss"] * published["flat"]
            )
            published = published or row
            row["speedup"] = ratio(row, published, "seconds")
            row["cpu_speedup"] = ratio(row, published, "cpu_seconds")
            rows.append(row)
            passes = [
                row[name] if row[name] is not None else float("nan")
                for name in ("evaluations_to_pass", "seconds_to_pass", "speedup", "cpu_speedup")
            ]
            print(
                f"{kind.name:32}{seed:5}{row['saved_loss']:10.2e}{row['final_loss']:10.2e}"
                f"{row['seconds_per_evaluation']:8.3f}{passes[0]:8}{passes[1]:9.2f}{passes[2]:7.1f}{passes[3]:7.1f}",
                flush=True,
            )
    tables.write_tsv(arguments.output, list(rows[0]), rows)


if __name__ == "__main__":
    main()
