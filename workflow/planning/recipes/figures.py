"""Recipes of figures, each in all formats."""

from collections.abc import Callable, Sequence

from planning.paths import FORMATS
from planning.recipes.facts import StudyFacts
from planning.recipes.recipe import Facts, Recipe, Wildcards


def figure(
    given: StudyFacts,
    name: str,
    inputs: Sequence[str],
    facts: Callable[[Wildcards], Facts] = lambda w: {},
    optional: bool = False,
) -> dict[str, Recipe]:
    """Recipes of a figure's files; its kind is the first part of its name."""
    path, kind = given.study.paths.figure, name.split("/")[0]
    return {f"figure.{kind}.{suffix}": Recipe(path(name, suffix), inputs, facts, optional) for suffix in FORMATS}


def figures(given: StudyFacts) -> dict[str, Recipe]:
    families = lambda w: given.families  # noqa: E731 (one name for what several recipes share)
    criterion = {"probes": ["probes"], "agreement_by_layer": ["agreement_by_layer"]}.get(
        given.study.criterion_table or "", []
    )
    of_layers = "{representation}/{model}/{layer}"
    drawn = {
        **figure(given, f"rdm/{of_layers}", ["index", "rdm"], lambda w: dict(given.config["figures"])),
        **figure(
            given, "rdm_layers/{representation}/{model}", ["index", "rdm"], lambda w: dict(given.config["figures"])
        ),
        **figure(given, "mi_by_layer/{representation}", ["table.mi", "table.mi_inference"], families),
        **figure(given, "mi_over_clusters/{representation}/{model}", ["index", "curve"]),
        **figure(
            given,
            "cluster_matrix/{representation}/{protocol}/{model}",
            ["index", "information", "clusters", *criterion],
            lambda w: {"criterion": given.study.criterion},
        ),
        **figure(
            given,
            "brainscore/{representation}/{protocol}",
            ["table.brainscore_scores", "table.brainscore_correlations"],
            families,
        ),
        **figure(
            given,
            "brainscore_correlations/{representation}",
            ["table.brainscore_correlations"],
            lambda w: {"alpha": given.config["brainscore"]["alpha"]},
        ),
        **figure(given, "mi_intervals/{representation}/{protocol}", ["table.mi_inference"], families),
        **figure(
            given,
            "class_recovery/{representation}/{protocol}",
            ["table.mi_inference", "table.best_mi", "table.class_recovery"],
            given.inference("confidence"),
        ),
        **figure(given, "probes/{representation}", ["table.probes"], families),
        **figure(
            given,
            "representations/{protocol}/{measure}",
            [
                "table.representations",
                *(["table.mi", "table.probes"] if given.study.labelled else []),
                *(["table.agreement_by_layer"] if given.config["human"]["evidence"] else []),
            ],
            families,
            optional=not given.study.laddered,
        ),
    }
    return drawn | _figures_of_syntheses(given, families)


def _figures_of_syntheses(given: StudyFacts, families: Callable[[Wildcards], Facts]) -> dict[str, Recipe]:
    syntheses = given.syntheses
    judged = ["synthesis.judgements"] if syntheses.judgements() else []
    shown = ["exemplar", "synthesis.png", "synthesis.json", *judged]
    drawn: dict[str, Recipe] = {}
    if syntheses.samples:
        drawn |= figure(given, "synthesis_panel/{by}", shown)
        drawn |= figure(given, "synthesis_losses/{by}", ["synthesis.json", "synthesis.tsv"], families)
    if syntheses.crossed:
        drawn |= figure(given, "synthesis_cross_evaluation/{by}", judged)
    if len(syntheses.representations) > 1:
        drawn |= figure(given, "synthesis_representations/{texture}", shown)
    if syntheses.compared:
        drawn |= figure(given, "synthesis_between_representations", judged)
    return drawn
