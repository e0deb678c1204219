"""What a leaderboard's aggregates are means of: found in the numbers of an export, or read from a table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

from texalign.artifacts.tables import check_columns, read_cells
from texalign.errors import TexalignError


@dataclass(frozen=True)
class Composition:
    """What the leaderboard's aggregates are means of: `parts` of each, themselves aggregates or single benchmarks.

    `unseen`: by aggregate, how many parts it has beside those, whose scores are nowhere to be seen.
    """

    parts: Mapping[str, tuple[str, ...]]
    unseen: Mapping[str, int] = field(default_factory=dict)

    def leaves(self, name: str) -> list[str]:
        """The single benchmarks below an aggregate; of a single benchmark, itself."""
        if name not in self.parts:
            return [name]
        return [leaf for part in self.parts[name] for leaf in self.leaves(part)]

    def below(self, name: str) -> list[str]:
        """An aggregate and all that it is made of."""
        return [name, *(found for part in self.parts.get(name, ()) for found in self.below(part))]

    def mean(self, name: str, scores: Mapping[str, float]) -> float | None:
        """Mean of the parts' means, over those benchmarks below `name` that `scores` has; None where it has none."""
        if name not in self.parts:
            return scores.get(name)
        found = [mean for part in self.parts[name] if (mean := self.mean(part, scores)) is not None]
        return sum(found) / len(found) if found else None

    def zero_filled(self, name: str, scores: Mapping[str, float]) -> float:
        """Mean of the parts' own scores, a missing one counted as zero: what the leaderboard does."""
        parts = self.parts.get(name, (name,))
        return sum(scores.get(part, 0.0) for part in parts) / (len(parts) + self.unseen.get(name, 0))

    def missing_share(self, name: str, scores: Mapping[str, float]) -> float:
        """Share of an aggregate's weight, from 0 to 1, that lies on single benchmarks below it that `scores` lacks."""
        if name not in self.parts:
            return 0.0 if name in scores else 1.0
        n_unseen = self.unseen.get(name, 0)
        of_parts = sum(self.missing_share(part, scores) for part in self.parts[name])
        return (of_parts + n_unseen) / (len(self.parts[name]) + n_unseen)

    def rounding(self, name: str, scores: Mapping[str, float]) -> float:
        """How far `zero_filled` may be from the exported score because all of them are rounded."""
        parts = self.parts.get(name, (name,))
        of_parts = sum(float(rounding_of(scores[part])) for part in parts if part in scores)
        return of_parts / (len(parts) + self.unseen.get(name, 0)) + float(rounding_of(scores.get(name, 0.0)))


def read_composition(path: str | Path) -> Composition:
    """Read what aggregates are made of from a CSV file with columns `benchmark` and `part_of`.

    Raises TexalignError naming file and line where a benchmark is listed twice, and when something is part of itself.
    """
    columns, rows = read_cells(Path(path))
    check_columns(path, columns, ["benchmark", "part_of"])
    parts: dict[str, tuple[str, ...]] = {}
    whole: dict[str, str] = {}
    for number, cells in rows:
        row = dict(zip(columns, cells, strict=True))
        name, aggregate = row["benchmark"], row["part_of"]
        if name in whole:
            raise TexalignError(f"{path}, line {number}: {name} is part of {whole[name]} already")
        whole[name] = aggregate
        parts[aggregate] = (*parts.get(aggregate, ()), name)
    for name in whole:
        above = whole.get(name)
        while above is not None:
            if above == name:
                raise TexalignError(f"{path}: {name} is part of itself")
            above = whole.get(above)
    return Composition(parts)


# ----------------------------------------------------------------------------------------------------------- inference

# Scores are exported with three decimals, those of 1 and more with one.
HALF_UNIT, HALF_UNIT_FROM_ONE = 0.0005, 0.05
# A single benchmark is farther from any sum of others than this, in most rows.
FAR = 0.01
# Of averages, four of 466 in the export of 2025-09-08 are not the mean of what is exported beside them.
MOST_ROWS_OFF = 0.02
# Fewer rows than this prove nothing, neither of an aggregate nor that a benchmark belongs to it.
LEAST_ROWS = 100
LEAST_ROWS_OF_PART = 10


@dataclass(frozen=True)
class Proof:
    """An aggregate that is the zero-filled mean of `parts`, to rounding, in all but `n_off` of `n_rows` rows.

    `n_unseen`: parts by which the mean divides, but of which no row has a score.
    """

    aggregate: str
    parts: tuple[str, ...]
    n_unseen: int
    n_rows: int
    n_off: int


@dataclass(frozen=True)
class InferredComposition:
    """Proofs by aggregate; and columns that are a weighted sum of others, but of which is not proved."""

    proofs: Mapping[str, Proof]
    unproved: tuple[str, ...]


def infer_composition(names: Sequence[str], scores: np.ndarray) -> InferredComposition:
    """What an export's numbers prove about its aggregates: `scores` (rows, columns), NaN where there is none.

    An aggregate is a weighted sum of other columns with weights that are not negative; single benchmarks are not. From
    the smallest aggregates up, each is explained by those columns that are not yet part of another, and counts as
    proved only when all weights are 1/k and its score is that mean, to what the file rounds off, in all but 2% of at
    least 100 rows. The order of rows does not matter, nor does that of columns but for an aggregate of one part, which
    equals it: the one that stands first is the aggregate. A column with fewer than 10 scores is never proved a part.
    """
    export = _Columns.of(names, scores)
    proofs: dict[str, Proof] = {}
    free, copies = export.single_out_copies()
    for whole, part in copies:
        proofs[names[whole]] = export.proof(whole, [part], 0)
    waiting = [column for column in free if export.is_sum(column, [other for other in free if other != column])]
    active = [column for column in free if column not in waiting]
    while waiting:
        smallest = _without_larger(export.explanations(waiting, active))
        if not smallest:
            # One that the file does not explain, since a part of it is left out, may still be part of another.
            smallest = _without_larger(export.explanations(waiting, active + waiting))
        if not smallest:
            break
        for column, (parts, n_unseen) in smallest.items():
            proofs[names[column]] = export.proof(column, parts, n_unseen)
            waiting.remove(column)
            active = [other for other in active if other not in parts] + [column]
    ordered = {name: proofs[name] for name in names if name in proofs}
    return InferredComposition(ordered, tuple(names[column] for column in sorted(waiting)))


def _without_larger(explained: Mapping[int, tuple[list[int], int]]) -> dict[int, tuple[list[int], int]]:
    """Those aggregates whose parts include no other's: a mean of groups of equal size is also one of their members."""
    sets = {column: set(parts) for column, (parts, _) in explained.items()}
    return {
        column: found
        for column, found in explained.items()
        if not any(sets[other] < sets[column] for other in sets if other != column)
    }


def rounding_of(scores: np.ndarray | float) -> np.ndarray:
    """How far an exported score may be from what it was."""
    return np.where(np.abs(scores) >= 1, HALF_UNIT_FROM_ONE, HALF_UNIT)


@dataclass(frozen=True)
class _Columns:
    """Zero-filled scores (rows, columns), where there is one, and how far each may be off by rounding."""

    names: Sequence[str]
    filled: np.ndarray
    given: np.ndarray
    rounding: np.ndarray

    @classmethod
    def of(cls, names: Sequence[str], scores: np.ndarray) -> "_Columns":
        given = np.isfinite(scores)
        filled = np.where(given, scores, 0.0)
        return cls(names, filled, given, rounding_of(filled) * given)

    @cached_property
    def _triangle(self) -> np.ndarray:
        return np.linalg.qr(self.filled, mode="r")

    def single_out_copies(self) -> tuple[list[int], list[tuple[int, int]]]:
        """Columns with enough scores, of equal ones the first; and pairs of an equal one and the next of its kind."""
        seen: dict[bytes, int] = {}
        firsts, copies = [], []
        for column in range(len(self.names)):
            if self.given[:, column].sum() < LEAST_ROWS_OF_PART:
                continue
            key = self.filled[:, column].tobytes()
            if key not in seen:
                firsts.append(column)
            elif self.given[:, column].sum() >= LEAST_ROWS:
                copies.append((seen[key], column))
            seen[key] = column
        return firsts, copies

    def is_sum(self, column: int, others: list[int]) -> bool:
        """Whether a column is, in most rows, a sum of others with weights that are not negative."""
        rows = self.given[:, column]
        if rows.sum() < LEAST_ROWS:
            return False
        # Least squares see of all rows only their triangle (QR), which is smaller.
        weights, _ = nnls(self._triangle[:, others], self._triangle[:, column])
        if np.median(np.abs(self.filled[:, others] @ weights - self.filled[:, column])[rows]) > FAR:
            return False
        weights = self._weights(column, others)
        # Twice as far as rounding carries a mean: the weights of more columns than needed are not exact themselves.
        far = np.abs(self.filled[:, others] @ weights - self.filled[:, column])
        allowed = 2 * (self.rounding[:, others] @ weights + self.rounding[:, column])
        return float(np.mean(far[rows] <= allowed[rows])) > 0.8

    def explanations(self, columns: list[int], among: list[int]) -> dict[int, tuple[list[int], int]]:
        """Those of `columns` that others of `among` explain, each with its parts and the number of unseen ones."""
        found = {column: self._explain(column, [other for other in among if other != column]) for column in columns}
        return {column: explanation for column, explanation in found.items() if explanation is not None}

    def _explain(self, column: int, others: list[int]) -> tuple[list[int], int] | None:
        weights = self._weights(column, others)
        parts = [other for other, weight in zip(others, weights, strict=True) if weight > weights.max() / 2]
        if not parts:
            return None
        n_unseen = max(round(1 / np.median(weights[weights > weights.max() / 2])) - len(parts), 0)
        found = self.proof(column, parts, n_unseen)
        return (parts, n_unseen) if found.n_off <= MOST_ROWS_OFF * found.n_rows else None

    def _weights(self, column: int, others: list[int]) -> np.ndarray:
        """Weights, not negative, by which `others` come nearest to a column; rows that are far off do not count."""
        a, b = self.filled[:, others], self.filled[:, column]
        weights, _ = nnls(a, b)
        for _ in range(2):
            far = np.abs(a @ weights - b)
            kept = far <= max(np.quantile(far, 0.9), 4 * HALF_UNIT)
            weights, _ = nnls(a[kept], b[kept])
        return weights

    def proof(self, column: int, parts: list[int], n_unseen: int) -> Proof:
        rows = self.given[:, [column, *parts]].any(axis=1)
        k = len(parts) + n_unseen
        far = np.abs(self.filled[:, parts].sum(axis=1) / k - self.filled[:, column])
        allowed = self.rounding[:, parts].sum(axis=1) / k + self.rounding[:, column]
        n_off = int(np.sum(far[rows] > allowed[rows] + 1e-9))
        names = tuple(self.names[part] for part in sorted(parts))
        return Proof(self.names[column], names, n_unseen, int(rows.sum()), n_off)


# --------------------------------------------------------------------------------------------------- proofs and a table


@dataclass(frozen=True)
class Settled:
    """The composition to go by, what proves it, and what is to be said of it: a line for each thing not proved."""

    composition: Composition
    proofs: Mapping[str, Proof]
    notes: tuple[str, ...]


def settle_composition(names: Sequence[str], scores: np.ndarray, table: Composition) -> Settled:
    """The composition that an export's columns prove, checked against a `table`, which speaks where they prove nothing.

    An aggregate's parts are those proved; parts that the mean divides by but that no row has a score of are named by
    the table, where it can. An aggregate of the table that the file has and does not prove is taken from the table,
    which is then to be held against every row that is used.
    """
    inference = infer_composition(names, scores)
    proofs = inference.proofs
    taken = {name: int(count) for name, count in zip(names, np.isfinite(scores).sum(axis=0), strict=True)}
    parts: dict[str, tuple[str, ...]] = {}
    unseen: dict[str, int] = {}
    notes: list[str] = []
    for name in dict.fromkeys([*table.parts, *proofs]):
        listed = table.parts.get(name, ())
        if name not in proofs:
            parts[name] = listed
            if name in taken:
                notes.append(f"{name}: what it is the mean of is not proved by the file; the table's parts are taken")
            continue
        proof = proofs[name]
        rare = [part for part in listed if part not in proof.parts and taken.get(part, 0) < LEAST_ROWS_OF_PART]
        named = tuple(rare[: proof.n_unseen])
        parts[name] = (*proof.parts, *named)
        if proof.n_unseen > len(named):
            unseen[name] = proof.n_unseen - len(named)
        notes += _differences(name, parts[name], listed, unseen.get(name, 0))
    notes += [
        f"{name}: is a weighted sum of other columns, but of which is not proved; it counts as a single benchmark"
        for name in inference.unproved
        if name not in parts
    ]
    return Settled(Composition(parts, unseen), proofs, tuple(notes))


def _differences(name: str, parts: Iterable[str], listed: Sequence[str], n_unseen: int) -> list[str]:
    said = []
    gained, lost = [part for part in parts if part not in listed], [part for part in listed if part not in parts]
    if listed and gained:
        said.append(f"{name}: has parts that the table does not list: {', '.join(gained)}")
    if lost:
        said.append(f"{name}: parts of the table are no longer in its mean: {', '.join(lost)}")
    if n_unseen:
        said.append(f"{name}: {n_unseen} more part(s) that no network of the file has a score of count as zero in it")
    return said
