"""The lineage of everything that the workflow makes: a digest of all that can change it.

A kind of file has a recipe: the kinds that it is made from, and the facts of config and user files that enter with it.
Its lineage is the digest of its inputs' lineages and these facts, so that a change anywhere reaches everything below,
whether the files between exist or not. Machine settings never enter.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from planning.extractions import Multiverse
from planning.pages import TABLES, asked
from planning.paths import FORMATS, Paths
from planning.study import NORMALIZATION, Study, image_files, names_in
from planning.syntheses import Syntheses
from planning.user_files import Hashes, own_modules, package_file
from texalign.artifacts.lineage import digest

Facts = Mapping[str, Any]
Wildcards = Mapping[str, str]


@dataclass(frozen=True)
class Recipe:
    """How one kind of file comes about: `path`, a pattern; the kinds that it is made from; the facts that enter.

    `facts` gets the wildcards of the file. Wildcards of an input that the file does not have are gone through.
    """

    path: str
    inputs: Sequence[str] = ()
    facts: Callable[[Wildcards], Facts] = lambda wildcards: {}
    # Not made by every run, or not kept: that it is missing is no fault.
    optional: bool = False


class Lineage:
    """Lineages of a study's files, by kind and wildcards.

    `config` fits the schema, defaults filled in. `hashes` are of the user's files, `shipped` finds files that the
    workflow ships where the config names them.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        study: Study,
        syntheses: Syntheses,
        multiverse: Multiverse | None,
        hashes: Hashes,
        shipped: Callable[[str], str],
    ):
        self._config, self._study, self._syntheses, self._multiverse = config, study, syntheses, multiverse
        self._hashes, self._shipped = hashes, shipped
        self._known: dict[tuple[str, ...], str] = {}
        self.recipes: dict[str, Recipe] = {
            **self._artifacts(),
            **self._tables(),
            **self._synthesis(),
            **self._figures(),
            **self._people(),
            **self._explorer(),
        }
        if multiverse is not None:
            self.recipes |= self._branches(multiverse)
        self.recipes |= self._pages()

    # ------------------------------------------------------------------------------------------------------- lineages

    def of(self, kind: str, **wildcards: str) -> str:
        """Lineage of one file."""
        key = (kind, *(f"{name}={wildcards[name]}" for name in sorted(wildcards)))
        if key not in self._known:
            recipe = self.recipes[kind]
            inputs = {name: [self.of(name, **each) for each in self._expand(name, wildcards)] for name in recipe.inputs}
            self._known[key] = digest(
                kind=kind, wildcards=dict(wildcards), inputs=inputs, facts=recipe.facts(wildcards)
            )
        return self._known[key]

    def files(self, kind: str, **wildcards: str) -> dict[str, str]:
        """Lineages of all files of a kind that have these wildcards, by their paths."""
        pattern = self.recipes[kind].path
        return {pattern.format_map(each): self.of(kind, **each) for each in self._expand(kind, wildcards)}

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
        if self._study.labelled:
            return set()
        measured = ("information", "curve", "inference", "recovery", "deviations", "halves", "probes", "class_probes")
        drawn = (f"figure.{name}.{suffix}" for name in ("rdm", "rdm_layers") for suffix in FORMATS)
        found = {*measured, "probe_deviations", *drawn, *([] if self._study.chooses_layers else ["table.best_mi"])}
        while more := {kind for kind, recipe in self.recipes.items() if found & set(recipe.inputs)} - found:
            found |= more
        return found

    def _wildcards(self, kind: str) -> set[str]:
        return names_in([self.recipes[kind].path])

    def _expand(self, kind: str, wildcards: Wildcards) -> list[dict[str, str]]:
        wanted = self._wildcards(kind)
        fixed = {name: value for name, value in wildcards.items() if name in wanted}
        found = self._study.wildcards(*wanted, **fixed)
        values = {
            "by": list(self._syntheses.representations),
            "measure": list(self._study.ladder_measures),
            "sample": list(self._syntheses.samples),
            "texture": self._textures(wildcards),
            "branch": [] if self._multiverse is None else [b.name for b in self._multiverse.branches if not b.is_own],
            "dissimilarity": ["euclidean", "cosine"],
            "evidence": self._evidence_of(kind),
            "fit": self._fits(wildcards),
        }
        for name in values:
            if name in wanted:
                options = [fixed[name]] if name in fixed else values[name]
                found = [so_far | {name: value} for so_far in found for value in options]
        if kind == "layers":
            found = [each for each in found if each["model"] in self._study.spread]
        if "model" in wanted and kind.startswith("synthesis.") and "model" not in fixed:
            found = [each for each in found if each["model"] in self._syntheses.networks]
        return found

    def _evidence_of(self, kind: str) -> list[str]:
        """Evidence that a kind of file is made for: in branches of the multiverse, what is a criterion there."""
        if kind.startswith("branch.") and self._multiverse is not None:
            return self._multiverse.evidence
        return list(self._config["human"]["evidence"])

    def _textures(self, wildcards: Wildcards) -> list[str]:
        """Exemplars; of a synthesis, the one that it is made to match."""
        if "sample" in wildcards:
            return [self._syntheses.samples[wildcards["sample"]].texture]
        return list(self._syntheses.exemplars)

    def _fits(self, wildcards: Wildcards) -> list[str]:
        """Fits that have pixels of their own; of a branch, the one that it is made from."""
        if self._multiverse is None:
            return []
        branch = self._branch(wildcards)
        return [fit for fit in self._multiverse.other_fits if branch is None or fit == branch.fit]

    # ---------------------------------------------------------------------------------------------------------- facts

    def content(self, files: Iterable[str | Path], root: str | Path = "") -> list[list[str]]:
        """User's files by their paths below `root` and contents. Raises ValueError for one that is not there."""
        found = []
        for file in files:
            try:
                found.append([Path(file).relative_to(root).as_posix() if root else str(file), self._hashes.of(file)])
            except OSError as error:
                raise ValueError(f"{file}: {error.strerror}") from error
        return found

    @cached_property
    def _images(self) -> Facts:
        images = {key: value for key, value in self._config["images"].items() if key not in ("size", "fit", "folder")}
        if self._study.image_source == "folder":
            folder = self._study.image_folder
            images["files"] = self.content(image_files(folder), folder)
            images["folder"] = Path(folder).name
        return images

    def _architecture(self, model: str) -> Facts:
        network = self._study.networks[model]
        source, target = network.architecture.split(":", 1)
        modules = own_modules(target.partition(":")[0]) if source == "python" else []
        return {"network": network.network_flags, "modules": self.content(modules)}

    def _weights(self, wildcards: Wildcards) -> Facts:
        network = self._study.networks[wildcards["model"]]
        facts: dict[str, Any] = {**self._architecture(network.model), "weights": network.weights_flags}
        if isinstance(network.weights, Mapping) and "file" in network.weights:
            # By its content: where the user's file lies does not change what is in it.
            named = network.weights.get("package")
            file = package_file(named, network.weights["file"]) if named else Path(network.weights["file"])
            facts["weights"] = {
                key: value for key, value in network.weights.items() if key not in ("file", *NORMALIZATION)
            }
            facts["content"] = self._hashes.of(file) if file is not None and file.is_file() else None
        return facts

    def _extraction(self, wildcards: Wildcards) -> Facts:
        network = self._study.networks[wildcards["model"]]
        branch = self._branch(wildcards)
        own = {"of_weights": network.weights_said} if branch and branch.of_weights else {}
        return {
            **self._architecture(network.model),
            **own,
            "layers": [[layer, module] for layer, module in network.layers.items()],
            "mean": list(branch.mean if branch else self._config["preprocessing"]["mean"]),
            "std": list(branch.std if branch else self._config["preprocessing"]["std"]),
            "activation": branch.activation if branch else self._config["activation"],
            "fit": branch.fit if branch else self._config["images"]["fit"],
            "precision": self._config["precision"],
            "representation": wildcards["representation"],
            **self._matching(branch),
        }

    def _matching(self, branch: Any) -> Facts:
        """Nothing where vectors stay as long as they are."""
        dimensions = (branch or self._study).matched_dimensions
        return {} if dimensions is None else {"matched_dimensions": dimensions}

    def _spread(self, wildcards: Wildcards) -> Facts:
        """What a rule chooses layers by; of several branches, the study's own activation."""
        network = self._study.networks[wildcards["model"]]
        return {
            **self._architecture(network.model),
            "count": len(network.layers),
            "activation": self._config["activation"],
            "size": self._config["images"]["size"],
        }

    @property
    def _named_layers(self) -> Facts:
        return {
            model: {
                "network": network.architecture_flags,
                "modules": self._architecture(model)["modules"],
                "layers": [[*pair] for pair in network.layers.items()],
            }
            for model, network in self._study.networks.items()
        }

    def _branch(self, wildcards: Wildcards) -> Any:
        if "branch" not in wildcards or self._multiverse is None:
            return None
        (found,) = (branch for branch in self._multiverse.branches if branch.name == wildcards["branch"])
        return found

    def _layer(self, wildcards: Wildcards) -> Facts:
        return {
            "layer": wildcards["layer"],
            "module": self._study.networks[wildcards["model"]].layers[wildcards["layer"]],
        }

    @cached_property
    def _scores(self) -> Facts:
        section = self._config["brainscore"]
        files = ("table", "composition", "zero_filled")
        contents = {}
        for name in files:
            file = Path(self._shipped(section[name])) if section.get(name) else None
            contents[name] = self._hashes.of(file) if file is not None and file.is_file() else None
        # Where the files lie is no fact of theirs.
        given = {"ids": {}, **section, **dict.fromkeys(files)}
        return {"contents": contents, "flags": self._study.score_flags(given)}

    @property
    def _families(self) -> Facts:
        return {"families": {model: network.family for model, network in self._study.networks.items()}}

    @property
    def _criterion(self) -> list[str]:
        return [f"table.{self._study.criterion_table}"] if self._study.criterion_table else []

    def _inference(self, *keys: str) -> Callable[[Wildcards], Facts]:
        return lambda wildcards: {key: self._config["inference"][key] for key in keys}

    # -------------------------------------------------------------------------------------------------------- recipes

    def _artifacts(self) -> dict[str, Recipe]:
        paths = self._study.paths
        resampled = self._inference("seed", "permutations", "bootstraps", "confidence")
        return {
            **self._fetched(paths),
            "pixels": Recipe(
                paths.pixels, ["index"], lambda w: {name: self._config["images"][name] for name in ("size", "fit")}
            ),
            "weights": Recipe(paths.weights, [], self._weights),
            "layers": Recipe(paths.layers, [], self._spread),
            **self._of_layers(paths, ""),
            **{
                kind: Recipe(getattr(paths, kind), ["index", "clusters"], resampled)
                for kind in ("inference", "recovery", "deviations")
            },
            "halves": Recipe(
                paths.halves,
                ["index", "rdm"],
                lambda w: {"measure": self._study.measure, **self._inference("splits", "seed")(w)},
            ),
            **{
                kind: Recipe(
                    getattr(paths, kind),
                    ["index", "rdm"],
                    lambda w: {"protocols": list(self._study.protocols), **self._inference("neighbours", "seed")(w)},
                )
                for kind in ("probes", "class_probes")
            },
            "probe_deviations": Recipe(
                paths.probe_deviations,
                ["index", "rdm"],
                lambda w: {
                    "protocols": list(self._study.protocols),
                    **self._inference("neighbours", "seed", "bootstraps")(w),
                },
            ),
            **{
                f"export.{suffix}": Recipe(paths.export(suffix), ["index", "rdm"], optional=True)
                for suffix in ("npz", "pkl")
            },
        }

    def _fetched(self, paths: Paths) -> dict[str, Recipe]:
        if self._study.image_source == "folder":
            return {"index": Recipe(paths.index, [], lambda w: self._images)}
        size = {"size": self._config["images"]["size"]} if self._study.image_source == "procedural" else {}
        return {
            "images": Recipe(f"{self._study.image_folder}.sha256", [], lambda w: {**self._images, **size}),
            "index": Recipe(paths.index, ["images"]),
        }

    def _of_layers(self, paths: Paths, branch: str) -> dict[str, Recipe]:
        """What is made from an extraction, up to the information of each layer; `branch` prefixes the kinds."""
        clusters = [f"{branch}clusters", "index"]
        return {
            f"{branch}vectors": Recipe(
                paths.vectors(),
                ["index", "pixels", "weights", "layers", *(["fit.pixels"] if branch else [])],
                self._extraction,
                optional=not self._config["storage"]["keep_gram"],
            ),
            f"{branch}rdm": Recipe(paths.rdm, [f"{branch}vectors"], self._layer),
            f"{branch}clusters": Recipe(
                paths.clusters, [f"{branch}rdm", "index"], lambda w: {"protocol": w["protocol"]}
            ),
            f"{branch}information": Recipe(paths.information, clusters),
            f"{branch}curve": Recipe(paths.curve, clusters),
            f"{branch}table.mi": Recipe(paths.table("mi"), [f"{branch}information"]),
        }

    def _branches(self, multiverse: Multiverse) -> dict[str, Recipe]:
        branches = Paths(f"{self._study.results}/multiverse/{{branch}}")
        others = any(not branch.is_own for branch in multiverse.branches)
        correlated = ["table.mi", *(["branch.table.mi"] if others else [])]
        if multiverse.has_curves:
            correlated += ["table.mi_curves", *(["branch.table.mi_curves"] if others else [])]
        if multiverse.evidence:
            correlated += ["table.agreement_by_layer", *(["branch.table.agreement_by_layer"] if others else [])]
        probed = [f"table.{Path(file).stem}" for file in multiverse.criterion_tables]
        choices = ("criteria", "clusters", "layer_rules", "joins", "aggregates", "statistics", "own")
        facts = {
            **self._scores,
            **{name: list(getattr(multiverse, name)) for name in choices},
            "branches": [list(branch.choices) for branch in multiverse.branches],
            "published": self._hashes.of(self._shipped(multiverse.published)) if multiverse.published else None,
            "alpha": self._config["brainscore"]["alpha"],
        }
        table = self._study.paths.table
        return {
            "fit.pixels": Recipe(
                f"{self._study.results}/multiverse/images/{{fit}}.h5",
                ["index"],
                lambda w: {"size": self._config["images"]["size"], "fit": w["fit"]},
            ),
            **self._of_layers(branches, "branch."),
            **self._agreement_of_branches(branches),
            "table.mi_curves": Recipe(table("mi_curves"), ["curve"], optional=not multiverse.has_curves),
            "branch.table.mi_curves": Recipe(
                branches.table("mi_curves"), ["branch.curve"], optional=not multiverse.has_curves
            ),
            **{
                f"table.{name}": Recipe(table(name), [*correlated, *probed], lambda w: facts)
                for name in ("multiverse", "multiverse_changes")
            },
            **self._figure("multiverse", ["table.multiverse"], lambda w: {"alpha": facts["alpha"]}),
        }

    def _agreement_of_branches(self, branches: Paths) -> dict[str, Recipe]:
        """Agreement with people, without intervals and nulls, so that nothing drawn enters."""
        measured = lambda w: {"protocols": list(self._study.protocols)}  # noqa: E731
        kinds = ("agreement", "agreement_by_layer")
        return {
            **{
                f"branch.{kind}": Recipe(getattr(branches, kind), ["index", "evidence", "branch.rdm"], measured)
                for kind in kinds
            },
            **{f"branch.table.{kind}": Recipe(branches.table(kind), [f"branch.{kind}"]) for kind in kinds},
        }

    def _tables(self) -> dict[str, Recipe]:
        table, section = self._study.paths.table, self._config["brainscore"]
        matches = {model: network.brainscore_match for model, network in self._study.networks.items()}
        joined = {**self._scores, **self._families, "matches": matches, "aggregate": section["aggregate"]}
        read = lambda w: {"measure": self._study.measure, **self._inference("confidence")(w)}  # noqa: E731
        errors = ["deviations"] if self._study.criterion == "mi_nsb_bits" else []
        return {
            "table.layers": Recipe(table("layers"), ["layers"], lambda w: {"networks": self._named_layers}),
            "table.best_mi": Recipe(
                table("best_mi"),
                [*(["table.mi"] if self._study.labelled else []), *self._criterion],
                lambda w: {"criterion": self._study.criterion},
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
                self._compared,
                lambda w: {"measures": list(self._study.ladder_measures), **self._inference("confidence")(w)},
                optional=not self._study.laddered,
            ),
            "table.validation": Recipe(
                table("validation"),
                ["index", "vectors"],
                lambda w: {
                    "published": self._hashes.of(self._shipped("resources/published.csv")),
                    "size": self._config["images"]["size"],
                    "seed": self._config["inference"]["seed"],
                },
                optional=True,
            ),
            "ndd.contingency": Recipe(
                f"{self._study.results}/ndd_check/contingency.tsv", ["index", "clusters"], optional=True
            ),
            "table.ndd_check": Recipe(table("ndd_check"), ["table.mi"], optional=True),
            **self._drift(table),
            "table.brainscore_coverage": Recipe(
                table("brainscore_coverage"), [], lambda w: self._scores, optional=section["format"] != "leaderboard"
            ),
        }

    @property
    def _compared(self) -> list[str]:
        """What differences between representations are made from."""
        labels = ["table.mi_inference", "deviations", "table.probes", "probe_deviations"]
        people = ["table.agreement_by_layer", "agreement_deviations"]
        return [
            *(labels if self._study.labelled else []),
            *(people if self._config["human"]["evidence"] else []),
        ]

    def _drift(self, table: Callable[[str], str]) -> dict[str, Recipe]:
        previous = self._config["brainscore"].get("previous")
        if previous is None:
            return {}
        before = {"before": self._hashes.of(self._shipped(previous["table"])), "format": previous["format"]}
        compared = {
            f"table.{name}": Recipe(table(name), ["table.best_mi"], lambda w: {**self._scores, **before}, optional=True)
            for name in ("brainscore_drift", "brainscore_drift_scores", "brainscore_drift_contents")
        }
        drawn = self._figure("brainscore_drift/{representation}", ["table.brainscore_drift"], optional=True)
        return {**compared, **drawn}

    def _synthesis(self) -> dict[str, Recipe]:
        syntheses, results = self._syntheses, self._study.results
        made = {
            suffix: Recipe(
                f"{results}/synthesis/{{by}}/{{model}}/{{sample}}.{suffix}",
                ["weights", "layers", "exemplar"],
                lambda w: {
                    "sample": syntheses.sample_flags(w["by"], w["model"], w["sample"]),
                    "loss": syntheses.loss_flags(self._study.networks[w["model"]]),
                    "start": self.content(syntheses.start),
                    **self._normalisation,
                    **self._architecture(w["model"]),
                },
            )
            for suffix in ("png", "json", "tsv")
        }
        return {
            "exemplar": Recipe(
                f"{results}/exemplars/{{texture}}.png",
                [] if self._study.image_source == "folder" else ["images"],
                self._exemplar,
            ),
            **{f"synthesis.{suffix}": recipe for suffix, recipe in made.items()},
            "synthesis.judgements": Recipe(
                f"{results}/synthesis/{{model}}.judgements.tsv",
                ["weights", "layers", "exemplar", "synthesis.png", "synthesis.json"],
                lambda w: {
                    "loss": syntheses.loss_flags(self._study.networks[w["model"]]),
                    "representations": list(syntheses.representations),
                    **self._normalisation,
                    **self._architecture(w["model"]),
                },
                optional=not syntheses.judgements(),
            ),
        }

    @property
    def _normalisation(self) -> Facts:
        return {**self._config["preprocessing"], "activation": self._config["activation"]}

    def _exemplar(self, wildcards: Wildcards) -> Facts:
        exemplar = self._syntheses.exemplars[wildcards["texture"]]
        own = exemplar.path(self._study)
        fetched = exemplar.class_name and self._study.image_source != "folder"
        return {
            "entry": self._config["synthesis"]["exemplars"][wildcards["texture"]],
            "content": None if own is None or fetched else self.content([own]),
            "size": self._syntheses.size,
            "fit": self._config["images"]["fit"],
        }

    def _figure(
        self,
        name: str,
        inputs: Sequence[str],
        facts: Callable[[Wildcards], Facts] = lambda w: {},
        optional: bool = False,
    ) -> dict[str, Recipe]:
        figure = self._study.paths.figure
        kind = name.split("/")[0]
        return {f"figure.{kind}.{suffix}": Recipe(figure(name, suffix), inputs, facts, optional) for suffix in FORMATS}

    def _figures(self) -> dict[str, Recipe]:
        families = lambda w: self._families  # noqa: E731 (one name for what several recipes share)
        criterion = {"probes": ["probes"], "agreement_by_layer": ["agreement_by_layer"]}.get(
            self._study.criterion_table or "", []
        )
        of_layers = "{representation}/{model}/{layer}"
        drawn = {
            **self._figure(f"rdm/{of_layers}", ["index", "rdm"], lambda w: dict(self._config["figures"])),
            **self._figure(
                "rdm_layers/{representation}/{model}", ["index", "rdm"], lambda w: dict(self._config["figures"])
            ),
            **self._figure("mi_by_layer/{representation}", ["table.mi", "table.mi_inference"], families),
            **self._figure("mi_over_clusters/{representation}/{model}", ["index", "curve"]),
            **self._figure(
                "cluster_matrix/{representation}/{protocol}/{model}",
                ["index", "information", "clusters", *criterion],
                lambda w: {"criterion": self._study.criterion},
            ),
            **self._figure(
                "brainscore/{representation}/{protocol}",
                ["table.brainscore_scores", "table.brainscore_correlations"],
                families,
            ),
            **self._figure(
                "brainscore_correlations/{representation}",
                ["table.brainscore_correlations"],
                lambda w: {"alpha": self._config["brainscore"]["alpha"]},
            ),
            **self._figure("mi_intervals/{representation}/{protocol}", ["table.mi_inference"], families),
            **self._figure(
                "class_recovery/{representation}/{protocol}",
                ["table.mi_inference", "table.best_mi", "table.class_recovery"],
                self._inference("confidence"),
            ),
            **self._figure("probes/{representation}", ["table.probes"], families),
            **self._figure(
                "representations/{protocol}/{measure}",
                [
                    "table.representations",
                    *(["table.mi", "table.probes"] if self._study.labelled else []),
                    *(["table.agreement_by_layer"] if self._config["human"]["evidence"] else []),
                ],
                families,
                optional=not self._study.laddered,
            ),
        }
        return drawn | self._figures_of_syntheses(families)

    def _figures_of_syntheses(self, families: Callable[[Wildcards], Facts]) -> dict[str, Recipe]:
        syntheses = self._syntheses
        judged = ["synthesis.judgements"] if syntheses.judgements() else []
        shown = ["exemplar", "synthesis.png", "synthesis.json", *judged]
        drawn: dict[str, Recipe] = {}
        if syntheses.samples:
            drawn |= self._figure("synthesis_panel/{by}", shown)
            drawn |= self._figure("synthesis_losses/{by}", ["synthesis.json", "synthesis.tsv"], families)
        if syntheses.crossed:
            drawn |= self._figure("synthesis_cross_evaluation/{by}", judged)
        if len(syntheses.representations) > 1:
            drawn |= self._figure("synthesis_representations/{texture}", shown)
        if syntheses.compared:
            drawn |= self._figure("synthesis_between_representations", judged)
        return drawn

    # ---------------------------------------------------------------------------------------------------------- pages

    @property
    def _shown_tables(self) -> list[str]:
        """Names of tables that can be shown as pages; which of them there are, the rules say."""
        maps = [f"rdm_map/{representation}" for representation in self._study.representations]
        return [*(name for name in TABLES if f"table.{name}" in self.recipes), *maps]

    def _pages(self) -> dict[str, Recipe]:
        paths = self._study.paths
        told = ["index"]
        if self._study.labelled:
            told += [f"table.{name}" for name in ("best_mi", "mi", "mi_inference")]
            told += ["table.best_mi_halves"] if self._config["inference"]["splits"] else []
        if self._study.chooses_layers:
            told.append("table.brainscore_correlations")
        if self._config["human"]["evidence"]:
            told.append("table.agreement")
        if self._syntheses.samples:
            told.append("figure.synthesis_panel.png")
        return {
            **{
                f"page.{name}": Recipe(
                    paths.table_page.format(shown=name), [f"table.{name.split('/')[0]}"], optional=True
                )
                for name in self._shown_tables
            },
            "page.findings": Recipe(paths.findings, told, lambda w: asked(self._study)),
        }

    def _explorer(self) -> dict[str, Recipe]:
        paths, study = self._study.paths, self._study
        tables = ["table.mi", "table.mi_inference", "table.brainscore_scores", "table.brainscore_correlations"]
        shown = {
            "study": study.name,
            "representations": list(study.representations),
            "protocols": list(study.protocols),
            "layers": [[model, list(network.layers.items())] for model, network in study.networks.items()],
            **self._config["figures"],
            **self._families,
        }
        return {
            "explorer.images": Recipe(paths.explorer_part("images"), ["index", "pixels"]),
            "explorer.layer": Recipe(
                paths.explorer_part(), ["index", "rdm", "clusters"], lambda w: dict(self._config["figures"])
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

    # --------------------------------------------------------------------------------------------------------- people

    def _people(self) -> dict[str, Recipe]:
        paths, section = self._study.paths, self._config["human"]
        families = lambda w: self._families  # noqa: E731
        resampled = self._inference("seed", "permutations", "bootstraps", "confidence")
        layers = lambda w: {"protocols": list(self._study.protocols), **resampled(w)}  # noqa: E731
        compared = self._inference("seed", "permutations", "neighbours")
        shown = ["exemplar", "synthesis.png", "synthesis.json"]
        task = {name: value for name, value in section["oddity"].items() if name != "judgements"}
        return {
            **{kind: Recipe(getattr(paths, kind), ["index"], self._evidence) for kind in ("evidence", "coverage")},
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
                optional=not self._study.mapped,
            ),
            **self._figure(
                "agreement/{representation}/{evidence}",
                ["table.agreement"],
                lambda w: {**self._families, **self._inference("confidence")(w)},
            ),
            **self._figure("rdm_map/{representation}", ["table.rdm_map"], families, optional=not section["evidence"]),
            **{
                f"oddity.{kind}": Recipe(
                    f"{self._study.results}/oddity/{file}",
                    shown,
                    lambda w: {"study": self._study.name, **task},
                    optional=True,
                )
                for kind, file in (("page", "oddity.html"), ("crops", "images.sha256"))
            },
            "table.oddity": Recipe(
                paths.table("oddity"),
                [],
                lambda w: {"judgements": self.content(section["oddity"]["judgements"])},
                optional=not section["oddity"]["judgements"],
            ),
        }

    def _evidence(self, wildcards: Wildcards) -> Facts:
        entry = self._config["human"]["evidence"][wildcards["evidence"]]
        content = self._hashes.of(entry["file"]) if "file" in entry and Path(entry["file"]).is_file() else None
        return {
            "name": wildcards["evidence"],
            "entry": {key: value for key, value in entry.items() if key != "file"},
            "content": content,
            **self._inference("seed")(wildcards),
        }
