"""The study that a config file describes, as the rules use it."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

from planning.paths import Paths
from planning.programs import flags
from texalign import names

# What a config may say of weights that is about the images that they were trained with.
NORMALIZATION = ("mean", "std")


@dataclass(frozen=True)
class StudyNetwork:
    """One network of the study.

    `layers` maps layer names (L1, L2, ... in the order of the config) to module names, with `@` and the call behind
    those of which a call is wanted; to None where the rule of `spread` chooses them, into `layers_file`, before any
    network runs. `activation`, `maps`, `preprocessing`: what the config says of this network alone.
    `family`: of architectures; a network that the config gives none is a family of its own. `brainscore_line`: line of
    a leaderboard export that holds its scores. `brainscore_match`: what the model that was scored is to this network.
    """

    model: str
    family: str
    architecture: str
    arguments: Mapping[str, Any]
    weights: str | Mapping[str, Any]
    layers: Mapping[str, str | None]
    brainscore_id: str | None
    brainscore_line: int | None = None
    brainscore_match: str | None = None
    activation: str | None = None
    maps: str | None = None
    preprocessing: str = "study"
    layers_file: str | None = None

    @classmethod
    def from_config(cls, model: str, entry: Mapping[str, Any], results: str = "results") -> "StudyNetwork":
        """A network in a config that fits the schema; `results`: folder of the study."""
        target = entry.get("callable") if entry["source"] == "python" else entry.get("name", model)
        # A front end without training has no activation stage.
        own_activation = "before_relu" if entry["source"] == "handmade" else None
        return cls(
            model=model,
            family=entry.get("family", model),
            architecture=f"{entry['source']}:{target}",
            arguments=entry.get("arguments", {}),
            weights=entry["weights"],
            layers=_layers(entry["layers"]),
            brainscore_id=entry.get("brainscore_id"),
            brainscore_line=entry.get("brainscore_line"),
            brainscore_match=entry.get("brainscore_match"),
            activation=entry.get("activation", own_activation),
            maps=entry.get("maps"),
            preprocessing=entry.get("preprocessing", "study"),
            layers_file=Paths(results).layers.format(model=model) if isinstance(entry["layers"], Mapping) else None,
        )

    @property
    def weights_file(self) -> list[str]:
        """The user's weights file, as the input of the rule that fetches weights; empty for other kinds of weights."""
        if isinstance(self.weights, Mapping) and "file" in self.weights and "package" not in self.weights:
            return [self.weights["file"]]
        return []

    @property
    def architecture_flags(self) -> str:
        """The network without its weights, as flags of the programs that build it."""
        return flags(architecture=self.architecture, arguments=self.arguments)

    @property
    def network_flags(self) -> str:
        """The network and how it differs from the study's others, as flags of the programs that run it."""
        own = flags(
            own_activation=self.activation,
            maps=self.maps,
            own_preprocessing=self.weights if self.preprocessing == "weights" else None,
        )
        return f"{self.architecture_flags} {own}".strip()

    @property
    def taps_flags(self) -> str:
        """The network and its tapped layers, as flags of the programs that run it."""
        return f"{self.network_flags} {self.layers_flags(list(self.layers))}"

    def layers_flags(self, layers: Sequence[str]) -> str:
        """These layers and the modules behind them, or the file that says which, as flags of the programs."""
        if self.layers_file:
            return flags(layers=list(layers), layers_file=self.layers_file)
        return flags(layers=[f"{layer}={self.layers[layer]}" for layer in layers])

    @property
    def weights_said(self) -> str:
        """The weights as the config has them, as text: what `preprocessing: weights` goes by."""
        return flags(own_preprocessing=self.weights)

    @property
    def weights_flags(self) -> str:
        """Where the weights come from, as flags of the program that fetches them."""
        source = {"published": self.weights} if isinstance(self.weights, str) else dict(self.weights)
        source = {key: value for key, value in source.items() if key not in NORMALIZATION}
        return f"{self.architecture_flags} {flags(**source)}"


@dataclass(frozen=True)
class Study:
    """The whole study: its name, images, representations, networks and protocols, in the order of the config.

    `criterion`: column by which layers are chosen and correlated. `labelled`: whether folders are classes.
    `ladder_measures`: what representations are compared by, columns of the tables of all layers; agreement with each
    body of human evidence is among them. `matched_dimensions`: length that all vectors are projected to, None where
    they stay as long as they are.
    """

    name: str
    image_source: str
    image_folder: str
    n_images: int
    networks: Mapping[str, StudyNetwork]
    representations: Sequence[str]
    protocols: Sequence[str]
    criterion: str
    labelled: bool = True
    ladder_measures: Sequence[str] = names.LADDER_MEASURES
    matched_dimensions: int | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Study":
        """The study in a config that fits the schema."""
        images = config["images"]
        folder = (
            images["folder"] if images["source"] == "folder" else f"results/{config['study']}/images/{images['source']}"
        )
        return cls(
            name=config["study"],
            image_source=images["source"],
            image_folder=folder,
            n_images=_count_images(images),
            networks={
                model: StudyNetwork.from_config(model, entry, f"results/{config['study']}")
                for model, entry in config["networks"].items()
            },
            representations=config["representations"],
            protocols=config["protocols"],
            criterion=config["criterion"],
            labelled=images.get("labels", True),
            ladder_measures=[
                *(names.LADDER_MEASURES if images.get("labels", True) else ()),
                *_agreements(config["human"]["evidence"]).values(),
            ],
            matched_dimensions=config.get("matched_dimensions"),
        )

    @property
    def results(self) -> str:
        return f"results/{self.name}"

    @property
    def paths(self) -> Paths:
        return Paths(self.results)

    def network(self, wildcards: Any) -> StudyNetwork:
        """The network that a job's `model` wildcard names."""
        return self.networks[wildcards.model]

    @property
    def spread(self) -> list[str]:
        """Networks whose layers are chosen by rule."""
        return [model for model, network in self.networks.items() if network.layers_file]

    @property
    def named_layers_flags(self) -> str:
        """Networks whose layers the config names, as flags of the program that looks for them."""
        named = {
            model: {
                "architecture": network.architecture,
                "arguments": network.arguments,
                "layers": [f"{layer}={module}" for layer, module in network.layers.items()],
            }
            for model, network in self.networks.items()
            if not network.layers_file
        }
        return flags(models=list(self.networks), named=named or None)

    def module(self, wildcards: Any) -> str | None:
        """The module behind a job's `model` and `layer` wildcards, None where a rule chooses it.

        Raises ValueError for a layer the network lacks.
        """
        layers = self.network(wildcards).layers
        if wildcards.layer not in layers:
            raise ValueError(
                f"{wildcards.model} has no layer {wildcards.layer}; the config gives it {', '.join(layers)}"
            )
        return layers[wildcards.layer]

    @property
    def measure(self) -> str:
        """The criterion where it is a measure of clusters, else mutual information: what trees on halves can give."""
        return self.criterion if self.criterion in names.MEASURES else "mi_nsb_bits"

    @property
    def criterion_table(self) -> str | None:
        """The table that holds the criterion, where that of mutual information does not."""
        if self.criterion_evidence:
            return "agreement_by_layer"
        return names.CRITERION_TABLES.get(self.criterion)

    @property
    def criterion_evidence(self) -> str | None:
        """The human evidence that the criterion is agreement with, None where it is another measure."""
        evidence, *rest = self.criterion.split(".")
        return evidence if rest else None

    @property
    def chooses_layers(self) -> bool:
        """Whether there is something to choose best layers by: labels, or judgements that the criterion names."""
        return self.labelled or self.criterion_evidence is not None

    @property
    def laddered(self) -> bool:
        """Whether there are representations to compare, and measures to compare them by."""
        return len(self.representations) > 1 and bool(self.ladder_measures)

    def compared_by(self, evidence: str) -> str:
        """What representations are compared by of a body of human evidence."""
        return next(measure for measure in self.ladder_measures if measure.split(".")[0] == evidence)

    @property
    def mapped(self) -> bool:
        """Whether there is enough to draw a map of RDMs, that of the classes among them."""
        n_rdms = sum(len(network.layers) for network in self.networks.values()) + self.labelled
        return self.n_images >= 10 and n_rdms >= 3

    @property
    def layers_flags(self) -> str:
        """Modules of all layers by network, as a flag of programs that name them."""
        return flags(layers={model: dict(network.layers) for model, network in self.networks.items()})

    @property
    def family_flags(self) -> str:
        """Families of the networks, as flags of the programs that draw or compare them."""
        return flags(families=[f"{model}={network.family}" for model, network in self.networks.items()])

    @property
    def match_flags(self) -> str:
        """What the scored models are to the networks, where stated, as flags of the program that joins them."""
        stated = {model: network.brainscore_match for model, network in self.networks.items()}
        return flags(matches=[f"{model}={match}" for model, match in stated.items() if match])

    def score_flags(self, brainscore: Mapping[str, Any]) -> str:
        """Which Brain-Scores of which networks, as flags of the programs that read them.

        `brainscore`: that section of a config that fits the schema, defaults filled in.
        """
        lines = {model: network.brainscore_line for model, network in self.networks.items()}
        return flags(
            format=brainscore["format"],
            duplicates=brainscore["duplicates"],
            composition=brainscore["composition"] if brainscore["format"] == "leaderboard" else None,
            zero_filled=brainscore.get("zero_filled") or None,
            benchmarks=brainscore["benchmarks"],
            ids=[f"{model}={network.brainscore_id or ''}" for model, network in self.networks.items()],
            lines=[f"{model}={line}" for model, line in lines.items() if line is not None],
        )

    @property
    def wildcard_patterns(self) -> dict[str, str]:
        """Regular expression of each wildcard: what the study has, so that a misspelt file is not made but refused."""
        layers = dict.fromkeys(layer for network in self.networks.values() for layer in network.layers)
        return {
            "representation": any_of(self.representations),
            "protocol": any_of(self.protocols),
            "model": any_of(self.networks),
            "layer": any_of(layers),
        }

    def expand(self, *patterns: str, **fixed: str) -> list[str]:
        """File names from patterns with any of the wildcards representation, protocol, model and layer.

        Layers are those of each network. The order is that of the wildcards just named, each in the config's order, the
        patterns last; `fixed` wildcards have one value only, and wildcards of other names stay.
        """
        return [
            pattern.format_map(_KeepOthers(wildcards))
            for wildcards in self.wildcards(*names_in(patterns), **fixed)
            for pattern in patterns
        ]

    def wildcards(self, *names: str, **fixed: str) -> list[dict[str, str]]:
        """All values of the named wildcards together, as `expand` uses them."""
        found: list[dict[str, str]] = [{}]
        for name in (name for name in ("representation", "protocol", "model", "layer") if name in names):
            found = [
                so_far | {name: value}
                for so_far in found
                for value in ([fixed[name]] if name in fixed else self._values(name, so_far))
            ]
        return found

    def _values(self, name: str, so_far: Mapping[str, str]) -> Sequence[str]:
        if name == "layer":
            return list(self.networks[so_far["model"]].layers)
        return list({"representation": self.representations, "protocol": self.protocols, "model": self.networks}[name])


class _KeepOthers(dict):
    """Values of wildcards, of which those without a value stay as they are."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def names_in(patterns: Sequence[str]) -> set[str]:
    return {name for pattern in patterns for _, name, _, _ in Formatter().parse(pattern) if name}


def _agreements(evidence: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Agreement with each body of human evidence over all pairs or trials, as a criterion is named."""
    return {name: f"{name}.all.{names.LADDER_AGREEMENT[entry['kind']]}" for name, entry in evidence.items()}


def any_of(names: Iterable[str]) -> str:
    """Regular expression of these names and no other; of no names, one that matches nothing."""
    return "|".join(re.escape(name) for name in names) or "(?!)"


def _tap(layer: str | Mapping[str, Any]) -> str:
    """A tapped module as programs take it."""
    return layer if isinstance(layer, str) else f"{layer['module']}@{layer['call']}"


def _layers(layers: Sequence[Any] | Mapping[str, int]) -> dict[str, str | None]:
    """Layers of a network by name, and their modules; None for those that are spread by rule."""
    if isinstance(layers, Mapping):
        return {f"L{position}": None for position in range(1, layers["spread"] + 1)}
    return {f"L{position}": _tap(layer) for position, layer in enumerate(layers, start=1)}


def _count_images(images: Mapping[str, Any]) -> int:
    """Number of images that a study has, as far as it can be told before they are there."""
    if images["source"] == "folder":
        return len(image_files(images["folder"]))
    if images["source"] == "procedural":
        return len(images["classes"]) * images["images_per_class"]
    return 5640


def image_files(folder: str) -> list[str]:
    """All files in the class folders of a user's image folder, sorted; empty when there is no such folder.

    The program that indexes the images says what is wrong with them; here they are only listed, as its inputs.
    """
    root = Path(folder)
    if not root.is_dir():
        return []
    classes = sorted(entry.path for entry in os.scandir(root) if entry.is_dir() and not entry.name.startswith("."))
    return [
        file.path
        for name in classes
        for file in sorted(os.scandir(name), key=lambda entry: entry.name)
        if file.is_file() and not file.name.startswith(".")
    ]
