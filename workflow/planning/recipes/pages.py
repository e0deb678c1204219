"""Recipes of the report's pages and of the explorer."""

from collections.abc import Collection

from planning.pages import TABLES, asked
from planning.recipes.facts import StudyFacts
from planning.recipes.recipe import Recipe


def pages(given: StudyFacts, recipes: Collection[str]) -> dict[str, Recipe]:
    """Pages of the tables that there are `recipes` of, and the report's first page."""
    paths = given.study.paths
    told = ["index"]
    if given.study.labelled:
        told += [f"table.{name}" for name in ("best_mi", "mi", "mi_inference")]
        told += ["table.best_mi_halves"] if given.config["inference"]["splits"] else []
    if given.study.chooses_layers:
        told.append("table.brainscore_correlations")
    if given.config["human"]["evidence"]:
        told.append("table.agreement")
    if given.syntheses.samples:
        told.append("figure.synthesis_panel.png")
    return {
        **{
            f"page.{name}": Recipe(paths.table_page.format(shown=name), [f"table.{name.split('/')[0]}"], optional=True)
            for name in _shown_tables(given, recipes)
        },
        "page.findings": Recipe(paths.findings, told, lambda w: asked(given.study)),
    }


def _shown_tables(given: StudyFacts, recipes: Collection[str]) -> list[str]:
    """Names of tables that can be shown as pages; which of them there are, the rules say."""
    maps = [f"rdm_map/{representation}" for representation in given.study.representations]
    return [*(name for name in TABLES if f"table.{name}" in recipes), *maps]


def explorer(given: StudyFacts) -> dict[str, Recipe]:
    paths, study = given.study.paths, given.study
    tables = ["table.mi", "table.mi_inference", "table.brainscore_scores", "table.brainscore_correlations"]
    shown = {
        "study": study.name,
        "representations": list(study.representations),
        "protocols": list(study.protocols),
        "layers": [[model, list(network.layers.items())] for model, network in study.networks.items()],
        **given.config["figures"],
        **given.families,
    }
    return {
        "explorer.images": Recipe(paths.explorer_part("images"), ["index", "pixels"]),
        "explorer.layer": Recipe(
            paths.explorer_part(), ["index", "rdm", "clusters"], lambda w: dict(given.config["figures"])
        ),
        "explorer.page": Recipe(
            paths.explorer,
            [
                *("index", "explorer.images", "explorer.layer", "evidence"),
                *(tables if study.labelled else []),
                *(["table.rdm_map"] if study.mapped else []),
            ],
            lambda w: shown,
        ),
    }
