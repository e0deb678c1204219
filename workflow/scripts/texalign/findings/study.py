"""What a study asked, and what its tables answer; nothing is computed here that is not in a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from texalign.artifacts.records import read_records
from texalign.artifacts.tables import Row, as_number, read_tsv
from texalign.brainscore.correlation import CorrelationRow
from texalign.errors import TexalignError
from texalign.images.index import read_index
from texalign.information.half_tables import BestOnHalvesRow
from texalign.information.rows import LAYER_KEY, layer_key


@dataclass(frozen=True)
class NetworkFound:
    """A network as the config names it: its architecture, and where its weights come from, in words."""

    model: str
    architecture: str
    weights: str
    family: str


@dataclass(frozen=True)
class Asked:
    """What was asked: the study's choices, the first of several being the primary one.

    `images`: where they come from, in words. `drawn`: whether a program drew them. `criterion`: column by which best
    layers were chosen.
    """

    study: str
    images: str
    drawn: bool
    networks: Sequence[NetworkFound]
    representations: Sequence[str]
    protocols: Sequence[str]
    criterion: str

    @classmethod
    def of_mapping(cls, given: Mapping[str, Any]) -> "Asked":
        """From what the program is told as JSON. Raises TexalignError for what is not complete."""
        try:
            networks = [NetworkFound(**each) for each in given["networks"]]
            return cls(**{**given, "networks": networks})
        except (KeyError, TypeError) as error:
            raise TexalignError(f"what was asked is not complete ({error}): give what the rule gives") from error


@dataclass(frozen=True)
class BestLayerFound:
    """A network's best layer under one representation and protocol.

    `bits`: NSB mutual information; `low`, `high`: its interval; `ceiling`: the smaller of the
    entropies of classes and clusters; `chance`: the mean of permuted labels; all in bits. `value`: the criterion's.
    """

    representation: str
    protocol: str
    model: str
    layer: str
    module: str
    value: float
    bits: float
    ceiling: float
    low: float | None
    high: float | None
    chance: float | None


@dataclass(frozen=True)
class BestAgreement:
    """A network's layer that agrees best with people, by one body of evidence; `ceiling`: the most that could be."""

    evidence: str
    model: str
    layer: str
    measure: str
    estimate: float
    low: float | None
    high: float | None
    null_p: float | None
    ceiling_low: float | None
    ceiling_high: float | None
    n_images: int
    n_observers: int


@dataclass(frozen=True)
class Found:
    """What the tables hold; empty where the study has none of it. `confidence`: of the intervals."""

    n_images: int
    n_classes: int
    confidence: float | None = None
    best: Sequence[BestLayerFound] = ()
    halves: Mapping[str, BestOnHalvesRow] = field(default_factory=dict)
    agreement: Sequence[BestAgreement] = ()
    correlations: Sequence[CorrelationRow] = ()

    def primary(self, asked: Asked) -> list[BestLayerFound]:
        """Best layers under the primary representation and protocol, best first."""
        return self.under(asked.representations[0], asked.protocols[0])

    def under(self, representation: str, protocol: str) -> list[BestLayerFound]:
        """Best layers under a representation and protocol, best first."""
        rows = [row for row in self.best if (row.representation, row.protocol) == (representation, protocol)]
        return sorted(rows, key=lambda row: -row.value)


def read_found(
    asked: Asked,
    index: Path,
    *,
    best_mi: Path | None = None,
    mi: Path | None = None,
    inference: Path | None = None,
    halves: Path | None = None,
    agreement: Path | None = None,
    correlations: Path | None = None,
) -> Found:
    """What the tables at these paths hold; those that a study has not are None.

    Raises TexalignError for tables that are damaged or have no rows, and for best layers without the other two tables
    of mutual information.
    """
    images = read_index(index)
    best: list[BestLayerFound] = []
    confidence = None
    if best_mi is not None:
        if mi is None or inference is None:
            raise TexalignError(f"{best_mi}: give the tables of mutual information and its uncertainty along with it")
        best, certain = read_best(best_mi, mi, inference)
        confidence = as_number(certain["confidence"])
    primary = {"representation": asked.representations[0], "protocol": asked.protocols[0]}
    return Found(
        n_images=len(images),
        n_classes=len(images.class_names) if best else 0,
        confidence=confidence,
        best=best,
        halves={} if halves is None else read_halves(halves, **primary),
        agreement=[] if agreement is None else read_agreement(agreement, asked.representations[0]),
        correlations=[] if correlations is None else read_correlations(correlations, **primary),
    )


def read_best(best_mi: Path, mi: Path, inference: Path) -> tuple[list[BestLayerFound], Row]:
    """Best layers with intervals and ceilings, and a row of the table of intervals, which tells of the images."""
    ceilings = {layer_key(row): float(row["mi_ceiling_bits"]) for row in read_tsv(mi)}
    inferred = {layer_key(row): row for row in read_tsv(inference)}
    found = []
    for row in read_tsv(best_mi):
        certain = inferred[layer_key(row)]
        found.append(
            BestLayerFound(
                **{name: row[name] for name in (*LAYER_KEY, "module")},
                value=float(row["value"]),
                bits=float(row["mi_nsb_bits"]),
                ceiling=ceilings[layer_key(row)],
                low=as_number(certain["ci_low_bits"]),
                high=as_number(certain["ci_high_bits"]),
                chance=as_number(certain["null_mean_bits"]),
            )
        )
    if not found:
        raise TexalignError(f"{best_mi}: has no rows")
    return found, next(iter(inferred.values()))


def read_agreement(path: Path, representation: str) -> list[BestAgreement]:
    """Of each network the layer that agrees best with each body of evidence, by its first measure, over all images."""
    best: dict[tuple[str, str], Row] = {}
    first: dict[str, str] = {}
    for row in read_tsv(path):
        # Human trials are compared under every protocol; the table's first is the study's primary one.
        if row["representation"] != representation or row["scope"] != "all" or as_number(row["estimate"]) is None:
            continue
        place = row["evidence"], row["model"]
        if (row["protocol"], row["measure"]) != first.setdefault(row["evidence"], (row["protocol"], row["measure"])):
            continue
        if place not in best or float(row["estimate"]) > float(best[place]["estimate"]):
            best[place] = row
    numbers = {"low": "ci_low", "high": "ci_high", **{n: n for n in ("null_p", "ceiling_low", "ceiling_high")}}
    found = [
        BestAgreement(
            **{name: row[name] for name in ("evidence", "model", "layer", "measure")},
            estimate=float(row["estimate"]),
            **{name: as_number(row[column]) for name, column in numbers.items()},
            n_images=int(row["n_images"]),
            n_observers=int(row["n_observers"]),
        )
        for row in best.values()
    ]
    return sorted(found, key=lambda row: (list(first).index(row.evidence), -row.estimate))


def read_halves(path: Path, representation: str, protocol: str) -> dict[str, BestOnHalvesRow]:
    """By network, what its best layer is worth on images that the choice did not see."""
    rows = read_records(path, BestOnHalvesRow)
    return {row.model: row for row in rows if (row.representation, row.protocol) == (representation, protocol)}


def read_correlations(path: Path, representation: str, protocol: str) -> list[CorrelationRow]:
    """Correlations with Brain-Scores under the primary representation and protocol."""
    rows = read_records(path, CorrelationRow)
    return [row for row in rows if (row.representation, row.protocol) == (representation, protocol)]
