"""Human evidence as an artifact: joined to the study's images once, with its noise ceilings, for all layers to read."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from texalign.artifacts.hdf5 import create_h5, open_h5
from texalign.errors import TexalignError
from texalign.perception.ceilings import Ceiling, ceilings
from texalign.perception.choices import choice_ceilings
from texalign.perception.evidence import Evidence, HumanChoices, HumanRdms
from texalign.perception.matching import Coverage
from texalign.perception.scopes import scopes

Ceilings = Mapping[str, Mapping[str, Ceiling]]


@dataclass(frozen=True)
class JoinedEvidence:
    """Evidence with the ceilings of its scopes and measures, which no representation changes."""

    evidence: Evidence
    ceilings: Ceilings

    @classmethod
    def of(cls, evidence: Evidence, classes: np.ndarray | None, seed: int) -> "JoinedEvidence":
        """With ceilings; `classes`: class of each of the study's images, None for a study without labels."""
        if isinstance(evidence, HumanChoices):
            return cls(evidence, {"all": choice_ceilings(evidence.votes, seed)})
        own = None if classes is None else classes[evidence.rows]
        of_scopes = scopes(len(evidence.rows), own)
        return cls(evidence, {name: ceilings(evidence, scope, seed) for name, scope in of_scopes.items()})


def write_evidence(
    path: str | Path, joined: JoinedEvidence, attributes: Mapping[str, object], lineage: str | None = None
) -> None:
    """Write evidence as HDF5; what it lacks of the study is in the attribute `coverage`, ceilings in `ceilings`."""
    evidence = joined.evidence
    bounds = {scope: {name: asdict(c) for name, c in found.items()} for scope, found in joined.ceilings.items()}
    described = {**attributes, "coverage": evidence.coverage.text, "ceilings": json.dumps(bounds)}
    if isinstance(evidence, HumanRdms):
        described["observers"] = json.dumps(evidence.observers)
    with create_h5(path, described, lineage) as file:
        if isinstance(evidence, HumanChoices):
            file.write_array("pairs", evidence.pairs)
            file.write_array("votes", evidence.votes)
            return
        chunks = (1, min(evidence.dissimilarities.shape[1], 1 << 18))
        file.write_array("rows", evidence.rows)
        file.write_array("dissimilarities", evidence.dissimilarities, chunks, packed=True)


def read_joined(path: str | Path, lineage: str | None = None) -> JoinedEvidence:
    """What `write_evidence` wrote, without the names that did not match. Raises TexalignError for another file."""
    with open_h5(path, lineage) as file:
        if "ceilings" not in file.attrs:
            raise TexalignError(f"{path}: holds no human evidence")
        bounds = {
            scope: {name: Ceiling(**c) for name, c in found.items()}
            for scope, found in json.loads(str(file.attrs["ceilings"])).items()
        }
        coverage = Coverage((), (), ())
        if "pairs" in file:
            return JoinedEvidence(HumanChoices(file["pairs"][:], file["votes"][:], coverage), bounds)
        observers = tuple(json.loads(str(file.attrs["observers"])))
        return JoinedEvidence(HumanRdms(file["rows"][:], observers, file["dissimilarities"][:], coverage), bounds)
