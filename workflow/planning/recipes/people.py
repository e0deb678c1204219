"""Recipes of what is compared with people: evidence, agreement, the map of RDMs, the oddity task."""

from planning.recipes.facts import StudyFacts
from planning.recipes.figures import figure
from planning.recipes.recipe import Recipe


def people(given: StudyFacts) -> dict[str, Recipe]:
    paths, section = given.study.paths, given.config["human"]
    families = lambda w: given.families  # noqa: E731
    resampled = given.inference("seed", "permutations", "bootstraps", "confidence")
    layers = lambda w: {"protocols": list(given.study.protocols), **resampled(w)}  # noqa: E731
    compared = given.inference("seed", "permutations", "neighbours")
    shown = ["exemplar", "synthesis.png", "synthesis.json"]
    task = {name: value for name, value in section["oddity"].items() if name != "judgements"}
    return {
        **{kind: Recipe(getattr(paths, kind), ["index"], given.evidence) for kind in ("evidence", "coverage")},
        **{
            kind: Recipe(getattr(paths, kind), ["index", "evidence", "rdm"], layers)
            for kind in ("agreement", "agreement_by_layer", "agreement_deviations")
        },
        "table.agreement": Recipe(paths.table("agreement"), ["agreement"], optional=not section["evidence"]),
        "table.agreement_by_layer": Recipe(
            paths.table("agreement_by_layer"), ["agreement_by_layer"], optional=not section["evidence"]
        ),
        "table.rdm_map": Recipe(
            paths.table("rdm_map/{representation}"),
            ["index", "rdm", "evidence"],
            lambda w: {"images": section["map_images"], **compared(w)},
            optional=not given.study.mapped,
        ),
        **figure(
            given,
            "agreement/{representation}/{evidence}",
            ["table.agreement"],
            lambda w: {**given.families, **given.inference("confidence")(w)},
        ),
        **figure(given, "rdm_map/{representation}", ["table.rdm_map"], families, optional=not section["evidence"]),
        **{
            f"oddity.{kind}": Recipe(
                f"{given.study.results}/oddity/{file}",
                shown,
                lambda w: {"study": given.study.name, **task},
                optional=True,
            )
            for kind, file in (("page", "oddity.html"), ("crops", "images.sha256"))
        },
        "table.oddity": Recipe(
            paths.table("oddity"),
            [],
            lambda w: {"judgements": given.content(section["oddity"]["judgements"])},
            optional=not section["oddity"]["judgements"],
        ),
    }
