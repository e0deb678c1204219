"""Every kind of figure, as a study of the paper's size or a small one has it, made from made-up results."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.figure import Figure
from scipy.spatial.distance import pdist

from support import PAPER_NETWORKS
from texalign.figures.agreement_by_layer import LayerAgreement, agreement_by_layer
from texalign.figures.brainscore_drift import Drifted, brainscore_drift
from texalign.figures.brainscore_scatter import BrainScorePanel, brainscore_scatter
from texalign.figures.class_recovery import class_recovery
from texalign.figures.cluster_matrix import cluster_class_matrix
from texalign.figures.correlation_forest import CorrelationSummary, correlation_forest
from texalign.figures.mi_by_layer import LayerInformation, mi_by_layer
from texalign.figures.mi_intervals import LayerInterval, mi_intervals
from texalign.figures.mi_over_clusters import LayerCurve, mi_over_clusters
from texalign.figures.probes_by_layer import LayerProbes, probes_by_layer
from texalign.figures.rdm_heatmap import rdm_heatmap
from texalign.figures.rdm_layers import LayerRdm, rdm_layers
from texalign.figures.rdm_map import rdm_map
from texalign.figures.representation_ladder import LadderDifference, LadderValue, representation_ladder
from texalign.figures.specification_curve import UniverseResult, specification_curve
from texalign.figures.synthesis_cross_evaluation import synthesis_cross_evaluation
from texalign.figures.synthesis_losses import LossCurve, synthesis_losses
from texalign.figures.synthesis_panel import Shown, by_texture
from texalign.synthesis.judgements import Judgement
from texalign.synthesis.results import LossByLayer, SynthesisResult

DTD_CLASSES = tuple(
    """banded blotchy braided bubbly bumpy chequered cobwebbed cracked crosshatched crystalline dotted fibrous
flecked freckled frilly gauzy grid grooved honeycombed interlaced knitted lacelike lined marbled matted meshed paisley
perforated pitted pleated polka-dotted porous potholed scaly smeared spiralled sprinkled stained stratified striped
studded swirly veined waffled woven wrinkled zigzagged""".split()  # noqa: SIM905
)
ALL = {model: network.family for model, network in PAPER_NETWORKS.items()}
PROTOCOLS = ("unit", "raw", "rdm_rows")
BENCHMARKS = ("average_vision", "neural_vision", "behavior_vision", "V1", "V2", "V4", "IT")
LAYERS = tuple(f"L{position}" for position in range(1, 6))


class Gallery:
    """Figures of so many networks, protocols, classes and benchmarks, by kind: the module that draws it."""

    def __init__(self, n_models: int, n_protocols: int, n_classes: int, benchmarks: Sequence[str] = BENCHMARKS):
        self.models = list(ALL)[:n_models]
        self.families = {model: ALL[model] for model in self.models}
        self.protocols = PROTOCOLS[:n_protocols]
        self.classes = DTD_CLASSES[:n_classes]
        self.benchmarks = benchmarks
        self.n_images = 120 * n_classes

    def _of_layers(self) -> list[tuple[str, str, str, int, float]]:
        """Protocol, network, layer, position, and a value between 0 and 1 that grows with the layer."""
        return [
            (protocol, model, layer, position, (0.15 * position + 0.02 * rank) / (1 + 0.3 * place))
            for place, protocol in enumerate(self.protocols)
            for rank, model in enumerate(self.models)
            for position, layer in enumerate(LAYERS, start=1)
        ]

    def _distances(self, seed: int) -> tuple[np.ndarray, np.ndarray]:
        classes = np.repeat(np.arange(len(self.classes)), 4)
        points = np.random.default_rng(seed).normal(size=(len(classes), 3)) + classes[:, None] / 5
        return pdist(points).astype(np.float32), np.array(self.classes)[classes]

    def mi_by_layer(self) -> Figure:
        bits = float(np.log2(len(self.classes)))
        rows = [
            LayerInformation(p, m, layer, place, v * bits, v, v * bits - 0.1, v * bits + 0.1)
            for p, m, layer, place, v in self._of_layers()
        ]
        counts = {"n_images": self.n_images, "n_classes": len(self.classes)}
        return mi_by_layer(rows, self.families, **counts, class_entropy_bits=bits)

    def mi_over_clusters(self) -> Figure:
        k = np.arange(1, len(self.classes) + 1)
        curves = [LayerCurve(p, layer, k, v * np.log2(k)) for p, m, layer, _, v in self._of_layers() if m == "alexnet"]
        return mi_over_clusters(curves, model="alexnet", n_images=self.n_images, n_classes=len(self.classes))

    def mi_intervals(self) -> Figure:
        rows = [
            LayerInterval(m, layer, place, 4 * v, 4 * v - 0.1, 4 * v + 0.4, 0.01, 0.02)
            for p, m, layer, place, v in self._of_layers()
            if p == "unit"
        ]
        counts = {"n_images": self.n_images, "n_classes": len(self.classes)}
        return mi_intervals(rows, self.families, protocol="unit", **counts, confidence=0.95)

    def probes_by_layer(self) -> Figure:
        rows = [
            LayerProbes(p, m, layer, place, v, 0.02, 0.8 * v, 0.02, v / 2 - 0.1, 0.5 + v / 2)
            for p, m, layer, place, v in self._of_layers()
        ]
        return probes_by_layer(rows, self.families, n_images=self.n_images, n_classes=len(self.classes))

    def agreement_by_layer(self) -> Figure:
        rows = [
            LayerAgreement(p, m, layer, place, scope, "spearman", v / 3, v / 3 - 0.05, v / 3 + 0.05, 0.0, 0.3, 0.45)
            for p, m, layer, place, v in self._of_layers()
            for scope in ("all", "within_classes")
        ]
        return agreement_by_layer(
            rows, self.families, evidence="descriptions", n_images=396, n_observers=4, confidence=0.95
        )

    def rdm_heatmap(self) -> Figure:
        condensed, classes = self._distances(0)
        return rdm_heatmap(condensed, classes, model=self.models[-1], layer="L5", dissimilarity="cosine")

    def rdm_layers(self) -> Figure:
        rdms = [LayerRdm(layer, self._distances(seed)[0]) for seed, layer in enumerate(LAYERS)]
        return rdm_layers(rdms, self._distances(0)[1], model=self.models[-1], dissimilarity="cosine")

    def rdm_map(self) -> Figure:
        names = [f"{model}/{layer}" for model in self.models for layer in LAYERS] + ["classes", "people/descriptions"]
        points = np.random.default_rng(0).normal(size=(len(names), 6)).cumsum(axis=0)
        return rdm_map(names, np.corrcoef(points), self.families, n_images=self.n_images)

    def cluster_matrix(self) -> Figure:
        n = len(self.classes)
        table = np.random.default_rng(0).multinomial(120, np.full(n, 1 / n), size=n) + 60 * np.eye(n, dtype=int)
        return cluster_class_matrix(
            table, self.classes, model=self.models[-1], layer="L5", protocol="unit", mi_nsb_bits=1.81
        )

    def class_recovery(self) -> Figure:
        f1 = np.random.default_rng(0).random((len(self.classes), len(self.models)))
        p = np.where(f1 < 0.3, 0.5, 0.001)
        return class_recovery(f1, p, self.classes, self.models, protocol="unit", n_images=self.n_images, alpha=0.05)

    def brainscore_scatter(self) -> Figure:
        rng = np.random.default_rng(0)
        matches = dict(
            zip(self.models, itertools.cycle(["same_weights", "same_architecture", "relative"]), strict=False)
        )
        panels = [
            BrainScorePanel(
                name,
                self.models,
                rng.random(len(self.models)),
                rng.random(len(self.models)) + 1,
                r=-0.31,
                p=0.0002,
                interval=(-0.55, 0.77),
                q=0.4,
                family_p=0.6,
                n_families=5,
                zero_filled=0.2,
                largest_two=0.6,
                r_with_taken=-0.2,
                matches=matches,
            )
            for name in self.benchmarks
        ]
        return brainscore_scatter(panels, self.families, protocol="unit")

    def correlation_forest(self) -> Figure:
        summaries = [
            CorrelationSummary(
                p,
                name,
                len(self.models),
                -0.13 + 0.1 * place,
                (-0.66, 0.48),
                (-0.7, 0.5),
                (-0.4, 0.1),
                (-0.5, 0.2),
                0.71,
                0.5,
                "undecided",
            )
            for p in self.protocols
            for place, name in enumerate(self.benchmarks)
        ]
        return correlation_forest(summaries, confidence=0.95)

    def brainscore_drift(self) -> Figure:
        rows = [
            Drifted(p, name, -0.2, 12, 0.3 - i / 10, 14)
            for p in self.protocols
            for i, name in enumerate(self.benchmarks)
        ]
        return brainscore_drift(rows, before="2025-02", after="2025-09", aggregate="leaderboard")

    def representation_ladder(self) -> Figure:
        rungs = ("mean", "gram", "sliced_wasserstein", "portilla_simoncelli")
        values = [
            LadderValue(name, m, layer, v + 0.1 * place)
            for place, name in enumerate(rungs)
            for p, m, layer, _, v in self._of_layers()
            if p == "unit"
        ]
        differences = [
            LadderDifference(name, layer, 0.1, 0.05, 0.2) for name in rungs for layer in (*LAYERS, "all layers")
        ]
        counts = {"n_images": self.n_images, "confidence": 0.95}
        return representation_ladder(
            values, differences, self.families, measure="mi_nsb_bits", protocol="unit", reference="gram", **counts
        )

    def specification_curve(self) -> Figure:
        choices = {"activation": ["after_relu", "before_relu"], "fit": ["squash"], "protocol": self.protocols}
        choices |= {"join": ["id", "positional_published"], "statistic": ["pearson", "spearman"]}
        rng = np.random.default_rng(0)
        universes = [
            UniverseResult(name, dict(zip(choices, chosen, strict=True)), r, abs(r) > 0.57, place == 0, 12)
            for name in self.benchmarks
            for place, chosen in enumerate(itertools.product(*choices.values()))
            for r in [float(rng.normal(-0.1, 0.3))]
        ]
        return specification_curve(universes, {"V1": -0.229}, alpha=0.05, n_undefined=0)

    def synthesis_losses(self) -> Figure:
        curves = [
            LossCurve(model, texture, 0.7 ** np.arange(1, 20) * (rank + 1), 0.7**19 * (rank + 1))
            for rank, model in enumerate(self.models)
            for texture in ("blotchy", "matted", "pebbles", "scaly", "striped")
        ]
        return synthesis_losses(curves, self.families, "gram")

    def synthesis_cross_evaluation(self) -> Figure:
        pairs = itertools.product(self.models, self.models)
        made = [Judgement(j, "gram", "synthesis", m, "gram", "x", 0, 0.02 if j == m else 0.4, 1) for j, m in pairs]
        known = [
            Judgement(judge, "gram", kind, "", "", "x", 0, 0.7, 7)
            for judge in self.models
            for kind in ("flat grey", "mirrored", "crop")
        ]
        return synthesis_cross_evaluation([*made, *known], "gram")

    def synthesis_panel(self) -> Figure:
        textures = ("blotchy", "matted", "pebbles", "scaly", "striped")
        pixels = np.random.default_rng(0).integers(0, 256, (224, 224, 3), np.uint8)
        flat = LossByLayer(10.0, {"L1": 10.0})
        made = [
            Shown(
                SynthesisResult(
                    m, t, 0, {"representation": "gram"}, "evaluations", 5, [], flat, flat, flat, flat, "cpu", 1, {}
                ),
                pixels,
            )
            for m in self.models
            for t in textures
        ]
        return by_texture(dict.fromkeys(textures, pixels), made, [])

    def kinds(self) -> dict[str, Callable[[], Figure]]:
        """What draws each kind, by its name."""
        return {name: getattr(self, name) for name in vars(Gallery) if name != "kinds" and not name.startswith("_")}


PAPER = Gallery(12, 3, 47)
SMALL = Gallery(3, 1, 15, ["average_vision", "IT"])
LARGE = Gallery(12, 3, 47, [*BENCHMARKS, *(f"Majaj2015public.IT-temporal-{i}" for i in range(13))])
