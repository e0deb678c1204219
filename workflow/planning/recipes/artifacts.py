"""Recipes of what is computed from images: extractions, RDMs, clusters, and what is read from them layer by layer."""

from planning.paths import Paths
from planning.recipes.facts import StudyFacts
from planning.recipes.recipe import Recipe


def artifacts(given: StudyFacts) -> dict[str, Recipe]:
    paths = given.study.paths
    resampled = given.inference("seed", "permutations", "bootstraps", "confidence")
    return {
        **_fetched(given, paths),
        "pixels": Recipe(
            paths.pixels, ["index"], lambda w: {name: given.config["images"][name] for name in ("size", "fit")}
        ),
        "weights": Recipe(paths.weights, [], given.weights),
        "layers": Recipe(paths.layers, [], given.spread),
        **of_layers(given, paths, ""),
        **{
            kind: Recipe(getattr(paths, kind), ["index", "clusters"], resampled)
            for kind in ("inference", "recovery", "deviations")
        },
        "halves": Recipe(
            paths.halves,
            ["index", "rdm"],
            lambda w: {"measure": given.study.measure, **given.inference("splits", "seed")(w)},
        ),
        **{
            kind: Recipe(
                getattr(paths, kind),
                ["index", "rdm"],
                lambda w: {"protocols": list(given.study.protocols), **given.inference("neighbours", "seed")(w)},
            )
            for kind in ("probes", "class_probes")
        },
        "probe_deviations": Recipe(
            paths.probe_deviations,
            ["index", "rdm"],
            lambda w: {
                "protocols": list(given.study.protocols),
                **given.inference("neighbours", "seed", "bootstraps")(w),
            },
        ),
        **{
            f"export.{suffix}": Recipe(paths.export(suffix), ["index", "rdm"], optional=True)
            for suffix in ("npz", "pkl")
        },
    }


def _fetched(given: StudyFacts, paths: Paths) -> dict[str, Recipe]:
    if given.study.image_source == "folder":
        return {"index": Recipe(paths.index, [], lambda w: given.images)}
    size = {"size": given.config["images"]["size"]} if given.study.image_source == "procedural" else {}
    return {
        "images": Recipe(f"{given.study.image_folder}.sha256", [], lambda w: {**given.images, **size}),
        "index": Recipe(paths.index, ["images"]),
    }


def of_layers(given: StudyFacts, paths: Paths, branch: str) -> dict[str, Recipe]:
    """What is made from an extraction, up to the information of each layer; `branch` prefixes the kinds."""
    clusters = [f"{branch}clusters", "index"]
    return {
        f"{branch}vectors": Recipe(
            paths.vectors(),
            ["index", "pixels", "weights", "layers", *(["fit.pixels"] if branch else [])],
            given.extraction,
            optional=not given.config["storage"]["keep_gram"],
        ),
        f"{branch}rdm": Recipe(paths.rdm, [f"{branch}vectors"], given.layer),
        f"{branch}clusters": Recipe(paths.clusters, [f"{branch}rdm", "index"], lambda w: {"protocol": w["protocol"]}),
        f"{branch}information": Recipe(paths.information, clusters),
        f"{branch}curve": Recipe(paths.curve, clusters),
        f"{branch}table.mi": Recipe(paths.table("mi"), [f"{branch}information"]),
    }
