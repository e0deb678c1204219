"""Recipes of the tables over all networks."""

from collections.abc import Callable

from planning.recipes.facts import StudyFacts
from planning.recipes.figures import figure
from planning.recipes.recipe import Recipe


def tables(given: StudyFacts) -> dict[str, Recipe]:
    table, section = given.study.paths.table, given.config["brainscore"]
    matches = {model: network.brainscore_match for model, network in given.study.networks.items()}
    joined = {**given.scores, **given.families, "matches": matches, "aggregate": section["aggregate"]}
    read = lambda w: {"measure": given.study.measure, **given.inference("confidence")(w)}  # noqa: E731
    errors = ["deviations"] if given.study.criterion == "mi_nsb_bits" else []
    return {
        "table.layers": Recipe(table("layers"), ["layers"], lambda w: {"networks": given.named_layers}),
        "table.best_mi": Recipe(
            table("best_mi"),
            [*(["table.mi"] if given.study.labelled else []), *_criterion(given)],
            lambda w: {"criterion": given.study.criterion},
        ),
        "table.mi_trees": Recipe(table("mi_trees"), ["halves", "table.mi"], read),
        "table.best_mi_halves": Recipe(table("best_mi_halves"), ["halves", "table.mi"], read),
        "table.mi_inference": Recipe(table("mi_inference"), ["inference"]),
        "table.class_recovery": Recipe(table("class_recovery"), ["recovery"]),
        "table.probes": Recipe(table("probes"), ["probes"]),
        "table.class_probes": Recipe(table("class_probes"), ["class_probes"]),
        "table.brainscore_scores": Recipe(table("brainscore_scores"), ["table.best_mi"], lambda w: joined),
        "table.brainscore_correlations": Recipe(
            table("brainscore_correlations"),
            ["table.brainscore_scores", *errors],
            lambda w: {key: section[key] for key in ("alpha", "equivalence_bound")},
        ),
        "table.representations": Recipe(
            table("representations"),
            _compared(given),
            lambda w: {"measures": list(given.study.ladder_measures), **given.inference("confidence")(w)},
            optional=not given.study.laddered,
        ),
        "table.validation": Recipe(
            table("validation"),
            ["index", "vectors"],
            lambda w: {
                "published": given.hashes.of(given.shipped("resources/published.csv")),
                "size": given.config["images"]["size"],
                "seed": given.config["inference"]["seed"],
            },
            optional=True,
        ),
        "ndd.contingency": Recipe(
            f"{given.study.results}/ndd_check/contingency.tsv", ["index", "clusters"], optional=True
        ),
        "table.ndd_check": Recipe(table("ndd_check"), ["table.mi"], optional=True),
        **_drift(given, table),
        "table.brainscore_coverage": Recipe(
            table("brainscore_coverage"), [], lambda w: given.scores, optional=section["format"] != "leaderboard"
        ),
    }


def _criterion(given: StudyFacts) -> list[str]:
    return [f"table.{given.study.criterion_table}"] if given.study.criterion_table else []


def _compared(given: StudyFacts) -> list[str]:
    """What differences between representations are made from."""
    labels = ["table.mi_inference", "deviations", "table.probes", "probe_deviations"]
    people = ["table.agreement_by_layer", "agreement_deviations"]
    return [
        *(labels if given.study.labelled else []),
        *(people if given.config["human"]["evidence"] else []),
    ]


def _drift(given: StudyFacts, table: Callable[[str], str]) -> dict[str, Recipe]:
    previous = given.config["brainscore"].get("previous")
    if previous is None:
        return {}
    before = {"before": given.hashes.of(given.shipped(previous["table"])), "format": previous["format"]}
    compared = {
        f"table.{name}": Recipe(table(name), ["table.best_mi"], lambda w: {**given.scores, **before}, optional=True)
        for name in ("brainscore_drift", "brainscore_drift_scores", "brainscore_drift_contents")
    }
    drawn = figure(given, "brainscore_drift/{representation}", ["table.brainscore_drift"], optional=True)
    return {**compared, **drawn}
