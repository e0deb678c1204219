"""The extractions that the multiverse of a config needs beside the study's own, and what follows from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planning.paths import Paths
from planning.programs import flags
from planning.study import any_of


@dataclass(frozen=True)
class Extraction:
    """One way to extract representations, which everything in `folder` rests on.

    Of the study's own extraction that is the study's folder, so that nothing of it is made twice.
    """

    activation: str
    preprocessing: str
    mean: Sequence[float]
    std: Sequence[float]
    is_own: bool
    folder: str

    @property
    def name(self) -> str:
        return f"{self.activation}-{self.preprocessing}"

    @property
    def extraction_flags(self) -> str:
        """What the extraction depends on beside network and images, as flags of the program that extracts."""
        return flags(mean=self.mean, std=self.std, activation=self.activation)

    @property
    def paths(self) -> Paths:
        return Paths(self.folder)


@dataclass(frozen=True)
class Multiverse:
    """The axes of the multiverse; activation and preprocessing have become branches, the study's own among them."""

    branches: Sequence[Extraction]
    joins: Sequence[str]
    aggregates: Sequence[str]
    statistics: Sequence[str]
    published: str | None
    own: tuple[str, ...]

    @classmethod
    def from_config(cls, config: Mapping[str, Any], results: str) -> "Multiverse":
        """The multiverse in a config that fits the schema, defaults filled in; `results`: folder of the study.

        Raises ValueError when the study's own activation and preprocessing are not among the branches.
        """
        section = config["multiverse"]
        own_numbers = (config["preprocessing"]["mean"], config["preprocessing"]["std"])
        branches: list[Extraction] = []
        for activation in section["activations"]:
            for name, numbers in section["preprocessings"].items():
                is_own = activation == config["activation"] and (numbers["mean"], numbers["std"]) == own_numbers
                folder = results if is_own else f"{results}/multiverse/{activation}-{name}"
                branches.append(Extraction(activation, name, numbers["mean"], numbers["std"], is_own, folder))
        own = [branch for branch in branches if branch.is_own]
        if len(own) != 1:
            raise ValueError(
                f"multiverse: {len(own)} of its preprocessings and activations are the study's own ({own_numbers}, "
                f"{config['activation']}); there must be one, so that it is clear what the others differ from"
            )
        return cls(
            branches=branches,
            joins=section["joins"],
            aggregates=section["aggregates"],
            statistics=section["statistics"],
            published=section.get("published"),
            own=(
                *(own[0].activation, own[0].preprocessing, config["representations"][0], config["protocols"][0], "id"),
                *(config["brainscore"]["aggregate"], "pearson"),
            ),
        )

    def branch(self, wildcards: Any) -> Extraction:
        """The branch that a job's `branch` wildcard names."""
        (found,) = (branch for branch in self.branches if branch.name == wildcards.branch)
        return found

    @property
    def branch_pattern(self) -> str:
        """Regular expression of the branches that need an extraction of their own; matches nothing if none does."""
        return any_of(branch.name for branch in self.branches if not branch.is_own)

    @property
    def correlation_flags(self) -> str:
        """Branches and choices, as flags of the program that correlates."""
        branches = " ".join(
            flags(branch=[branch.activation, branch.preprocessing, branch.paths.table("best_mi")])
            for branch in self.branches
        )
        choices = flags(
            joins=self.joins,
            aggregates=self.aggregates,
            statistics=self.statistics,
            own=self.own,
            published=self.published,
        )
        return f"{branches} {choices}"
