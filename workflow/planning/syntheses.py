"""The syntheses that a config file asks for, as the rules use them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planning.paths import FORMATS
from planning.programs import flags
from planning.study import Study, StudyNetwork, any_of
from texalign import names


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
    """One image that every network is to make by every representation: exemplar, and seed of the noise at the start."""

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
    representations: Sequence[str]
    options: Mapping[str, Any]
    size: int

    @classmethod
    def from_config(cls, config: Mapping[str, Any], study: Study) -> "Syntheses":
        """The syntheses in a config that fits the schema.

        Raises ValueError, a line each, for networks that the study lacks, for layers that one of the networks lacks,
        and for a weighting that one of the representations cannot have.
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
        if problems := list(_problems(options, networks, study)):
            raise ValueError("\n".join(problems))
        return cls(study, exemplars, samples, networks, options["representations"], options, config["images"]["size"])

    @property
    def image_size(self) -> int:
        """Edge in pixels of the images to make; by default the exemplars'."""
        return self.options.get("image_size", self.size)

    @property
    def crossed(self) -> bool:
        """Whether networks can judge each other's images: losses are relative to those of other exemplars."""
        return len(self.exemplars) > 1 and len(self.networks) > 1

    @property
    def compared(self) -> bool:
        """Whether representations can judge each other's images."""
        return len(self.exemplars) > 1 and len(self.representations) > 1

    @property
    def by_pattern(self) -> str:
        """Regular expression of the representations that images match, for the `by` wildcard."""
        return any_of(self.representations)

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

    def made(self, suffix: str, by: str | None = None) -> list[str]:
        """File names of all syntheses, or those by one representation: by it, by network, then by sample."""
        return [
            f"{self.study.results}/synthesis/{representation}/{model}/{sample}.{suffix}"
            for representation in ([by] if by else self.representations)
            for model in self.networks
            for sample in self.samples
        ]

    def judgements(self) -> list[str]:
        """What every network says of all images, where there is somebody to judge."""
        judged = self.crossed or self.compared
        return [f"{self.study.results}/synthesis/{model}.judgements.tsv" for model in self.networks] if judged else []

    def figures(self) -> list[str]:
        """Files of all figures of syntheses, in all formats."""
        one_each = ["synthesis_panel", "synthesis_losses"] if self.samples else []
        if self.crossed:
            one_each.append("synthesis_cross_evaluation")
        found = [f"{name}/{by}" for name in one_each for by in self.representations]
        if len(self.representations) > 1:
            found.extend(f"synthesis_representations/{texture}" for texture in self.exemplars)
        if self.compared:
            found.append("synthesis_between_representations")
        return [self.study.paths.figure(name, suffix) for name in found for suffix in FORMATS]

    def sample_flags(self, by: str, model: str, sample: str) -> str:
        """What one synthesis depends on, beside files and the network."""
        settings = ("parametrization", "spectrum", "history", "evaluations", "tolerance", "image_size", "start")
        wanted = self.samples[sample]
        options = {name: self.options[name] for name in settings if name in self.options}
        return flags(model=model, texture=wanted.texture, seed=wanted.seed, representation=by, **options)

    def loss_flags(self, network: StudyNetwork) -> str:
        """The network with those of its layers that take part, and how they are weighted."""
        layers = self.options.get("layers", list(network.layers))
        weighting = {name: self.options[name] for name in ("weighting", "layer_weights") if name in self.options}
        taps = network.layers_flags(layers)
        return f"{network.network_flags} {taps} {flags(exemplar_size=self.size, **weighting)}"


def _problems(options: Mapping[str, Any], networks: Sequence[str], study: Study) -> Iterator[str]:
    unknown = [model for model in networks if model not in study.networks]
    if unknown:
        yield f"synthesis.networks: {', '.join(unknown)}; the study has {', '.join(study.networks)}"
    wanted = [*options.get("layers", ()), *options["layer_weights"]]
    for network in (study.networks[model] for model in networks if model in study.networks):
        unknown = [layer for layer in wanted if layer not in network.layers]
        if unknown:
            yield (
                f"synthesis: {network.model} has no layer {', '.join(unknown)}; the config gives it "
                f"{', '.join(network.layers)}"
            )
    weighting, others = options.get("weighting"), [name for name in options["representations"] if name != "gram"]
    if weighting in names.GRAM_WEIGHTINGS and others:
        yield (
            f"synthesis.weighting: {weighting} is for Gram matrices, not for {', '.join(others)}; leave it out for "
            "each representation's own"
        )
