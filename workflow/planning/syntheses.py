"""The syntheses that a config file asks for, as the rules use them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planning.programs import flags
from planning.study import Network, Study, any_of


@dataclass(frozen=True)
class Exemplar:
    """An image to match: `file` of the study's own images (with `class_name`) or anywhere, or `url` with `sha256`."""

    texture: str
    file: str | None = None
    class_name: str | None = None
    url: str | None = None
    sha256: str | None = None

    @classmethod
    def from_config(cls, texture: str, entry: Mapping[str, str]) -> "Exemplar":
        return cls(texture, entry.get("file"), entry.get("class"), entry.get("url"), entry.get("sha256"))

    def path(self, study: Study) -> str | None:
        """Where the image is, or None where it is downloaded."""
        return f"{study.image_folder}/{self.class_name}/{self.file}" if self.class_name else self.file

    def inputs(self, study: Study) -> list[str]:
        """Files that the exemplar depends on: the user's, or the checksums of images that the workflow fetches."""
        if self.url:
            return []
        if self.class_name and study.image_source != "folder":
            return [f"{study.image_folder}.sha256"]
        return [self.path(study)]

    def flags(self, study: Study) -> str:
        """Where the image comes from, as flags of the program that prepares it."""
        if self.url:
            return flags(url=self.url, sha256=self.sha256, download_folder=f"{study.results}/downloads/exemplars")
        return flags(image=self.path(study))


@dataclass(frozen=True)
class Sample:
    """One image that every network is to make: its exemplar's name and the seed of the noise that it starts from."""

    texture: str
    seed: int


@dataclass(frozen=True)
class Syntheses:
    """All syntheses of a study. `samples` are by name: the texture's, with the seed behind it where there are several.

    `options` are the settings of the config's `synthesis` section under their names there.
    """

    study: Study
    exemplars: Mapping[str, Exemplar]
    samples: Mapping[str, Sample]
    networks: Sequence[str]
    options: Mapping[str, Any]
    size: int

    @classmethod
    def from_config(cls, config: Mapping[str, Any], study: Study) -> "Syntheses":
        """The syntheses in a config that fits the schema.

        Raises ValueError for a network that the study lacks, and for a layer that one of the networks lacks.
        """
        options = config["synthesis"]
        exemplars = {name: Exemplar.from_config(name, entry) for name, entry in options["exemplars"].items()}
        seeds = options["seeds"]
        samples = {
            texture if len(seeds) == 1 else f"{texture}_seed{seed}": Sample(texture, seed)
            for texture in exemplars
            for seed in seeds
        }
        networks = options.get("networks", list(study.networks))
        unknown = [model for model in networks if model not in study.networks]
        if unknown:
            raise ValueError(f"synthesis.networks: {', '.join(unknown)}; the study has {', '.join(study.networks)}")
        for network in (study.networks[model] for model in networks):
            unknown = [
                layer
                for layer in [*options.get("layers", ()), *options["layer_weights"]]
                if layer not in network.layers
            ]
            if unknown:
                raise ValueError(
                    f"synthesis: {network.model} has no layer {', '.join(unknown)}; the config gives it "
                    f"{', '.join(network.layers)}"
                )
        return cls(study, exemplars, samples, networks, options, config["images"]["size"])

    @property
    def image_size(self) -> int:
        """Edge in pixels of the images to make; by default the exemplars'."""
        return self.options.get("image_size", self.size)

    @property
    def crossed(self) -> bool:
        """Whether networks can judge each other's images: losses are relative to a pair of exemplars."""
        return len(self.exemplars) > 1 and len(self.networks) > 1

    @property
    def texture_pattern(self) -> str:
        """Regular expression of the exemplars' names, for the `texture` wildcard."""
        return any_of(self.exemplars)

    @property
    def sample_pattern(self) -> str:
        """Regular expression of the samples' names, for the `sample` wildcard."""
        return any_of(self.samples)

    @property
    def start(self) -> list[str]:
        """The image to start from, as an input; empty for noise."""
        return [self.options["start"]] if "start" in self.options else []

    def exemplar_file(self, texture: str) -> str:
        """The exemplar as all networks see it."""
        return f"{self.study.results}/exemplars/{texture}.png"

    def exemplar_flags(self) -> str:
        """All exemplars, as a flag of programs that read several."""
        return flags(exemplars=[f"{texture}={self.exemplar_file(texture)}" for texture in self.exemplars])

    def exemplar_files(self) -> list[str]:
        """All exemplars as all networks see them."""
        return [self.exemplar_file(texture) for texture in self.exemplars]

    def made(self, suffix: str) -> list[str]:
        """File names of all syntheses, by network, then by sample."""
        return [
            f"{self.study.results}/synthesis/{model}/{sample}.{suffix}"
            for model in self.networks
            for sample in self.samples
        ]

    def per_network(self, pattern: str) -> list[str]:
        """File names from a pattern with `{results}` and `{model}`, for every network that makes images."""
        return [pattern.format(results=self.study.results, model=model) for model in self.networks]

    def sample_flags(self, model: str, sample: str) -> str:
        """What one synthesis depends on, beside files and the network."""
        names = ("parametrization", "spectrum", "history", "evaluations", "tolerance", "image_size", "start")
        wanted = self.samples[sample]
        options = {name: self.options[name] for name in names if name in self.options}
        return flags(model=model, texture=wanted.texture, seed=wanted.seed, **options)

    def loss_flags(self, network: Network) -> str:
        """The network with those of its layers that take part, and how they are weighted."""
        layers = self.options.get("layers", list(network.layers))
        taps = [f"{layer}={network.layers[layer]}" for layer in layers]
        weighting = {name: self.options[name] for name in ("weighting", "layer_weights")}
        return f"{network.architecture_flags} {flags(layers=taps, exemplar_size=self.size, **weighting)}"
