"""Two files of Brain-Scores side by side: what came, what went, how scores moved, and what that does to correlations.

The leaderboard changes: networks and benchmarks are added, hidden and scored anew. A correlation over networks is one
of the day on which its scores were exported.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from texalign import statistics
from texalign.artifacts.records import column
from texalign.brainscore.composition import Composition, read_composition
from texalign.brainscore.export import read_export
from texalign.brainscore.leaderboard import (
    Leaderboard,
    ScoreSource,
    aggregate_scores,
    choose_rows,
    leaderboard_of,
    settle,
)
from texalign.brainscore.scores import BrainScoreTable, ScoredRow, columns_of, read_scores
from texalign.errors import TexalignError
from texalign.information.rows import BestLayer

GAINED, LOST = "gained", "lost"
# Ways of taking means that two exports are compared by; single benchmarks are compared as such.
COMPARED = ("leaderboard", "nanmean", "common_benchmarks")


@dataclass(frozen=True)
class Side:
    """One of the two files: a `board` where it is an export, else a `table`, which has no parts.

    `ids`: those of the study's networks that it has a row for, network to id in this file.
    """

    source: ScoreSource
    benchmarks: tuple[str, ...]
    board: Leaderboard | None
    table: BrainScoreTable | None
    ids: Mapping[str, str]

    @property
    def names(self) -> Counter[str]:
        """How many rows have each name."""
        return Counter([*self.table.scores] if self.board is None else [row.model for row in self.board.rows])

    @property
    def parts(self) -> Mapping[str, tuple[str, ...]]:
        return {} if self.board is None else self.board.composition.parts

    @property
    def study_names(self) -> dict[str, str]:
        """The study's networks that the file has, by the names that their rows have."""
        if self.board is None:
            return {name: model for model, name in self.ids.items()}
        return {row.model: model for model, row in self.rows().items()}

    def rows(self) -> dict[str, ScoredRow]:
        """The row of each of the study's networks that an export has, by network."""
        chosen = choose_rows(self.board, self.ids, self.source.lines, self.source.duplicates)
        return {model: chosen[name] for model, name in self.ids.items()}

    def scores_by_name(self) -> dict[str, Mapping[str, float]]:
        """Scores as in the file, of those names that one row has."""
        if self.board is None:
            return dict(self.table.scores)
        count = self.names
        return {row.model: row.scores for row in self.board.rows if count[row.model] == 1}

    def of_study(self, benchmarks: Sequence[str], aggregate: str) -> dict[str, Mapping[str, float]] | str:
        """Scores of the study's networks, by network; or why there are none by this way of taking means."""
        if self.board is None:
            if aggregate != "leaderboard":
                return f"{self.source.path} is a table, whose scores have no parts"
            return {model: self.table.scores[name] for model, name in self.ids.items()}
        try:
            return dict(aggregate_scores(self.board, self.rows(), benchmarks, aggregate).scores)
        except TexalignError as error:
            return str(error)


def read_sides(
    before: ScoreSource, after: ScoreSource, ids: Mapping[str, str | None], benchmarks: Sequence[str]
) -> tuple[Side, Side]:
    """Two files of scores, as far as they have the `benchmarks` and the networks of `ids` (network to id, or None).

    What a file lacks is no error here. A network whose id one of them does not know, since only the other has Model
    IDs, is looked for by the name that it has in the other.
    """
    sides = [_read_side(source, ids, benchmarks) for source in (before, after)]
    for number, other in ((0, 1), (1, 0)):
        names = {model: name for name, model in sides[other].study_names.items() if model not in sides[number].ids}
        known = {model: name for model, name in names.items() if name in sides[number].names}
        sides[number] = replace(sides[number], ids={**sides[number].ids, **known})
    return sides[0], sides[1]


def _read_side(source: ScoreSource, ids: Mapping[str, str | None], benchmarks: Sequence[str]) -> Side:
    wanted = {model: name for model, name in ids.items() if name}
    if source.format == "table":
        there = tuple(name for name in benchmarks if name in columns_of(source.path))
        table = read_scores(source.path, there)
        present = {model: name for model, name in wanted.items() if name in table.scores}
        return Side(source, there, None, table, present)
    export = read_export(source.path)
    listed = Composition({}) if source.composition is None else read_composition(source.composition)
    board = leaderboard_of(export, settle(export, listed).composition, export.score_columns)
    known = {row.model for row in board.rows} | {row.model_id for row in board.rows}
    present = {model: name for model, name in wanted.items() if name in known}
    # Lines are those of one file, and of none whose rows have keys.
    source = replace(source, lines={}) if board.has_ids else source
    return Side(source, export.score_columns, board, None, present)


# ------------------------------------------------------------------------------------------------ what came, what went


@dataclass(frozen=True)
class Difference:
    """A network, benchmark or part of an aggregate that one of the two files lacks."""

    kind: str = column("network, benchmark, or part of an aggregate that both files have")
    change: str = column("gained or lost")
    name: str = column("name in the file")
    of: str = column("of a part, the aggregate; of a network, the study's name of it where it is one of the study's")


def differences(before: Side, after: Side) -> list[Difference]:
    """What came and went between two files: networks by name, benchmarks by column, parts of what both have."""
    study = before.study_names | after.study_names
    found: list[Difference] = []
    for change, here, there in ((GAINED, after, before), (LOST, before, after)):
        found += [Difference("network", change, name, study.get(name, "")) for name in here.names - there.names]
        found += [Difference("benchmark", change, name, "") for name in here.benchmarks if name not in there.benchmarks]
        for aggregate, parts in here.parts.items():
            others = there.parts.get(aggregate)
            if others is not None:
                found += [Difference("part", change, part, aggregate) for part in parts if part not in others]
    return found


# ------------------------------------------------------------------------------------------------------- how it moved


@dataclass(frozen=True)
class Move:
    """How the scores of one benchmark moved, as they are in the files."""

    benchmark: str = column("benchmark or aggregate that both files have")
    n_networks: int = column("networks that both files have once, with a score in both; the other columns are of these")
    mean_before: float | None = column("mean score in the earlier file; empty without networks, as what follows")
    mean_after: float | None = column("mean score in the later file")
    mean_change: float | None = column("mean of later less earlier")
    largest_change: float | None = column("change that is largest in size")
    largest_change_of: str | None = column("the network whose it is")
    rank_correlation: float | None = column("Spearman's, of earlier with later; empty below three networks")


def moves(before: Side, after: Side) -> list[Move]:
    """How every benchmark and aggregate moved that both files have."""
    one, other = before.scores_by_name(), after.scores_by_name()
    return [
        _move(name, [(model, one[model][name], other[model][name]) for model in _both(one, other, name)])
        for name in before.benchmarks
        if name in after.benchmarks
    ]


def _both(
    one: Mapping[str, Mapping[str, float]], other: Mapping[str, Mapping[str, float]], benchmark: str
) -> list[str]:
    return [model for model in one if benchmark in one[model] and benchmark in other.get(model, {})]


def _move(benchmark: str, scored: Sequence[tuple[str, float, float]]) -> Move:
    if not scored:
        return Move(benchmark, 0, None, None, None, None, None, None)
    n = len(scored)
    model, largest = max(((name, b - a) for name, a, b in scored), key=lambda pair: abs(pair[1]))
    before, after = ([row[column] for row in scored] for column in (1, 2))
    return Move(
        benchmark,
        n,
        sum(before) / n,
        sum(after) / n,
        (sum(after) - sum(before)) / n,
        largest,
        model,
        statistics.rank_correlation(before, after),
    )


# ------------------------------------------------------------------------------------------- what it does to the study


@dataclass(frozen=True)
class CorrelationDrift:
    """A correlation of the study under both files."""

    representation: str = column("representation of images")
    protocol: str = column("protocol of clustering")
    benchmark: str = column("benchmark or aggregate")
    aggregate: str = column("how means were taken")
    n_before: int = column("networks with a score in the earlier file")
    r_before: float | None = column("Pearson's r over these; empty where undefined, as all of r and p")
    p_before: float | None = column("its p-value, of independent networks")
    n_after: int = column("networks with a score in the later file")
    r_after: float | None = column("Pearson's r over these")
    p_after: float | None = column("its p-value, of independent networks")
    n_same: int = column("networks with a score in both files")
    r_before_same: float | None = column("r over these with the earlier scores")
    r_after_same: float | None = column("r over these with the later scores")
    note: str = column("why something is undefined")


def correlation_drift(
    best: Sequence[BestLayer], before: Side, after: Side, benchmarks: Sequence[str]
) -> list[CorrelationDrift]:
    """What the change of scores does to every correlation of the study: rows of best layers against either file.

    By every way of taking means that a leaderboard offers, where both files allow it.
    """
    found: list[CorrelationDrift] = []
    shared = [name for name in benchmarks if name in before.benchmarks and name in after.benchmarks]
    for aggregate in COMPARED:
        sides = [side.of_study(shared, aggregate) for side in (before, after)]
        refused = "; ".join(side for side in sides if isinstance(side, str))
        scores = [{} if isinstance(side, str) else side for side in sides]
        for representation, protocol, rows in _by_protocol(best):
            values = {row.model: row.value for row in rows}
            for benchmark in shared:
                of_both = [{m: s[benchmark] for m, s in side.items() if benchmark in s} for side in scores]
                found.append(_drift((representation, protocol, benchmark, aggregate), values, of_both, refused))
    return found


def _by_protocol(best: Sequence[BestLayer]) -> Iterable[tuple[str, str, list[BestLayer]]]:
    for key in dict.fromkeys((row.representation, row.protocol) for row in best):
        yield *key, [row for row in best if (row.representation, row.protocol) == key]


def _drift(
    names: tuple[str, str, str, str], values: Mapping[str, float], scores: list[dict[str, float]], refused: str
) -> CorrelationDrift:
    def correlation(side: Mapping[str, float], models: Iterable[str]) -> statistics.Correlation:
        pairs = [(side[model], values[model]) for model in models if model in side and model in values]
        return statistics.pearson([x for x, _ in pairs], [y for _, y in pairs])

    same = [model for model in values if model in scores[0] and model in scores[1]]
    one, other = (correlation(side, values) for side in scores)
    one_same, other_same = (correlation(side, same) for side in scores)
    note = refused or "; ".join(dict.fromkeys(filter(None, (one.note, other.note))))
    return CorrelationDrift(
        *names,
        *(one.n, one.r, one.p, other.n, other.r, other.p),
        *(one_same.n, one_same.r, other_same.r),
        note,
    )
