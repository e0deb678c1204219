"""What people said of a study's images, as the rules use it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planning.programs import flags
from planning.study import Study, any_of
from texalign import names

# Keys of an entry that are options of its kind's reader.
OPTIONS = ("colours",)


@dataclass(frozen=True)
class Evidence:
    """One body of judgements: its `kind`, its `file` and options of its reader.

    `file` is None for the study's own classes, and for DTD's own joint labels, whose archive is in `downloads`.
    """

    name: str
    kind: str
    file: str | None
    options: Mapping[str, Any]
    downloads: str | None = None

    @classmethod
    def from_config(cls, name: str, entry: Mapping[str, Any], study: Study) -> "Evidence":
        """One entry. Raises ValueError for joint labels without a file, unless DTD is the study's images."""
        downloads = None
        if entry["kind"] == "joint_labels" and "file" not in entry:
            if study.image_source != "dtd":
                raise ValueError(f"human.evidence.{name}: needs a `file`, since the images are not DTD's")
            downloads = f"{study.results}/downloads"
        options = {key: entry[key] for key in OPTIONS if key in entry}
        return cls(name, entry["kind"], entry.get("file"), options, downloads)

    @property
    def inputs(self) -> list[str]:
        return [self.file] if self.file else []

    @property
    def flags(self) -> str:
        """What is read, as flags of the program that reads it."""
        return flags(
            evidence=self.name,
            kind=self.kind,
            file=self.file,
            downloads=self.downloads,
            options=self.options or None,
        )


@dataclass(frozen=True)
class Human:
    """All of the config's section `human`: evidence by name, the settings of the oddity task and judgements from it."""

    evidence: Mapping[str, Evidence]
    oddity: Mapping[str, Any]
    map_images: int

    @classmethod
    def from_config(cls, config: Mapping[str, Any], study: Study) -> "Human":
        """The human evidence in a config that fits the schema, defaults filled in.

        Raises ValueError when a criterion, of the study or of its multiverse, is agreement that is not measured.
        """
        section = config["human"]
        evidence = {name: Evidence.from_config(name, entry, study) for name, entry in section["evidence"].items()}
        for criterion in [config["criterion"], *config.get("multiverse", {}).get("criteria", [])]:
            _check_criterion(criterion, evidence)
        return cls(evidence, section["oddity"], section["map_images"])

    @property
    def evidence_pattern(self) -> str:
        """Regular expression of the evidence's names, for the `evidence` wildcard."""
        return any_of(self.evidence)

    @property
    def judgements(self) -> Sequence[str]:
        """Files that the oddity page saved, as the config names them."""
        return self.oddity["judgements"]

    @property
    def oddity_flags(self) -> str:
        """Settings of the task, as flags of the program that makes its page."""
        return flags(**{name: value for name, value in self.oddity.items() if name != "judgements"})

    def expand(self, files: Sequence[str], evidence: Sequence[str] | None = None) -> list[str]:
        """File names from names with `{evidence}` left in them, for all evidence or for that named."""
        named = self.evidence if evidence is None else evidence
        return [file.replace("{evidence}", name) for name in named for file in files]


def _check_criterion(criterion: str, evidence: Mapping[str, Evidence]) -> None:
    name, *rest = criterion.split(".")
    if not rest:
        return
    if name not in evidence:
        raise ValueError(f"criterion {criterion}: human.evidence has no {name}; it has {', '.join(evidence) or 'none'}")
    scope, measure = rest
    if scope not in names.AGREEMENT_SCOPES or measure not in names.AGREEMENT_MEASURES:
        raise ValueError(
            f"criterion {criterion}: give evidence.scope.measure, with a scope of {', '.join(names.AGREEMENT_SCOPES)} "
            f"and a measure of {', '.join(names.AGREEMENT_MEASURES)}"
        )
