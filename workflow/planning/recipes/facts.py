"""What enters a lineage: the facts of config and user files, each where it can change a result."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from planning.extractions import Multiverse
from planning.recipes.recipe import Facts, Wildcards
from planning.study import NORMALIZATION, Study, image_files
from planning.syntheses import Syntheses
from planning.user_files import Hashes, own_modules, package_file


class StudyFacts:
    """Facts of a study's config and of the user's files, as they enter lineages.

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
        self.config, self.study, self.syntheses, self.multiverse = config, study, syntheses, multiverse
        self.hashes, self.shipped = hashes, shipped

    def content(self, files: Iterable[str | Path], root: str | Path = "") -> list[list[str]]:
        """User's files by their paths below `root` and contents. Raises ValueError for one that is not there."""
        found = []
        for file in files:
            try:
                found.append([Path(file).relative_to(root).as_posix() if root else str(file), self.hashes.of(file)])
            except OSError as error:
                raise ValueError(f"{file}: {error.strerror}") from error
        return found

    @cached_property
    def images(self) -> Facts:
        images = {key: value for key, value in self.config["images"].items() if key not in ("size", "fit", "folder")}
        if self.study.image_source == "folder":
            folder = self.study.image_folder
            images["files"] = self.content(image_files(folder), folder)
            images["folder"] = Path(folder).name
        return images

    def architecture(self, model: str) -> Facts:
        network = self.study.networks[model]
        source, target = network.architecture.split(":", 1)
        modules = own_modules(target.partition(":")[0]) if source == "python" else []
        return {"network": network.network_flags, "modules": self.content(modules)}

    def weights(self, wildcards: Wildcards) -> Facts:
        network = self.study.networks[wildcards["model"]]
        facts: dict[str, Any] = {**self.architecture(network.model), "weights": network.weights_flags}
        if isinstance(network.weights, Mapping) and "file" in network.weights:
            # By its content: where the user's file lies does not change what is in it.
            named = network.weights.get("package")
            file = package_file(named, network.weights["file"]) if named else Path(network.weights["file"])
            facts["weights"] = {
                key: value for key, value in network.weights.items() if key not in ("file", *NORMALIZATION)
            }
            facts["content"] = self.hashes.of(file) if file is not None and file.is_file() else None
        return facts

    def extraction(self, wildcards: Wildcards) -> Facts:
        network = self.study.networks[wildcards["model"]]
        branch = self.branch(wildcards)
        own = {"of_weights": network.weights_said} if branch and branch.of_weights else {}
        return {
            **self.architecture(network.model),
            **own,
            "layers": [[layer, module] for layer, module in network.layers.items()],
            "mean": list(branch.mean if branch else self.config["preprocessing"]["mean"]),
            "std": list(branch.std if branch else self.config["preprocessing"]["std"]),
            "activation": branch.activation if branch else self.config["activation"],
            "fit": branch.fit if branch else self.config["images"]["fit"],
            "precision": self.config["precision"],
            "representation": wildcards["representation"],
            **self._matching(branch),
        }

    def _matching(self, branch: Any) -> Facts:
        """Nothing where vectors stay as long as they are."""
        dimensions = (branch or self.study).matched_dimensions
        return {} if dimensions is None else {"matched_dimensions": dimensions}

    def spread(self, wildcards: Wildcards) -> Facts:
        """What a rule chooses layers by; of several branches, the study's own activation."""
        network = self.study.networks[wildcards["model"]]
        return {
            **self.architecture(network.model),
            "count": len(network.layers),
            "activation": self.config["activation"],
            "size": self.config["images"]["size"],
        }

    @property
    def named_layers(self) -> Facts:
        return {
            model: {
                "network": network.architecture_flags,
                "modules": self.architecture(model)["modules"],
                "layers": [[*pair] for pair in network.layers.items()],
            }
            for model, network in self.study.networks.items()
        }

    def branch(self, wildcards: Wildcards) -> Any:
        if "branch" not in wildcards or self.multiverse is None:
            return None
        (found,) = (branch for branch in self.multiverse.branches if branch.name == wildcards["branch"])
        return found

    def layer(self, wildcards: Wildcards) -> Facts:
        return {
            "layer": wildcards["layer"],
            "module": self.study.networks[wildcards["model"]].layers[wildcards["layer"]],
        }

    @cached_property
    def scores(self) -> Facts:
        section = self.config["brainscore"]
        files = ("table", "composition", "zero_filled")
        contents = {}
        for name in files:
            file = Path(self.shipped(section[name])) if section.get(name) else None
            contents[name] = self.hashes.of(file) if file is not None and file.is_file() else None
        # Where the files lie is no fact of theirs.
        given = {"ids": {}, **section, **dict.fromkeys(files)}
        return {"contents": contents, "flags": self.study.score_flags(given)}

    @property
    def families(self) -> Facts:
        return {"families": {model: network.family for model, network in self.study.networks.items()}}

    def inference(self, *keys: str) -> Callable[[Wildcards], Facts]:
        return lambda wildcards: {key: self.config["inference"][key] for key in keys}

    @property
    def normalisation(self) -> Facts:
        return {**self.config["preprocessing"], "activation": self.config["activation"]}

    def exemplar(self, wildcards: Wildcards) -> Facts:
        exemplar = self.syntheses.exemplars[wildcards["texture"]]
        own = exemplar.path(self.study)
        fetched = exemplar.class_name and self.study.image_source != "folder"
        return {
            "entry": self.config["synthesis"]["exemplars"][wildcards["texture"]],
            "content": None if own is None or fetched else self.content([own]),
            "size": self.syntheses.size,
            "fit": self.config["images"]["fit"],
        }

    def evidence(self, wildcards: Wildcards) -> Facts:
        entry = self.config["human"]["evidence"][wildcards["evidence"]]
        content = self.hashes.of(entry["file"]) if "file" in entry and Path(entry["file"]).is_file() else None
        return {
            "name": wildcards["evidence"],
            "entry": {key: value for key, value in entry.items() if key != "file"},
            "content": content,
            **self.inference("seed")(wildcards),
        }
