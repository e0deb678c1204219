"""Recipes of synthesised images and of how networks judge them."""

from planning.recipes.facts import StudyFacts
from planning.recipes.recipe import Recipe


def syntheses(given: StudyFacts) -> dict[str, Recipe]:
    syntheses, results = given.syntheses, given.study.results
    made = {
        suffix: Recipe(
            f"{results}/synthesis/{{by}}/{{model}}/{{sample}}.{suffix}",
            ["weights", "layers", "exemplar"],
            lambda w: {
                "sample": syntheses.sample_flags(w["by"], w["model"], w["sample"]),
                "loss": syntheses.loss_flags(given.study.networks[w["model"]]),
                "start": given.content(syntheses.start),
                **given.normalisation,
                **given.architecture(w["model"]),
            },
        )
        for suffix in ("png", "json", "tsv")
    }
    return {
        "exemplar": Recipe(
            f"{results}/exemplars/{{texture}}.png",
            [] if given.study.image_source == "folder" else ["images"],
            given.exemplar,
        ),
        **{f"synthesis.{suffix}": recipe for suffix, recipe in made.items()},
        "synthesis.judgements": Recipe(
            f"{results}/synthesis/{{model}}.judgements.tsv",
            ["weights", "layers", "exemplar", "synthesis.png", "synthesis.json"],
            lambda w: {
                "loss": syntheses.loss_flags(given.study.networks[w["model"]]),
                "representations": list(syntheses.representations),
                **given.normalisation,
                **given.architecture(w["model"]),
            },
            optional=not syntheses.judgements(),
        ),
    }
