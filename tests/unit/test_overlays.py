"""Config files that are laid over a study's: plain VGGs tap what the _bn ones tap, and the leaderboard's fit."""

import copy

import pytest
import yaml

import check_networks
from planning import published
from planning.study import Study
from planning.validation import config_errors, fill_defaults
from support import DATA, PAPER_CHANNELS, PAPER_CONFIG, PROJECT, SCHEMA, complete, needs_data
from texalign import names
from texalign.brainscore.scores import read_scores
from texalign.networks import sources


def overlaid(name: str) -> dict:
    """The paper's config with config/<name>.yaml over it, merged as Snakemake merges several --configfile."""

    def merge(below: object, above: object) -> object:
        if isinstance(below, dict) and isinstance(above, dict):
            return below | {key: merge(below.get(key), value) for key, value in above.items()}
        return above

    return merge(PAPER_CONFIG, yaml.safe_load((PROJECT / f"config/{name}.yaml").read_text()))


@pytest.mark.parametrize("name", ["ladder", "leaderboard", "networks_100", "networks_vgg_plain"])
def test_overlays_fit_the_schema(name: str):
    config = overlaid(name)
    assert config_errors(config, SCHEMA) == []
    assert config["study"] == "paper"


def test_plain_vggs_take_the_scores_that_are_theirs():
    study = Study.from_config(overlaid("networks_vgg_plain"))
    assert len(study.networks) == 14
    scored = {model: network.brainscore_id for model, network in study.networks.items() if network.family == "VGG"}
    assert scored == {"vgg16_bn": None, "vgg19_bn": None, "vgg16": "vgg_16", "vgg19": "vgg_19"}
    ids = [network.brainscore_id for network in study.networks.values() if network.brainscore_id]
    assert len(ids) == len(set(ids)) == 12


def test_the_quick_start_is_eight_of_the_papers_networks_as_they_are_there_with_their_scores():
    config = yaml.safe_load((PROJECT / "config/quickstart.yaml").read_text())
    assert config_errors(config, SCHEMA) == []
    networks = complete(config)["networks"]
    assert len(networks) == 8
    assert networks == {model: PAPER_CONFIG["networks"][model] for model in networks}
    scored = read_scores(PROJECT / config["brainscore"]["table"], config["brainscore"]["benchmarks"]).scores
    assert {entry["brainscore_id"] for entry in networks.values()} <= set(scored)
    # Weights are published ones, whose file names hold the hashes that downloads are checked against.
    assert {entry["weights"] for entry in networks.values()} == {"IMAGENET1K_V1"}


@pytest.mark.parametrize("model", ["vgg16", "vgg19"])
def test_plain_vggs_tap_the_convolutions_below_the_batch_normalisations(model: str):
    import torch
    from torch import nn

    def convolutions_up_to(network: nn.Module, module: str) -> int:
        last = int(module.removeprefix("features."))
        return sum(isinstance(layer, nn.Conv2d) for layer in network.features[: last + 1])

    study = Study.from_config(overlaid("networks_vgg_plain"))
    plain, normalised = study.networks[model].layers, study.networks[f"{model}_bn"].layers
    assert list(plain) == list(normalised)
    with torch.device("meta"):
        ours, theirs = (sources.Architecture("torchvision", name).build(0) for name in (model, f"{model}_bn"))
    for layer, channels in zip(plain, PAPER_CHANNELS[f"{model}_bn"], strict=True):
        tapped = ours.get_submodule(plain[layer])
        assert isinstance(tapped, nn.Conv2d)
        assert isinstance(theirs.get_submodule(normalised[layer]), nn.BatchNorm2d)
        assert tapped.out_channels == channels
        assert convolutions_up_to(ours, plain[layer]) == convolutions_up_to(theirs, normalised[layer])


def test_only_leaderboards_have_aggregates_and_duplicates():
    for key, value in (("aggregate", "nanmean"), ("duplicates", "first")):
        config = PAPER_CONFIG | {"brainscore": {key: value}}
        assert any(error.startswith(f"brainscore.{key}: ") for error in config_errors(config, SCHEMA))
        config["brainscore"]["format"] = "leaderboard"
        assert config_errors(config, SCHEMA) == []


@pytest.mark.parametrize(("key", "value"), [("brainscore_match", "similar"), ("brainscore_line", 0)])
def test_unknown_matches_and_lines_are_refused(key: str, value: object):
    networks_changed = PAPER_CONFIG["networks"] | {"alexnet": PAPER_CONFIG["networks"]["alexnet"] | {key: value}}
    errors = config_errors(PAPER_CONFIG | {"networks": networks_changed}, SCHEMA)
    assert any(error.startswith(f"networks.alexnet.{key}: ") for error in errors)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"weights": {"random": 0}},
            "networks.alexnet.brainscore_id: 'alexnet' was not scored with these random weights",
        ),
        ({"weights": {"random": 0}, "brainscore_id": None}, None),
        ({"weights": {"random": 0}, "brainscore_match": "untrained"}, None),
        ({"brainscore_match": "untrained"}, "networks.alexnet.brainscore_match: untrained is for random weights only"),
        ({}, None),
    ],
)
def test_scores_of_trained_networks_are_not_joined_to_random_weights(changes: dict, problem: str | None):
    """Correction 10 of docs/differences.md."""
    networks = PAPER_CONFIG["networks"] | {"alexnet": PAPER_CONFIG["networks"]["alexnet"] | changes}
    errors = config_errors(PAPER_CONFIG | {"networks": networks}, SCHEMA)
    assert [error.partition(";")[0] for error in errors] == ([problem] if problem else [])


def test_files_of_scores_are_flags_of_the_programs_that_read_them():
    study = Study.from_config(PAPER_CONFIG | {"protocols": ["unit"], "representations": ["gram"]})
    section = PAPER_CONFIG["brainscore"] | {"format": "table", "duplicates": "refuse", "composition": "c.csv"}
    assert "--zero-filled zeros.csv" in study.score_flags(section | {"zero_filled": "zeros.csv"})
    assert "--zero-filled" not in study.score_flags(section | {"zero_filled": []})
    assert "--composition" not in study.score_flags(section)


def test_the_ladder_has_every_representation_and_keeps_gram_first():
    study = Study.from_config(overlaid("ladder"))
    assert set(study.representations) == set(names.REPRESENTATIONS)
    assert study.representations[0] == "gram"
    assert {network.architecture.split(":")[0] for network in study.networks.values()} == {"torchvision", "handmade"}
    assert config_errors(overlaid("ladder"), SCHEMA) == []


def test_published_accuracies_find_their_features_in_the_study_that_is_for_them():
    config = overlaid("validation")
    assert config_errors(config, SCHEMA) == []
    known = PROJECT / "resources/published.csv"
    found = published.entries(Study.from_config(config), known)
    assert [(entry.id, entry.representation, entry.model, entry.layer) for entry in found] == [
        ("ericsson_2021", "mean", "resnet50_pooled", "L1"),
        ("lin_maji_2016", "gram", "vgg16_last", "L1"),
    ]
    assert published.entries(Study.from_config(PAPER_CONFIG), known) == []


def test_a_hundred_networks_are_planned_beside_the_papers():
    """With scores of the leaderboard, whose names the ids are; each score counts once."""
    config = overlaid("networks_100")
    added = {model: entry for model, entry in config["networks"].items() if model not in PAPER_CONFIG["networks"]}
    assert config_errors(config, SCHEMA) == []
    ids = [entry["brainscore_id"] for entry in config["networks"].values() if entry["brainscore_id"]]
    assert len(set(ids)) == len(ids)
    assert sum(entry["brainscore_id"] is not None for entry in added.values()) >= 100
    assert all("brainscore_match" in entry for entry in added.values() if entry["brainscore_id"])
    families = {entry["family"] for entry in added.values()}
    assert families >= {"CORnet", "ConvNeXt", "EfficientNet", "Inception", "MobileNet", "RegNet", "Swin", "VGG", "ViT"}
    study = Study.from_config(complete(config))
    assert len(study.expand(study.paths.rdm)) == sum(len(network.layers) for network in study.networks.values())


@needs_data
def test_ids_of_a_hundred_networks_are_in_the_leaderboard():
    ids = check_networks.leaderboard_ids(DATA / "brainscore/leaderboard_2025-09-08.csv")
    assert {entry["brainscore_id"] for entry in check_networks.entries().values()} - {None} <= ids


def test_the_page_of_a_hundred_networks_is_what_its_program_makes():
    """All that needs no building; and of the networks that are built fast, what that finds."""
    rows = list(check_networks.rows_of_page())
    assert check_networks.PAGE.read_text() == check_networks.page(rows)
    entries = check_networks.entries()
    assert [row.network for row in rows] == [f"`{model}`" for model in entries]
    for found, (model, entry) in zip(rows, entries.items(), strict=True):
        nothing = check_networks.row(model, entry, check_networks.Found(False), None)
        built = ("maps", "checked", "not_checked")
        assert {**vars(found), **dict.fromkeys(built)} == {**vars(nothing), **dict.fromkeys(built)}
        if model in ("squeezenet1_1", "pixels"):
            assert found == check_networks.row(model, entry, check_networks.look_at(model, entry), None)


def test_valid_ids_are_not_called_unknown_beside_a_bad_one():
    networks = {"alexnet": PAPER_CONFIG["networks"]["alexnet"], "alexnet two": PAPER_CONFIG["networks"]["resnet18"]}
    (error,) = config_errors(PAPER_CONFIG | {"networks": networks}, SCHEMA)
    assert error.startswith("networks: 'alexnet two' is no name that files can have")


@pytest.mark.parametrize(
    ("brainscore", "zeros"),
    [
        ({}, "resources/brainscore_zero_filled.csv"),
        ({"table": "mine.csv"}, None),
        ({"table": "mine.csv", "zero_filled": "zeros.csv"}, "zeros.csv"),
        ({"table": "export.zip", "format": "leaderboard"}, None),
    ],
)
def test_zeros_are_known_of_the_shipped_scores_only(brainscore: dict, zeros: str | None):
    config = copy.deepcopy(PAPER_CONFIG) | {"brainscore": brainscore}
    fill_defaults(config, SCHEMA)
    assert config["brainscore"].get("zero_filled") == zeros
