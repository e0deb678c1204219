"""Scores of the study's networks, joined by id, never by position."""

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from texalign.artifacts.records import column
from texalign.brainscore.scores import BrainScoreTable
from texalign.errors import TexalignError
from texalign.information.rows import BestLayer

# What is written of a network that the config says nothing about.
UNSTATED = "unstated"


@dataclass(frozen=True)
class ScoredLayer:
    """A network's best layer with its score on one benchmark."""

    representation: str = column("representation of images")
    protocol: str = column("protocol of clustering")
    model: str = column("network of the study")
    brainscore_id: str | None = column("its id among the scores; empty where the config gives none")
    benchmark: str = column("benchmark or aggregate")
    layer: str = column("the network's best layer")
    criterion: str = column("the column by which it was chosen")
    value: float = column("its value in that column")
    score: float | None = column("Brain-Score, no unit; empty where there is none, and note says why")
    note: str = column("why there is no score")
    family: str = column("family of architectures; of a network without one, the network itself")
    match: str | None = column("what the model that was scored is to the network; empty where none was")
    zero_filled: float | None = column("share of the score's weight on benchmarks that count as zero since not taken")
    taken: float | None = column("mean of what the network has taken, level by level; empty where not known")


def scored_layers(
    best: Iterable[BestLayer],
    ids: Mapping[str, str | None],
    table: BrainScoreTable,
    families: Mapping[str, str],
    matches: Mapping[str, str],
) -> list[ScoredLayer]:
    """Best layers with the Brain-Scores of their networks, for each representation, protocol, network and benchmark.

    `families`, `matches`: family of each network, and how the model that was scored relates to it, where stated.
    Networks without a score are listed too, and `note` says why. Raises TexalignError when a network of `best` has no
    entry in `ids`.
    """
    joined = join_scores(ids, table)
    rows: list[ScoredLayer] = []
    for row in best:
        model = row.model
        if model not in ids:
            raise TexalignError(f"no Brain-Score id, not even an empty one, is given for {model}")
        for score in (score for score in joined if score.model == model):
            of_score = (score.brainscore_id, score.benchmark)
            rows.append(
                ScoredLayer(
                    representation=row.representation,
                    protocol=row.protocol,
                    model=model,
                    layer=row.layer,
                    criterion=row.criterion,
                    value=row.value,
                    brainscore_id=score.brainscore_id,
                    benchmark=score.benchmark,
                    score=score.score,
                    note=score.note,
                    family=families.get(model, model),
                    match=matches.get(model, UNSTATED) if score.brainscore_id else None,
                    zero_filled=_of_score(table.zero_filled, *of_score),
                    taken=_of_score(table.taken, *of_score),
                )
            )
    return rows


def _of_score(known: Mapping[str, Mapping[str, float]], name: str | None, benchmark: str) -> float | None:
    return known.get(name, {}).get(benchmark) if name else None


@dataclass(frozen=True)
class JoinedScore:
    """A network's score on one benchmark; None where there is none, and `note` says why."""

    model: str
    brainscore_id: str | None
    benchmark: str
    score: float | None
    note: str = ""


def join_scores(ids: Mapping[str, str | None], table: BrainScoreTable) -> list[JoinedScore]:
    """Scores of networks, given by `ids` (network to id in the table, or None), for every benchmark of the table.

    Networks without an id are listed, with the reason. Raises TexalignError when two networks have the same id, since
    one score would then count twice, and when the table lacks an id, naming the nearest that it has.
    """
    check_ids(ids, list(table.scores), table.path)
    return [_joined(model, name, benchmark, table) for model, name in ids.items() for benchmark in table.benchmarks]


def _joined(model: str, name: str | None, benchmark: str, table: BrainScoreTable) -> JoinedScore:
    if not name:
        return JoinedScore(model, None, benchmark, None, "no Brain-Score id in the config")
    score = table.scores[name].get(benchmark)
    why_not = table.reasons.get(benchmark, f"no score for {benchmark}")
    return JoinedScore(model, name, benchmark, score, "" if score is not None else why_not)


def check_ids(ids: Mapping[str, str | None], known: Sequence[str], path: str | Path) -> None:
    """Raise TexalignError when two networks share an id, or an id is not `known` from the file at `path`."""
    problems = unknown_ids(ids, known, path)
    if problems:
        raise TexalignError("; ".join(problems))


def unknown_ids(ids: Mapping[str, str | None], known: Sequence[str], path: str | Path) -> list[str]:
    """A line for networks that share an id, and for each whose id is not `known` from the file at `path`."""
    problems = []
    repeated = [name for name, count in Counter(filter(None, ids.values())).items() if count > 1]
    if repeated:
        networks = [model for model, name in ids.items() if name in repeated]
        problems.append(f"the networks {', '.join(networks)} share a Brain-Score id ({', '.join(repeated)})")
    for model, name in ids.items():
        if name and name not in known:
            nearest = ", ".join(difflib.get_close_matches(name, known, n=3, cutoff=0.5)) or "none is near"
            problems.append(
                f"{path}: has no model {name!r}, the Brain-Score id of {model}; the nearest: {nearest}. "
                "A network that was not scored has no id (null)"
            )
    return problems


def join_by_published_positions(ids: Mapping[str, str | None]) -> dict[str, str | None]:
    """The id whose score each network got in the published analysis, which pairs two tables by position.

    One is sorted by the networks' names, the other by their ids in the leaderboard. Both orders are those of the
    characters, where `resnet101` comes before `resnet18` but `resnet-18` before `resnet_101_v1`: of the paper's twelve
    networks, resnet18 and resnet101, and resnet34 and resnet152, get each other's scores. Networks without an id stay
    without. To show what that did to the results; never for results.
    """
    scored = sorted(model for model, name in ids.items() if name)
    paired = dict(zip(scored, sorted(filter(None, ids.values())), strict=True))
    return {model: paired.get(model) for model in ids}
