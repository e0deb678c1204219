"""The lineage of everything that the workflow makes: a digest of all that can change it.

A kind of file has a recipe: the kinds that it is made from, and the facts of config and user files that enter with it.
Its lineage is the digest of its inputs' lineages and these facts, so that a change anywhere reaches everything below,
whether the files between exist or not. Machine settings never enter.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path

from planning.paths import FORMATS
from planning.recipes import artifacts, branches, figures, pages, people, syntheses, tables
from planning.recipes.facts import StudyFacts
from planning.recipes.recipe import Recipe, Wildcards
from texalign.artifacts.lineage import digest

# Wildcards that decide which values others have: a sample's texture, a branch's images.
_DECIDING = {"sample", "branch"}


def _key(kind: str, wildcards: Wildcards) -> tuple[str, ...]:
    return (kind, *(f"{name}={wildcards[name]}" for name in sorted(wildcards)))


class Lineage:
    """Lineages of a study's files, by kind and wildcards."""

    def __init__(self, given: StudyFacts):
        self._given = given
        self._known: dict[tuple[str, ...], str] = {}
        self._known_files: dict[tuple[str, ...], dict[str, str]] = {}
        self.recipes: dict[str, Recipe] = {
            **artifacts.artifacts(given),
            **tables.tables(given),
            **syntheses.syntheses(given),
            **figures.figures(given),
            **people.people(given),
            **pages.explorer(given),
            **branches.branches(given),
        }
        self.recipes |= pages.pages(given, self.recipes)

    def of(self, kind: str, **wildcards: str) -> str:
        """Lineage of one file."""
        key = _key(kind, wildcards)
        if key not in self._known:
            recipe = self.recipes[kind]
            inputs = {name: [self.of(name, **each) for each in self._expand(name, wildcards)] for name in recipe.inputs}
            self._known[key] = digest(
                kind=kind, wildcards=dict(wildcards), inputs=inputs, facts=recipe.facts(wildcards)
            )
        return self._known[key]

    def files(self, kind: str, **wildcards: str) -> dict[str, str]:
        """Lineages of all files of a kind that have these wildcards, by their paths."""
        wanted = self.recipes[kind].wildcards | _DECIDING
        key = _key(kind, {name: value for name, value in wildcards.items() if name in wanted})
        if key not in self._known_files:
            pattern = self.recipes[kind].path
            self._known_files[key] = {
                pattern.format_map(each): self.of(kind, **each) for each in self._expand(kind, wildcards)
            }
        return dict(self._known_files[key])

    def existing(self, kind: str) -> dict[str, str]:
        """Lineages of the files of a kind that are there, by their paths."""
        pattern = self.recipes[kind].path
        found = [each for each in self._expand(kind, {}) if Path(pattern.format_map(each)).exists()]
        return {pattern.format_map(each): self.of(kind, **each) for each in found}

    def told(self, *kinds: str, **wildcards: str) -> dict[str, str]:
        """Lineages of a job's outputs, of these kinds, and of what they are made from, by path."""
        involved = dict.fromkeys(name for kind in kinds for name in (kind, *self.recipes[kind].inputs))
        known: dict[str, str] = {}
        for name in involved:
            known |= self.files(name, **wildcards)
        return known

    def everything(self) -> dict[str, str]:
        """Lineages of all files that the study should have, and of its others that are there, by their paths."""
        return {
            path: lineage
            for kind, recipe in self.recipes.items()
            for path, lineage in self.files(kind).items()
            if not (recipe.optional or kind in self._of_labels) or Path(path).exists()
        }

    @cached_property
    def _of_labels(self) -> set[str]:
        """Kinds that a study without labels lacks: agreement with classes, and all that is made from it."""
        study = self._given.study
        if study.labelled:
            return set()
        measured = ("information", "curve", "inference", "recovery", "deviations", "halves", "probes", "class_probes")
        drawn = (f"figure.{name}.{suffix}" for name in ("rdm", "rdm_layers") for suffix in FORMATS)
        found = {*measured, "probe_deviations", *drawn, *([] if study.chooses_layers else ["table.best_mi"])}
        while more := {kind for kind, recipe in self.recipes.items() if found & set(recipe.inputs)} - found:
            found |= more
        return found

    def _expand(self, kind: str, wildcards: Wildcards) -> list[dict[str, str]]:
        wanted = self.recipes[kind].wildcards
        fixed = {name: value for name, value in wildcards.items() if name in wanted}
        found = self._given.study.wildcards(*wanted, **fixed)
        branches = self._given.multiverse.branches if self._given.multiverse is not None else ()
        values: dict[str, Callable[[], Iterable[str]]] = {
            "by": lambda: self._given.syntheses.representations,
            "measure": lambda: self._given.study.ladder_measures,
            "sample": lambda: self._given.syntheses.samples,
            "texture": lambda: self._textures(wildcards),
            "branch": lambda: [branch.name for branch in branches if not branch.is_own],
            "dissimilarity": lambda: ["euclidean", "cosine"],
            "evidence": lambda: self._evidence_of(kind),
            "fit": lambda: self._fits(wildcards),
        }
        for name in values:
            if name in wanted:
                options = [fixed[name]] if name in fixed else list(values[name]())
                found = [so_far | {name: value} for so_far in found for value in options]
        if kind == "layers":
            found = [each for each in found if each["model"] in self._given.study.spread]
        if "model" in wanted and kind.startswith("synthesis.") and "model" not in fixed:
            found = [each for each in found if each["model"] in self._given.syntheses.networks]
        return found

    def _evidence_of(self, kind: str) -> list[str]:
        """Evidence that a kind of file is made for: in branches of the multiverse, what is a criterion there."""
        if kind.startswith("branch.") and self._given.multiverse is not None:
            return self._given.multiverse.evidence
        return list(self._given.config["human"]["evidence"])

    def _textures(self, wildcards: Wildcards) -> list[str]:
        """Exemplars; of a synthesis, the one that it is made to match."""
        if "sample" in wildcards:
            return [self._given.syntheses.samples[wildcards["sample"]].texture]
        return list(self._given.syntheses.exemplars)

    def _fits(self, wildcards: Wildcards) -> list[str]:
        """Fits that have pixels of their own; of a branch, the one that it is made from."""
        if self._given.multiverse is None:
            return []
        branch = self._given.branch(wildcards)
        return [fit for fit in self._given.multiverse.other_fits if branch is None or fit == branch.fit]
