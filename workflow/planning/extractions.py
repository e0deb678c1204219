"""The extractions that the multiverse of a config needs beside the study's own, and what follows from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import PurePosixPath
from typing import Any

from planning.paths import Paths
from planning.programs import flags
from planning.study import StudyNetwork, any_of
from texalign import names

# As many clusters as classes, and the best layer: the study's own.
N_CLASSES, OWN_LAYER_RULE = "n_classes", "best"
# Vectors as long as they are.
FULL = "full"


@dataclass(frozen=True)
class Extraction:
    """One way to extract representations, which everything in `folder` rests on.

    Of the study's own extraction that is the study's folder, so that nothing of it is made twice. With `of_weights`
    images are normalised for each network by what its weights were trained with, not by `mean` and `std`.
    """

    activation: str
    preprocessing: str
    of_weights: bool
    mean: Sequence[float]
    std: Sequence[float]
    fit: str
    dimensions: str
    pixels: str
    is_own: bool
    folder: str

    @property
    def matched_dimensions(self) -> int | None:
        """Length that all vectors are projected to; None where they stay as long as they are."""
        return None if self.dimensions == FULL else int(self.dimensions)

    @property
    def choices(self) -> tuple[str, str, str, str]:
        """The axes of the multiverse that an extraction has, by name."""
        return self.activation, self.preprocessing, self.fit, self.dimensions

    @property
    def extraction_flags(self) -> str:
        """What the extraction depends on beside network and images, as flags of the program that extracts."""
        return flags(
            mean=self.mean, std=self.std, activation=self.activation, matched_dimensions=self.matched_dimensions
        )

    def network(self, network: StudyNetwork) -> StudyNetwork:
        """A network of the study as this extraction has it."""
        return replace(network, preprocessing="weights") if self.of_weights else network

    @property
    def name(self) -> str:
        """What a branch other than the study's own is called, which is that of its folder."""
        return PurePosixPath(self.folder).name

    @property
    def paths(self) -> Paths:
        return Paths(self.folder)


@dataclass(frozen=True)
class Multiverse:
    """The axes of the multiverse; what images go through has become branches, the study's own among them."""

    branches: Sequence[Extraction]
    criteria: Sequence[str]
    clusters: Sequence[str]
    layer_rules: Sequence[str]
    joins: Sequence[str]
    aggregates: Sequence[str]
    statistics: Sequence[str]
    published: str | None
    own: tuple[str, ...]

    @classmethod
    def from_config(cls, config: Mapping[str, Any], results: str) -> "Multiverse":
        """The multiverse in a config that fits the schema, defaults filled in; `results`: folder of the study.

        Raises ValueError when what is the study's own (see `_branches`), or its criterion, is not among the options.
        """
        section = config["multiverse"]
        branches = _branches(config, results)
        (own,) = (branch for branch in branches if branch.is_own)
        criteria = section.get("criteria", [config["criterion"]])
        for name, option, options in (
            ("criteria", config["criterion"], criteria),
            ("clusters", N_CLASSES, section["clusters"]),
            ("layer_rules", OWN_LAYER_RULE, section["layer_rules"]),
        ):
            if option not in options:
                raise ValueError(f"multiverse.{name}: lacks the study's own, {option}, which the others differ from")
        return cls(
            branches=branches,
            criteria=criteria,
            clusters=[str(number) for number in section["clusters"]],
            layer_rules=section["layer_rules"],
            joins=section["joins"],
            aggregates=section["aggregates"],
            statistics=section["statistics"],
            published=section.get("published"),
            own=(
                *own.choices,
                *(config["representations"][0], config["protocols"][0], config["criterion"]),
                *(N_CLASSES, OWN_LAYER_RULE, "id", config["brainscore"]["aggregate"], "pearson"),
            ),
        )

    def branch(self, wildcards: Any) -> Extraction:
        """The branch that a job's `branch` wildcard names."""
        (found,) = (branch for branch in self.branches if branch.name == wildcards.branch)
        return found

    @property
    def other_fits(self) -> list[str]:
        """Fits that need pixels of their own."""
        return list(dict.fromkeys(branch.fit for branch in self.branches if branch.fit != self.own[2]))

    @property
    def criterion_tables(self) -> list[str]:
        """Tables that hold criteria which that of mutual information lacks, of the study's own branch."""
        (own,) = (branch for branch in self.branches if branch.is_own)
        names_of = dict.fromkeys(
            names.CRITERION_TABLES[name] for name in self.criteria if name in names.CRITERION_TABLES
        )
        return [own.paths.table(name) for name in names_of]

    @property
    def evidence(self) -> list[str]:
        """Human evidence, agreement with which is a criterion."""
        return list(dict.fromkeys(name.split(".")[0] for name in self.criteria if "." in name))

    @property
    def agreement_tables(self) -> list[str]:
        """Tables of agreement with people, one a branch, where that is a criterion."""
        return [branch.paths.table("agreement_by_layer") for branch in self.branches if self.evidence]

    @property
    def has_curves(self) -> bool:
        """Whether agreement at other numbers of clusters than that of classes is asked for."""
        return any(number != N_CLASSES for number in self.clusters)

    @property
    def branch_pattern(self) -> str:
        """Regular expression of the branches that need an extraction of their own; matches nothing if none does."""
        return any_of(branch.name for branch in self.branches if not branch.is_own)

    @property
    def correlation_flags(self) -> str:
        """Branches and choices, as flags of the program that correlates."""
        branches = " ".join(flags(branch=[*branch.choices, branch.paths.table("mi")]) for branch in self.branches)
        choices = flags(
            criteria=self.criteria,
            clusters=self.clusters,
            layer_rules=self.layer_rules,
            joins=self.joins,
            aggregates=self.aggregates,
            statistics=self.statistics,
            own=self.own,
            published=self.published,
        )
        curves = " ".join(
            flags(curves=[branch.paths.table("mi"), branch.paths.table("mi_curves")])
            for branch in self.branches
            if self.has_curves
        )
        agreement = " ".join(
            flags(agreement=[branch.paths.table("mi"), branch.paths.table("agreement_by_layer")])
            for branch in self.branches
            if self.evidence
        )
        return f"{branches} {curves} {agreement} {choices}"


def _branches(config: Mapping[str, Any], results: str) -> list[Extraction]:
    """All ways to extract, the study's own among them.

    Raises ValueError when the study's own activation, preprocessing, fit and dimensions are not among them, or twice.
    """
    section = config["multiverse"]
    own_fit, own_dimensions = config["images"]["fit"], str(config.get("matched_dimensions", FULL))
    own_numbers = (config["preprocessing"]["mean"], config["preprocessing"]["std"])
    options = product(
        section["activations"],
        section["preprocessings"].items(),
        section.get("fits", [own_fit]),
        map(str, section.get("matched_dimensions", [own_dimensions])),
    )
    branches: list[Extraction] = []
    for activation, (name, said), fit, dimensions in options:
        of_weights = said == "weights"
        numbers = own_numbers if of_weights else (said["mean"], said["std"])
        is_own = (activation, fit, dimensions) == (config["activation"], own_fit, own_dimensions) and (
            numbers == own_numbers and not of_weights
        )
        unlike = [fit] * (fit != own_fit) + [f"d{dimensions}"] * (dimensions != own_dimensions)
        folder = results if is_own else f"{results}/multiverse/{'-'.join([activation, name, *unlike])}"
        pixels = Paths(results).pixels if fit == own_fit else f"{results}/multiverse/images/{fit}.h5"
        images = (of_weights, *numbers, fit)
        branches.append(Extraction(activation, name, *images, dimensions, pixels, is_own, folder))
    n_own = sum(branch.is_own for branch in branches)
    if n_own != 1:
        raise ValueError(
            f"multiverse: {n_own} of its preprocessings, activations, fits and matched_dimensions are the study's own "
            f"({own_numbers}, {config['activation']}, {own_fit}, {own_dimensions}); there must be one, so that it is "
            "clear what the others differ from"
        )
    return branches
