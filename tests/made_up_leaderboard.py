"""Leaderboard exports that are made up from a seed: the real one's columns and rules, no real score."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from support import PROJECT
from texalign.brainscore.composition import Composition, read_composition
from texalign.brainscore.leaderboard import read_leaderboard

COMPOSITION = PROJECT / "resources/leaderboard_benchmarks.csv"
NEW_V1 = ("Papale2025.V1-ridge", "Gifford2022.V1-ridge", "Hebart2023_fmri.V1-ridge")


@dataclass
class MadeUp:
    """Scores by model and single benchmark, unrounded, and what the aggregates are made of.

    `hidden`: columns that the export leaves out although they count in what is above them.
    """

    parts: dict[str, tuple[str, ...]]
    scores: dict[str, dict[str, float]]
    hidden: frozenset[str] = frozenset()
    ids: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, names: Sequence[str], seed: int = 0, missing: float = 0.3) -> "MadeUp":
        """Models `names` that each have taken a random share of the real leaderboard's benchmarks."""
        parts = dict(read_composition(COMPOSITION).parts)
        rng = np.random.default_rng(seed)
        scores = {
            name: {leaf: float(rng.uniform(-0.05, 1.05)) for leaf in leaves(parts) if rng.random() > missing}
            for name in names
        }
        return cls(parts, scores, ids={name: str(1000 + number) for number, name in enumerate(names)})

    @classmethod
    def of_export(cls, path: Path) -> "MadeUp":
        """The single scores of a real export; of rows with one name, the one with the highest average."""
        parts = dict(read_composition(COMPOSITION).parts)
        board = read_leaderboard(path, Composition(parts), [*parts])
        rows = sorted(board.rows, key=lambda row: row.scores.get("average_vision", 0.0))
        scores = {row.model: {leaf: row.scores[leaf] for leaf in leaves(parts) if leaf in row.scores} for row in rows}
        return cls(parts, scores, ids={name: str(1000 + number) for number, name in enumerate(scores)})

    def with_new_v1(self, seed: int = 1) -> "MadeUp":
        """With three more benchmarks of V1, which only some of the models have taken."""
        rng = np.random.default_rng(seed)
        scores = {
            name: own | {new: float(rng.uniform(0, 0.5)) for new in NEW_V1 if rng.random() > 0.5}
            for name, own in self.scores.items()
        }
        return replace(self, parts=self.parts | {"V1": (*self.parts["V1"], *NEW_V1)}, scores=scores)

    def score(self, model: str, name: str) -> float | None:
        """As the leaderboard has it: a mean in which what was not taken is zero; None where nothing was taken."""
        if name not in self.parts:
            return self.scores[model].get(name)
        found = [self.score(model, part) for part in self.parts[name]]
        return None if all(value is None for value in found) else sum(value or 0.0 for value in found) / len(found)

    def columns(self) -> list[str]:
        """Aggregates before their parts, as in real exports."""
        tops = [name for name in self.parts if not any(name in parts for parts in self.parts.values())]
        return [name for top in tops for name in below(self.parts, top) if name not in self.hidden]

    def text(self, *, comments: Sequence[str] = (), with_ids: bool = False, shuffle: int | None = None) -> str:
        columns, models = self.columns(), list(self.scores)
        if shuffle is not None:
            models = [models[i] for i in np.random.default_rng(shuffle).permutation(len(models))]
        stream = io.StringIO()
        stream.writelines(f"# {comment}\n" for comment in comments)
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["Rank", *(["Model ID"] if with_ids else []), "Model", "Filtered Score", *columns])
        for rank, model in enumerate(models, start=1):
            cells = [rounded(self.score(model, name)) for name in columns]
            about = [self.ids[model]] if with_ids else []
            writer.writerow([rank, *about, model, rounded(self.score(model, "average_vision")), *cells])
        return stream.getvalue()

    def write_2025(self, path: Path) -> Path:
        """As exported in 2025: a CSV file with one comment, and names for keys."""
        path.write_text(self.text(comments=["Generated on 2025-09-08"]))
        return path

    def write_2026(self, path: Path, shuffle: int = 5) -> Path:
        """As exported in 2026: a ZIP of two files, two comments, Model IDs, rows in any order."""
        comments = ["Generated on 2026-04-02", "Wayback filter: 2024-01-01 to 2026-04-02"]
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("leaderboard.csv", self.text(comments=comments, with_ids=True, shuffle=shuffle))
            archive.writestr("plugin-info.csv", "plugin,version\nmajajhong2015,1\n")
        return path


def rounded(score: float | None) -> str:
    """Three decimals, of 1 and more one, as real exports have them."""
    if score is None:
        return ""
    return f"{score:.1f}" if abs(score) >= 1 else f"{score:.3f}"


def below(parts: Mapping[str, Sequence[str]], name: str) -> list[str]:
    return [name, *(found for part in parts.get(name, ()) for found in below(parts, part))]


def leaves(parts: Mapping[str, Sequence[str]]) -> list[str]:
    return [name for names in parts.values() for name in names if name not in parts]
