"""Every key of the config enters the lineage of exactly what it can change, and files count by content."""

import copy
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from planning.extractions import Multiverse
from planning.lineage import Lineage
from planning.paths import FORMATS
from planning.recipes.facts import StudyFacts
from planning.study import Study
from planning.syntheses import Syntheses
from planning.user_files import Hashes, own_modules
from support import PROJECT, SCHEMA, complete

OWN = {"mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}
CONFIG = {
    "study": "s",
    "images": {"source": "procedural", "classes": ["grid", "dotted"], "images_per_class": 4, "seed": 0, "size": 64},
    "preprocessing": OWN,
    "representations": ["gram", "covariance"],
    "protocols": ["unit", "raw"],
    "networks": {
        "one": {
            "source": "python",
            "callable": "mine:build",
            "weights": {"file": "one.pth"},
            "layers": ["a", "b"],
            "brainscore_id": "x",
        },
        "two": {"source": "torchvision", "name": "alexnet", "weights": {"random": 0}, "layers": ["features.0"]},
    },
    "brainscore": {"table": "scores.csv", "benchmarks": ["V1"], "previous": {"table": "before.csv"}},
    "multiverse": {"activations": ["after_relu", "before_relu"], "preprocessings": {"own": OWN}},
    "synthesis": {
        "exemplars": {"grid": {"class": "grid", "file": "grid_0000.png"}, "other": {"file": "other.png"}},
        "representations": ["gram", "mean"],
    },
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with everything of the user's that the config names."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("from helpers import layers\n")
    (tmp_path / "helpers").mkdir()
    (tmp_path / "helpers/__init__.py").write_text("")
    (tmp_path / "helpers/layers.py").write_text("WIDTH = 1\n")
    for name in ("one.pth", "scores.csv", "before.csv", "other.png", "new.csv", "start.png"):
        (tmp_path / name).write_text(name)
    return tmp_path


def lineage_of(config: Mapping[str, Any]) -> Lineage:
    filled = complete(config)
    study = Study.from_config(filled)
    multiverse = Multiverse.from_config(filled, study.results) if "multiverse" in filled else None

    def shipped(file: str) -> str:
        return file if Path(file).exists() else str(PROJECT / file)

    return Lineage(StudyFacts(filled, study, Syntheses.from_config(filled, study), multiverse, Hashes(), shipped))


def lineages(lineage: Lineage) -> dict[str, dict[str, str]]:
    """Lineages of all files by kind and path."""
    return {kind: lineage.files(kind) for kind in lineage.recipes}


def below(lineage: Lineage, roots: set[str]) -> set[str]:
    """Kinds that are made from these, directly or not, and these."""
    found = set(roots)
    while new := {kind for kind, recipe in lineage.recipes.items() if found & set(recipe.inputs)} - found:
        found |= new
    return found


def changed(before: Lineage, after: Lineage) -> set[str]:
    """Kinds of which a file that both have has another lineage."""
    old, new = lineages(before), lineages(after)
    return {
        kind
        for kind in old.keys() & new.keys()
        if any(old[kind][path] != new[kind][path] for path in old[kind].keys() & new[kind].keys())
    }


def edited(path: str, value: object, config: Mapping[str, Any] = CONFIG) -> dict[str, Any]:
    config = copy.deepcopy(dict(config))
    *parents, key = path.split(".")
    place: Any = config
    for parent in parents:
        place = place.setdefault(parent, {})
    if value is None:
        del place[key]
    else:
        place[key] = value
    return config


FIGURES_OF_FAMILIES = {
    f"figure.{name}.{suffix}"
    for name in (
        *("mi_by_layer", "brainscore", "mi_intervals", "probes", "representations", "synthesis_losses", "rdm_map"),
    )
    for suffix in FORMATS
}
SCORED = {"table.brainscore_scores", "table.brainscore_coverage", "table.multiverse", "table.multiverse_changes"}
DRIFT = {"table.brainscore_drift", "table.brainscore_drift_scores", "table.brainscore_drift_contents"}
RESAMPLED = {"inference", "recovery", "deviations"}
SYNTHESES = {"synthesis.png", "synthesis.json", "synthesis.tsv"}
MULTIVERSE = {"table.multiverse", "table.multiverse_changes"}
EXTRACTED = {"vectors", "branch.vectors"}
BUILT = {"weights", "table.layers", *EXTRACTED, *SYNTHESES, "synthesis.judgements"}
PROBED = {"probes", "class_probes", "probe_deviations"}
MAPPED = {"table.rdm_map"}

# For each key a changed value and the kinds that it enters; what is made from these follows. Keys that name parts of a
# study, and so which files there are, enter the tables that hold them all through what those are made from.
ENTERS: dict[str, tuple[object, set[str]]] = {
    "images.classes": (["grid", "woven"], {"images"}),
    "images.images_per_class": (5, {"images"}),
    "images.seed": (1, {"images"}),
    "images.size": (96, {"images", "pixels", "exemplar", "table.validation"}),
    "images.fit": ("crop", {"pixels", "exemplar", "vectors", "branch.vectors", *MULTIVERSE}),
    "activation": ("before_relu", {"vectors", *SYNTHESES, "synthesis.judgements", *MULTIVERSE}),
    "precision": ("mixed", EXTRACTED),
    "matched_dimensions": (16, {*EXTRACTED, *MULTIVERSE}),
    "criterion": (
        "ami",
        {
            *("table.best_mi", "halves", "table.mi_trees", "table.best_mi_halves", *MULTIVERSE),
            *(f"figure.cluster_matrix.{suffix}" for suffix in FORMATS),
        },
    ),
    "networks.one.source": ("timm", {*BUILT}),
    "networks.two.name": ("vgg11", {*BUILT}),
    "networks.one.callable": ("other:build", {*BUILT}),
    "networks.one.arguments": ({"n": 1}, {*BUILT}),
    "networks.two.weights": ({"random": 1}, {"weights"}),
    "networks.one.layers": (
        ["a", "c"],
        {"rdm", "branch.rdm", "table.layers", *EXTRACTED, *SYNTHESES, "synthesis.judgements"},
    ),
    "networks.one.activation": ("before_relu", {"weights", *EXTRACTED, *SYNTHESES, "synthesis.judgements"}),
    "networks.one.maps": ("channels_last", {"weights", *EXTRACTED, *SYNTHESES, "synthesis.judgements"}),
    "networks.one.family": ("f", {"table.brainscore_scores", *FIGURES_OF_FAMILIES}),
    "networks.one.brainscore_id": ("y", {*SCORED, *DRIFT}),
    "networks.one.brainscore_line": (7, {*SCORED, *DRIFT}),
    "networks.one.brainscore_match": ("relative", {"table.brainscore_scores"}),
    "multiverse.joins": (["id"], MULTIVERSE),
    "multiverse.aggregates": (["leaderboard", "nanmean"], MULTIVERSE),
    "multiverse.statistics": (["pearson"], MULTIVERSE),
    "multiverse.criteria": (["mi_nsb_bits", "ami"], MULTIVERSE),
    "multiverse.layer_rules": (["best", "last"], MULTIVERSE),
    "multiverse.published": ("new.csv", MULTIVERSE),
    "brainscore.table": ("new.csv", {*SCORED, *DRIFT}),
    "brainscore.format": ("leaderboard", {*SCORED, *DRIFT}),
    "brainscore.benchmarks": (["V2"], {*SCORED, *DRIFT}),
    "brainscore.zero_filled": ("new.csv", {*SCORED, *DRIFT}),
    "brainscore.previous.table": ("new.csv", DRIFT),
    "brainscore.previous.format": ("table", DRIFT),
    "brainscore.equivalence_bound": (0.4, {"table.brainscore_correlations"}),
    "brainscore.alpha": (
        0.01,
        {
            *("table.brainscore_correlations", *MULTIVERSE, *(f"figure.multiverse.{suffix}" for suffix in FORMATS)),
            *(f"figure.brainscore_correlations.{suffix}" for suffix in FORMATS),
        },
    ),
    "inference.seed": (1, {*RESAMPLED, *PROBED, *MAPPED, "halves", "table.validation"}),
    "inference.permutations": (99, {*RESAMPLED, *MAPPED}),
    "inference.bootstraps": (99, {*RESAMPLED, "probe_deviations"}),
    "inference.splits": (9, {"halves"}),
    "inference.neighbours": (3, {*PROBED, *MAPPED}),
    "synthesis.layers": (["L1"], {*SYNTHESES, "synthesis.judgements"}),
    "synthesis.start": ("start.png", SYNTHESES),
    "synthesis.image_size": (96, SYNTHESES),
    "synthesis.evaluations": (9, SYNTHESES),
    "synthesis.tolerance": (0.1, SYNTHESES),
    "synthesis.parametrization": ("published", SYNTHESES),
    "synthesis.spectrum": (0.0, SYNTHESES),
    "synthesis.history": (5, SYNTHESES),
    "synthesis.weighting": ("relative", {*SYNTHESES, "synthesis.judgements"}),
    "synthesis.layer_weights": ({"L1": 2.0}, {*SYNTHESES, "synthesis.judgements"}),
    "figures.rdm": (
        "euclidean",
        {
            *(f"figure.{name}.{suffix}" for name in ("rdm", "rdm_layers") for suffix in FORMATS),
            *("explorer.layer", "explorer.page"),
        },
    ),
}


@pytest.mark.parametrize("key", list(ENTERS))
def test_a_changed_key_changes_exactly_what_follows_from_it(key: str, folder: Path):
    value, roots = ENTERS[key]
    (folder / "other.py").write_text("")
    before, after = lineage_of(CONFIG), lineage_of(edited(key, value))
    assert changed(before, after) <= below(before, roots)
    assert changed(before, after) >= {
        kind for kind in roots if lineages(before)[kind].keys() & lineages(after)[kind].keys()
    }


PEOPLE = {
    **CONFIG,
    "human": {
        "evidence": {"said": {"kind": "descriptions", "file": "said.json"}},
        "oddity": {"judgements": ["judged.csv"]},
    },
}
EVIDENCE = {"evidence", "coverage"}
AGREEMENT = {"agreement", "agreement_by_layer", "agreement_deviations"}
ODDITY = {"oddity.page", "oddity.crops"}
# As above, where there is human evidence.
OF_PEOPLE: dict[str, tuple[object, set[str]]] = {
    "human.evidence.said.kind": ("triplets", EVIDENCE),
    "human.evidence.said.file": ("other.json", EVIDENCE),
    "human.evidence.said.colours": (False, EVIDENCE),
    "human.map_images": (20, MAPPED),
    "human.oddity.crop": (16, ODDITY),
    "human.oddity.repetitions": (2, ODDITY),
    "human.oddity.seed": (1, ODDITY),
    "human.oddity.presentation": ("in_turn", ODDITY),
    "human.oddity.seconds": (2, ODDITY),
    "human.oddity.judgements": (["other.csv"], {"table.oddity"}),
    "inference.seed": (1, {*EVIDENCE, *AGREEMENT, *MAPPED, *RESAMPLED, *PROBED, "halves", "table.validation"}),
    "inference.permutations": (99, {*AGREEMENT, *MAPPED, *RESAMPLED}),
    "inference.bootstraps": (99, {*AGREEMENT, *RESAMPLED, "probe_deviations"}),
    "inference.neighbours": (3, {*MAPPED, *PROBED}),
}


@pytest.mark.parametrize("key", list(OF_PEOPLE))
def test_a_changed_key_changes_exactly_what_follows_of_people(key: str, folder: Path):
    for name in ("said.json", "other.json", "judged.csv", "other.csv"):
        (folder / name).write_text(name)
    value, roots = OF_PEOPLE[key]
    before, after = lineage_of(PEOPLE), lineage_of(edited(key, value, PEOPLE))
    assert changed(before, after) <= below(before, roots)
    assert changed(before, after) >= roots


@pytest.mark.parametrize("key", [*ENTERS, *OF_PEOPLE])
def test_what_is_made_from_a_changed_file_changes_and_nothing_else_of_its_kind(key: str, folder: Path):
    """File by file. So a change schedules all that follows by the lineage of each, which its job's parameters hold:
    files between need not be there. Of what is not made from a changed file, only what the key enters itself changes.
    """
    for name in ("said.json", "other.json", "judged.csv", "other.csv", "other.py"):
        (folder / name).write_text(name)
    config = PEOPLE if key in OF_PEOPLE else CONFIG
    value, roots = (OF_PEOPLE if key in OF_PEOPLE else ENTERS)[key]
    old, new = every_file_of(key in OF_PEOPLE), every_file(lineage_of(edited(key, value, config)))
    for path in old.keys() & new.keys():
        kind, lineage, sources = old[path]
        if sources != new[path][2]:
            assert new[path][1] != lineage, f"{path} follows from what {key} changes"
        elif new[path][1] != lineage:
            assert kind in roots, f"{path} changes by {key}, and nothing that it is made from"


@cache
def every_file_of(people: bool) -> dict[str, tuple[str, str, str]]:
    """Those of the config before it is changed, which are the same for every test."""
    return every_file(lineage_of(PEOPLE if people else CONFIG))


def every_file(lineage: Lineage) -> dict[str, tuple[str, str, str]]:
    """By path the kind of every file, its lineage, and those of the files that it is made from."""
    found = {}
    known: dict[tuple, str] = {}
    for kind, recipe in lineage.recipes.items():
        for each in lineage._expand(kind, {}):
            sources = []
            for name in recipe.inputs:
                key = (name, *sorted(each.items()))
                if key not in known:
                    known[key] = ",".join(lineage.of(name, **other) for other in lineage._expand(name, each))
                sources.append(known[key])
            found[recipe.path.format_map(each)] = (kind, lineage.of(kind, **each), "|".join(sources))
    return found


# Keys that change which files there are, or in which order, and no content but of what holds them all.
NAME_PARTS = {
    "study": "the folder of results",
    "images.source": "which of the keys below `images` there are",
    "representations": "files of their own",
    "protocols": "files of their own; probes go through all of them",
    "networks": "files of their own",
    "multiverse.activations": "branches of their own",
    "multiverse.preprocessings": "branches of their own",
    "multiverse.fits": "branches of their own",
    "multiverse.matched_dimensions": "branches of their own",
    "multiverse.clusters": "whether there are tables by number of clusters",
    "synthesis.exemplars": "files of their own",
    "synthesis.networks": "files of their own",
    "synthesis.representations": "files of their own",
    "synthesis.seeds": "files of their own",
}
# Keys whose effect needs another config than the one above; each has a test below, or changes no result.
ELSEWHERE = {
    "images.labels": "whether images have classes: which steps there are, and the index",
    "images.folder": "test_images_of_a_folder_count_by_path_and_content",
    "preprocessing.mean": "test_normalisation_enters_what_is_extracted",
    "preprocessing.std": "test_normalisation_enters_what_is_extracted",
    "networks.one.preprocessing": "test_normalisation_enters_what_is_extracted",
    "brainscore.aggregate": "test_what_only_a_leaderboard_has_enters_its_tables",
    "brainscore.duplicates": "test_what_only_a_leaderboard_has_enters_its_tables",
    "brainscore.composition": "test_what_only_a_leaderboard_has_enters_its_tables",
    "inference.confidence": "test_confidence_enters_intervals",
    "storage.keep_gram": "what stays on disk, which changes no result",
}


def keys(schema: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for name, part in schema.get("properties", {}).items():
        below_it = f"{path}.{name}" if path else name
        yield from keys(part, below_it) if part.get("properties") else [below_it]


def test_every_key_of_the_schema_is_said_to_enter_somewhere_or_nowhere():
    of_networks = {f"networks.one.{name}" for name in SCHEMA["$defs"]["network"]["properties"]}
    said = {key.replace("networks.two.", "networks.one.") for key in [*ENTERS, *NAME_PARTS, *ELSEWHERE]}
    of_people = {
        key.replace("human.evidence.said.", "evidence.") for key in OF_PEOPLE if not key.startswith("inference")
    }
    of_evidence = {f"evidence.{name}" for name in SCHEMA["$defs"]["evidence"]["properties"]}
    known = {key for key in keys(SCHEMA) if key != "human.evidence"}
    assert {*known, *of_networks, *of_evidence} == said | of_people


def test_normalisation_enters_what_is_extracted():
    config = copy.deepcopy(CONFIG)
    del config["multiverse"]
    for key in ("mean", "std"):
        other = copy.deepcopy(config)
        other["preprocessing"][key] = [0.4, 0.4, 0.4]
        before = lineage_of(config)
        roots = {"vectors", "synthesis.png", "synthesis.json", "synthesis.tsv", "synthesis.judgements"}
        found = changed(before, lineage_of(other))
        assert roots <= found <= below(before, roots)
    other = copy.deepcopy(config)
    other["networks"]["two"] |= {"weights": "IMAGENET1K_V1", "preprocessing": "weights"}
    plain = copy.deepcopy(other)
    del plain["networks"]["two"]["preprocessing"]
    assert {"vectors", "synthesis.png"} <= changed(lineage_of(plain), lineage_of(other))


def test_layers_that_a_rule_chooses_follow_from_what_it_goes_by():
    def spread(**changes: Any) -> dict[str, Any]:
        config = edited("networks.two.layers", {"spread": 3}) | changes
        config["synthesis"] = {}
        return config

    before = lineage_of(spread())
    (file,) = before.files("layers")
    assert file == "results/s/layers/two.tsv"
    told = before.told("vectors", representation="gram", model="two")
    assert told[file] == before.of("layers", model="two")
    assert file not in before.told("vectors", representation="gram", model="one")
    more = edited("networks.two.layers", {"spread": 4})
    more["synthesis"] = {}
    larger = spread(images=CONFIG["images"] | {"size": 96})
    for other in (more, larger, spread(activation="before_relu"), spread(networks=_with_arguments({"x": 1}))):
        assert {"layers", "table.layers", "vectors"} <= changed(before, lineage_of(other))
    assert "layers" not in changed(before, lineage_of(spread(precision="mixed", representations=["gram"])))


def _with_arguments(arguments: dict[str, Any]) -> dict[str, Any]:
    networks = edited("networks.two.layers", {"spread": 3})["networks"]
    return networks | {"two": networks["two"] | {"arguments": arguments}}


def test_confidence_enters_intervals():
    before, after = lineage_of(CONFIG), lineage_of(edited("inference.confidence", 0.9))
    assert {*RESAMPLED, "table.mi_trees", "figure.class_recovery.png"} <= changed(before, after)
    assert not {"clusters", "halves", "probes", "table.mi"} & changed(before, after)


def test_what_only_a_leaderboard_has_enters_its_tables():
    config = edited("brainscore.format", "leaderboard")
    for key, value in (("aggregate", "nanmean"), ("duplicates", "first"), ("composition", "new.csv")):
        other = copy.deepcopy(config)
        other["brainscore"][key] = value
        assert "table.brainscore_scores" in changed(lineage_of(config), lineage_of(other)), key


def test_lineages_of_all_files_differ_and_are_the_same_every_time():
    found = lineage_of(CONFIG).everything()
    assert len(set(found.values())) == len(found) > 100
    assert lineage_of(CONFIG).everything() == found


def test_a_program_is_told_what_it_reads_and_writes_and_nothing_else():
    told = lineage_of(CONFIG).told("clusters", representation="gram", protocol="raw", model="one", layer="L2")
    assert sorted(told) == [
        "results/s/clusters/gram/raw/one/L2.h5",
        "results/s/images/index.tsv",
        "results/s/rdm/gram/one/L2.h5",
    ]


# ------------------------------------------------------------------------------------------------------- user's files


def weights_and_code(folder: Path) -> tuple[str, str]:
    lineage = lineage_of(CONFIG)
    return lineage.of("weights", model="one"), lineage.of("weights", model="two")


def test_a_file_replaced_by_one_of_an_older_date_counts(folder: Path):
    before = weights_and_code(folder)
    (folder / "one.pth").write_text("others")
    os.utime(folder / "one.pth", (0, 0))
    after = weights_and_code(folder)
    assert after[0] != before[0]
    assert after[1] == before[1]


def test_a_touched_file_is_the_same(folder: Path):
    before = weights_and_code(folder)
    for name in ("one.pth", "mine.py", "helpers/layers.py"):
        (folder / name).touch()
    assert weights_and_code(folder) == before


@pytest.mark.parametrize("name", ["mine.py", "helpers/layers.py", "helpers/__init__.py"])
def test_an_edit_of_what_the_users_module_imports_counts(folder: Path, name: str):
    before = weights_and_code(folder)
    with (folder / name).open("a") as stream:
        stream.write("# edited\n")
    after = weights_and_code(folder)
    assert (after[0] != before[0], after[1]) == (True, before[1])


def test_imports_are_followed_within_functions_packages_and_relative_ones(folder: Path):
    (folder / "helpers/layers.py").write_text("def build():\n    from . import blocks\n    import numpy\n")
    (folder / "helpers/blocks.py").write_text("from ..mine import x\n")
    assert own_modules("mine") == [
        *map(Path, ("helpers/__init__.py", "helpers/blocks.py", "helpers/layers.py", "mine.py"))
    ]
    assert own_modules("numpy") == []


def test_images_of_a_folder_count_by_path_and_content(folder: Path):
    for name in ("a/1.png", "b/2.png"):
        (folder / "own" / name).parent.mkdir(parents=True)
        (folder / "own" / name).write_text(name)
    config = edited("images", {"source": "folder", "folder": "own"})
    config["synthesis"] = {}
    before = lineage_of(config).of("index")
    (folder / "own/a/1.png").touch()
    assert lineage_of(config).of("index") == before
    (folder / "own/a/1.png").rename(folder / "own/a/3.png")
    renamed = lineage_of(config).of("index")
    (folder / "own/a/3.png").write_text("other")
    assert len({before, renamed, lineage_of(config).of("index")}) == 3


def test_hashes_are_remembered_until_a_file_changes(folder: Path, monkeypatch: pytest.MonkeyPatch):
    first = Hashes()
    expected = first.of("one.pth")
    first.remember()
    monkeypatch.setattr("hashlib.file_digest", lambda *_: pytest.fail("hashed again"))
    assert Hashes().of("one.pth") == expected


def test_a_synthesis_follows_from_its_own_exemplar_only(folder: Path):
    def of(sample: str) -> str:
        return lineage_of(CONFIG).of("synthesis.png", by="gram", model="two", sample=sample)

    before = {sample: of(sample) for sample in ("grid", "other")}
    (folder / "other.png").write_text("another picture")
    assert of("grid") == before["grid"]
    assert of("other") != before["other"]


# -------------------------------------------------------------------------------------------------------------- people


def people(**multiverse: object) -> dict[str, Any]:
    config = copy.deepcopy(CONFIG)
    config["human"] = {
        "evidence": {"words": {"kind": "descriptions", "file": "other.png"}, "classes": {"kind": "labels"}}
    }
    config["multiverse"] |= {"criteria": ["mi_nsb_bits", "words.all.spearman"], **multiverse}
    return config


def test_evidence_that_is_a_criterion_enters_every_branch_of_the_multiverse(folder: Path):
    before = lineage_of(people())
    # Evidence that is no criterion is not compared with the branches' layers.
    assert {path.split("/")[6] for path in before.files("branch.agreement")} == {"words"}
    (folder / "other.png").write_text("other words")
    found = changed(before, lineage_of(people()))
    assert {"evidence", "agreement", "branch.agreement", "branch.table.agreement_by_layer", *MULTIVERSE} <= found
    assert not {"branch.information", "clusters"} & found


def test_draws_do_not_enter_the_agreement_of_branches():
    config = people()
    config["inference"] = {"bootstraps": 99}
    found = changed(lineage_of(people()), lineage_of(config))
    assert "agreement" in found
    assert "branch.agreement" not in found
