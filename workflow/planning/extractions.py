"""The extractions that the multiverse of a config needs beside the study's own, and what follows from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import PurePosixPath
from typing import Any

from planning.paths import Paths
from planning.programs import flags
from planning.study import any_of
from texalign import names

# As many clusters as classes, and the best layer: the study's own.
N_CLASSES, OWN_LAYER_RULE = "n_classes", "best"


@dataclass(frozen=True)
class Extraction:
    """One way to extract representations, which everything in `folder` rests on.

    Of the study's own extraction that is the study's folder, so that nothing of it is made twice.
    """

    activation: str
    preprocessing: str
    mean: Sequence[float]
    std: Sequence[float]
    fit: str
    pixels: str
    is_own: bool
    folder: str

    @property
    def extraction_flags(self) -> str:
        """What the extraction depends on beside network and images, as flags of the program that extracts."""
        return flags(mean=self.mean, std=self.std, activation=self.activation)

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

        Raises ValueError when the study's own activation, preprocessing, fit or criterion are not among its options.
        """
        section = config["multiverse"]
        own_fit = config["images"]["fit"]
        own_numbers = (config["preprocessing"]["mean"], config["preprocessing"]["std"])
        branches: list[Extraction] = []
        options = product(section["activations"], section["preprocessings"].items(), section.get("fits", [own_fit]))
        for activation, (name, numbers), fit in options:
            is_own = (activation, fit) == (config["activation"], own_fit) and (
                (numbers["mean"], numbers["std"]) == own_numbers
            )
            of_fit = "" if fit == own_fit else f"-{fit}"
            folder = results if is_own else f"{results}/multiverse/{activation}-{name}{of_fit}"
            pixels = Paths(results).pixels if fit == own_fit else f"{results}/multiverse/images/{fit}.h5"
            branches.append(Extraction(activation, name, numbers["mean"], numbers["std"], fit, pixels, is_own, folder))
        own = [branch for branch in branches if branch.is_own]
        if len(own) != 1:
            raise ValueError(
                f"multiverse: {len(own)} of its preprocessings, activations and fits are the study's own "
                f"({own_numbers}, {config['activation']}, {own_fit}); there must be one, so that it is clear what the "
                "others differ from"
            )
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
                *(own[0].activation, own[0].preprocessing, own_fit),
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
        branches = " ".join(
            flags(branch=[branch.activation, branch.preprocessing, branch.fit, branch.paths.table("mi")])
            for branch in self.branches
        )
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
        return f"{branches} {curves} {choices}"
