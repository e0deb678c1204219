"""What YAML passes over in silence is said, and what is wrong with a key is said of the form that was meant."""

import copy
import re
from pathlib import Path

import pytest
import yaml

from planning.config_files import borrowed_name, file_problems
from planning.validation import config_errors
from support import PROJECT, SCHEMA

DEMO = yaml.safe_load((PROJECT / "config/demo.yaml").read_text())


def test_shipped_files_have_nothing_wrong():
    files = [PROJECT / "config.yaml", PROJECT / ".test/config.yaml", *sorted((PROJECT / "config").glob("*.yaml"))]
    assert [line for file in files for line in file_problems(file)] == []
    studies = ("config.yaml", ".test/config.yaml", "config/demo.yaml", "config/quickstart.yaml")
    configs = [yaml.safe_load((PROJECT / name).read_text()) for name in studies]
    assert [line for config in configs for line in config_errors(config, SCHEMA)] == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"networks:\n  a: {x: 1}\n  b: {x: 1}\n  a: {x: 2}\n", "line 4: the key 'a' is there 2 times"),
        (b"study: a\nstudy: b\n", "line 2: the key 'study' is there 2 times"),
        (b"study: \xff\xfe\n", "is not UTF-8 text"),
        (b"images:\n\tsource: dtd\n", "line 2: is not YAML"),
        (b"study: [a\n", "is not YAML"),
        (b"", "holds no keys"),
        (b"- a\n", "holds no keys"),
    ],
)
def test_a_file_is_refused_by_name_and_line(tmp_path: Path, content: bytes, message: str):
    (tmp_path / "study.yaml").write_bytes(content)
    (line,) = file_problems(tmp_path / "study.yaml")
    assert line.startswith(f"{tmp_path / 'study.yaml'}")
    assert message in line


def test_a_copy_of_a_shipped_study_needs_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(PROJECT)
    (line,) = borrowed_name("demo", ["mine.yaml"], PROJECT)
    assert line.startswith("study: 'demo' is the name of the study in config/demo.yaml; results are in results/demo/")
    (line,) = borrowed_name("paper", ["mine.yaml", "config/leaderboard.yaml"], PROJECT)
    assert "config.yaml" in line
    # The shipped file itself, also by another path and with others laid over it; another name; another folder.
    assert borrowed_name("paper", [PROJECT / "config.yaml", "config/leaderboard.yaml"], PROJECT) == []
    assert borrowed_name("demo", ["./config/../config/demo.yaml"], PROJECT) == []
    assert borrowed_name("mine", ["mine.yaml"], PROJECT) == []
    monkeypatch.chdir(tmp_path)
    assert borrowed_name("demo", ["mine.yaml"], PROJECT) == []


def changed(path: str, value: object) -> dict:
    config = copy.deepcopy(DEMO)
    *parents, key = path.split("/")
    place = config
    for parent in parents:
        place = place.setdefault(parent, {})
    place[key] = value
    return config


def test_keys_that_are_no_text_are_named():
    config = copy.deepcopy(DEMO)
    config["networks"][50] = config["networks"]["alexnet_untrained"]
    config[True] = 1
    assert config_errors(config, SCHEMA) == [
        "networks: YAML reads the key 50 as int; write it in quotes",
        "config: YAML reads the key True as bool; write it in quotes",
    ]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("preprocessing/std", [0, 0.2, 0.2], "preprocessing.std.0: 0 is less than or equal to the minimum of 0"),
        ("preprocessing/std", [-0.1, 0.2, 0.2], "preprocessing.std.0: -0.1 is less than or equal to the minimum of 0"),
        ("preprocessing/std", [58.4, 57.1, 57.4], "preprocessing.std.0: 58.4 is greater than the maximum of 1"),
        ("preprocessing/mean", [123.7, 116.8, 103.9], "preprocessing.mean.0: 123.7 is greater than the maximum of 1"),
        (
            "networks/alexnet_untrained/weights",
            {"file": 3},
            "networks.alexnet_untrained.weights.file: 3 is not of type",
        ),
        ("networks/alexnet_untrained/weights", {"random": -1}, "networks.alexnet_untrained.weights.random: -1 is less"),
        (
            "networks/alexnet_untrained/weights",
            {"random": 0, "fil": "x"},
            "networks.alexnet_untrained.weights: unknown key 'fil'",
        ),
        ("networks/alexnet_untrained/weights", 7, "networks.alexnet_untrained.weights: 7 has none of the forms"),
        ("networks/alexnet_untrained/weights", {"file": "~/a.pth"}, "~ is not expanded here; write '/"),
    ],
)
def test_values_are_refused_by_key_and_by_the_form_that_was_meant(path: str, value: object, message: str):
    problems = config_errors(changed(path, value), SCHEMA)
    assert any(message in line for line in problems), problems


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("preprocessing.std.1", float("nan"), "nan: is no number"),
        ("inference.confidence", float("nan"), "nan: is no number"),
        ("brainscore.alpha", float("-inf"), "-inf: is no number"),
        ("images.size", 224.0, "224.0 is not of type 'integer'"),
        ("images.size", 10**7, "10000000 is greater than the maximum of 8192"),
        ("images.seed", 10**30, "is greater than the maximum of 4294967295"),
        ("study", "mine\n", "has a line break"),
        ("study", "a" * 101, "is no name that files can have; it takes letters and digits, .* 100 at most"),
        ("networks.fixed\n", {}, "the key 'fixed\\\\n' has a line break"),
        ("networks.a b", {}, "'a b' is no name that files can have"),
        ("networks." + "n" * 101, {}, "is no name that files can have"),
        ("brainscore.table", "scores.csv\n", "has a line break"),
        ("brainscore.table", "", "is empty"),
        ("brainscore.table", "  ", "is empty"),
    ],
)
def test_what_a_schema_lets_pass_though_nothing_can_be_meant_by_it(path: str, value: object, message: str):
    own = {"preprocessing": {"mean": [0.5] * 3, "std": [0.2] * 3}, "brainscore": {}, "inference": {}}
    config = own | copy.deepcopy(DEMO)
    *parents, key = path.split(".")
    place = config
    for parent in parents:
        place = place[parent]
    place[int(key) if isinstance(place, list) else key] = value
    (line,) = config_errors(config, SCHEMA)
    assert line.startswith(".".join(parents) or path)
    assert re.search(message, line)


def test_ids_may_have_dots_but_not_differ_in_case_only_or_end_as_files_do():
    network = DEMO["networks"]["alexnet_untrained"]
    assert config_errors(changed("networks/resnet50.a1_in1k", network), SCHEMA) == []
    (line,) = config_errors(changed("networks/AlexNet_untrained", network), SCHEMA)
    assert line.startswith("networks: alexnet_untrained, AlexNet_untrained differ in case only")
    (line,) = config_errors(changed("networks/net.classes", network), SCHEMA)
    assert line.startswith("networks.net.classes: an id must not end in")
