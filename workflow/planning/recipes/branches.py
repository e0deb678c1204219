"""Recipes of the multiverse: what is computed anew for other choices, and the tables over all of them."""

from pathlib import Path

from planning.paths import Paths
from planning.recipes.artifacts import of_layers
from planning.recipes.facts import StudyFacts
from planning.recipes.figures import figure
from planning.recipes.recipe import Recipe


def branches(given: StudyFacts) -> dict[str, Recipe]:
    """None where the config has no multiverse."""
    multiverse = given.multiverse
    if multiverse is None:
        return {}
    branches = Paths(f"{given.study.results}/multiverse/{{branch}}")
    others = any(not branch.is_own for branch in multiverse.branches)
    correlated = ["table.mi", *(["branch.table.mi"] if others else [])]
    if multiverse.has_curves:
        correlated += ["table.mi_curves", *(["branch.table.mi_curves"] if others else [])]
    if multiverse.evidence:
        correlated += ["table.agreement_by_layer", *(["branch.table.agreement_by_layer"] if others else [])]
    probed = [f"table.{Path(file).stem}" for file in multiverse.criterion_tables]
    choices = ("criteria", "clusters", "layer_rules", "joins", "aggregates", "statistics", "own")
    facts = {
        **given.scores,
        **{name: list(getattr(multiverse, name)) for name in choices},
        "branches": [list(branch.choices) for branch in multiverse.branches],
        "published": given.hashes.of(given.shipped(multiverse.published)) if multiverse.published else None,
        "alpha": given.config["brainscore"]["alpha"],
    }
    table = given.study.paths.table
    return {
        "fit.pixels": Recipe(
            f"{given.study.results}/multiverse/images/{{fit}}.h5",
            ["index"],
            lambda w: {"size": given.config["images"]["size"], "fit": w["fit"]},
        ),
        **of_layers(given, branches, "branch."),
        **_agreement_of_branches(given, branches),
        "table.mi_curves": Recipe(table("mi_curves"), ["curve"], optional=not multiverse.has_curves),
        "branch.table.mi_curves": Recipe(
            branches.table("mi_curves"), ["branch.curve"], optional=not multiverse.has_curves
        ),
        **{
            f"table.{name}": Recipe(table(name), [*correlated, *probed], lambda w: facts)
            for name in ("multiverse", "multiverse_changes")
        },
        **figure(given, "multiverse", ["table.multiverse"], lambda w: {"alpha": facts["alpha"]}),
    }


def _agreement_of_branches(given: StudyFacts, branches: Paths) -> dict[str, Recipe]:
    """Agreement with people, without intervals and nulls, so that nothing drawn enters."""
    measured = lambda w: {"protocols": list(given.study.protocols)}  # noqa: E731
    kinds = ("agreement", "agreement_by_layer")
    return {
        **{
            f"branch.{kind}": Recipe(getattr(branches, kind), ["index", "evidence", "branch.rdm"], measured)
            for kind in kinds
        },
        **{f"branch.table.{kind}": Recipe(branches.table(kind), [f"branch.{kind}"]) for kind in kinds},
    }
