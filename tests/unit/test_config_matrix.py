"""Every key of the schema wrong in type, out of range, misspelt and missing: what is said names key, value and what is
allowed. The cases are made from the schema itself, so that a new key is among them.
"""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from planning.validation import config_errors
from support import SCHEMA

Part = Mapping[str, Any]
OWN = {"mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}
NETWORK = {"source": "timm", "name": "x", "weights": {"random": 0}, "layers": ["a"]}
# Configs that fit, which between them have every key that holds others.
BASE = {
    "study": "s",
    "images": {"source": "procedural", "classes": ["grid", "dotted"], "images_per_class": 4, "seed": 0},
    "preprocessing": OWN,
    "storage": {"keep_gram": True},
    "networks": {"one": NETWORK},
    "multiverse": {"activations": ["after_relu"], "preprocessings": {"own": OWN}},
    "brainscore": {"previous": {"table": "old.csv"}},
    "inference": {"seed": 0},
    "human": {"evidence": {"said": {"kind": "descriptions", "file": "x.json"}}, "oddity": {"crop": 16}},
    "synthesis": {"exemplars": {"a": {"file": "a.png"}}, "layer_weights": {"L1": 1.0}},
    "figures": {"rdm": "cosine"},
}


def with_value(config: dict, path: tuple, value: object) -> dict:
    """A copy in which the value at a path is another; parents that are not there are mappings."""
    config = copy.deepcopy(config)
    place: Any = config
    for key in path[:-1]:
        place = place[key] if isinstance(key, int) else place.setdefault(key, {})
    if isinstance(place, list) and path[-1] == len(place):
        place.append(value)
    else:
        place[path[-1]] = value
    return config


def without(config: dict, path: tuple) -> dict:
    config = copy.deepcopy(config)
    place: Any = config
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return config


FOLDER = with_value(BASE, ("images",), {"source": "folder", "folder": "own"})
PYTHON = with_value(BASE, ("networks", "one"), {**NETWORK, "source": "python", "callable": "m:f"})
del PYTHON["networks"]["one"]["name"]
LEADERBOARD = with_value(BASE, ("brainscore", "format"), "leaderboard")
URL = with_value(BASE, ("synthesis", "exemplars", "a"), {"url": "https://x.org/a.png", "sha256": "0" * 64})
CLASS = with_value(BASE, ("synthesis", "exemplars", "a", "class"), "grid")
# The config in which a key may be, where it is not the first.
HOMES = {
    "images.folder": FOLDER,
    "images.labels": FOLDER,
    "networks.one.callable": PYTHON,
    "brainscore.aggregate": LEADERBOARD,
    "brainscore.duplicates": LEADERBOARD,
    "synthesis.exemplars.a.url": URL,
    "synthesis.exemplars.a.sha256": URL,
    "synthesis.exemplars.a.class": CLASS,
}
NAMES = {"networks": "one", "multiverse.preprocessings": "own", "human.evidence": "said", "synthesis.exemplars": "a"}
# Keys that may have several forms: a value of each, and where its own keys are.
FORMS = {
    "networks.one.weights": [
        "IMAGENET1K_V1",
        {"file": "x.pth", "package": "p", "sha256": "0" * 8},
        {"hub": "a/b", "hub_file": "x", "revision": "0" * 7},
        {"url": "https://x.org/a.pth"},
        {"random": 0},
    ],
    "multiverse.preprocessings.own": ["weights", OWN],
    "networks.one.layers": [["a"], {"spread": 5}],
    "networks.one.layers.0": ["a", {"module": "a", "call": 1}],
}


@dataclass(frozen=True)
class Case:
    """A config with one thing wrong; `begins`: what a line has to begin with, `holds`: what else it has to hold."""

    name: str
    config: dict
    begins: str
    holds: tuple[str, ...]


def at(config: dict, path: tuple) -> Any:
    place: Any = config
    for key in path:
        place = place[key]
    return place


def dotted(path: tuple) -> str:
    return ".".join(map(str, path))


def resolved(part: Part) -> Part:
    while "$ref" in part:
        part = SCHEMA["$defs"][part["$ref"].rpartition("/")[2]]
    return part


def cases(part: Part, path: tuple = (), base: dict = BASE) -> Iterator[Case]:
    """All cases of a part of the schema, which the config `base` has at `path` or may have there."""
    part = resolved(part)
    base = HOMES.get(dotted(path), base)
    if dotted(path) in FORMS:
        for form, value in zip(part["oneOf"], FORMS[dotted(path)], strict=True):
            if isinstance(value, list):
                yield from cases(form["items"], (*path, 0), with_value(base, path, value))
            if isinstance(value, dict):
                yield from of_mapping(form, path, with_value(base, path, value))
        yield Case(f"{dotted(path)}: type", with_value(base, path, 7), dotted(path), ("7 has none of the forms",))
        return
    yield from of_value(part, path, base)
    if part.get("type") == "object":
        yield from of_mapping(part, path, base)
    if "items" in part and path:
        filled = with_value(base, path, [sound(part["items"])] * part.get("minItems", 1))
        yield from cases(part["items"], (*path, 0), filled)


def sound(part: Part) -> object:
    part = resolved(part)
    if "enum" in part:
        return part["enum"][0]
    return {"string": "a", "integer": 2, "number": 0.5}.get(part.get("type"), "a")


def of_mapping(part: Part, path: tuple, base: dict) -> Iterator[Case]:
    known = part.get("properties", {})
    for name, below in known.items():
        yield from cases(below, (*path, name), base)
        home = HOMES.get(dotted((*path, name)), base)
        wrong = f"{name}x" if f"{name}x" not in known else f"{name}_x"
        yield Case(
            f"{dotted((*path, name))}: misspelt",
            with_value(home, (*path, wrong), 1),
            f"{dotted(path) or 'config'}: unknown key {wrong!r}; ",
            (repr(name),) if len(name) > 3 else (),
        )
    for name in part.get("required", ()):
        said = (repr(name), "is a required property")
        if dotted(path) in FORMS and not at(without(base, (*path, name)), path):
            said = ("has none of the forms that it may have", f"a mapping with {name}")
        yield Case(f"{dotted((*path, name))}: missing", without(base, (*path, name)), dotted(path) or "config", said)
    for below in part.get("patternProperties", {}).values():
        name = NAMES[dotted(path)]
        yield from cases(below, (*path, name), base)
        yield Case(
            f"{dotted(path)}: name", with_value(base, (*path, "a/b"), 1), f"{dotted(path)}: 'a/b' is no name", ()
        )
    if isinstance(part.get("additionalProperties"), dict):
        yield from cases(part["additionalProperties"], (*path, "L1"), base)


OTHER_TYPES = {
    "string": ({"no": 1}, 7, True, ["a"]),
    "integer": ("7", 1.5, True, None),
    "number": ("0.5", True, None),
    "boolean": ("yes", 1, 0),
    "array": ("a", 7, {"no": 1}),
    "object": ("a", 7, ["a"]),
}


def of_value(part: Part, path: tuple, base: dict) -> Iterator[Case]:
    """Values of another type, and those that the schema's limits exclude."""

    def case(value: object, *holds: str) -> Case:
        shown = json.dumps(value, default=str)
        return Case(f"{dotted(path)}: {shown}", with_value(base, path, value), dotted(path), holds)

    if not path:
        return
    types = part.get("type")
    if isinstance(types, str):
        for value in OTHER_TYPES[types]:
            yield case(value, repr(value), f"is not of type {types!r}")
    if isinstance(types, list):
        yield case(7, "7", *map(repr, types))
    if "enum" in part:
        for value in ("no_such", 7):
            yield case(value, repr(value), "is not one of", *map(repr, part["enum"]))
    if "anyOf" in part or "oneOf" in part:
        yield case(["no"], "no")
    if "pattern" in part:
        yield case("no such: ä", "'no such: ä'", "")
    for limit, step in (("minimum", -1), ("maximum", 1), ("exclusiveMinimum", 0), ("exclusiveMaximum", 0)):
        if limit in part:
            yield case(part[limit] + step, str(part[limit] + step), str(part[limit]))
    if part.get("minItems"):
        yield case([], "[]")
    if part.get("minItems", 0) > 1:
        yield case([sound(part["items"])], "too short")
    if "maxItems" in part:
        yield case([sound(part["items"])] * (part["maxItems"] + 1), "too long")
    if part.get("uniqueItems"):
        yield case([sound(part["items"])] * 2, "non-unique")
    if part.get("minProperties"):
        yield case({}, "{}")


CASES = list(cases(SCHEMA))


@pytest.mark.parametrize("config", [BASE, FOLDER, PYTHON, LEADERBOARD, URL, CLASS])
def test_the_configs_that_cases_are_made_of_fit(config: dict):
    assert config_errors(config, SCHEMA) == []


def every_key(part: Part, path: str = "") -> Iterator[str]:
    part = resolved(part)
    for form in (part, *part.get("oneOf", ())):
        for name, below in form.get("properties", {}).items():
            yield f"{path}.{name}" if path else name
            yield from every_key(below, f"{path}.{name}" if path else name)
        for below in form.get("patternProperties", {}).values():
            yield from every_key(below, f"{path}.{NAMES[path]}")
        if isinstance(form.get("items"), dict):
            yield from every_key(form["items"], f"{path}.0")


def test_no_key_of_the_schema_is_left_out():
    keys = set(every_key(SCHEMA))
    assert len(keys) > 100
    wrong = {case.name.partition(": ")[0] for case in CASES if not case.name.endswith((": misspelt", ": missing"))}
    misspelt = {case.name.partition(": ")[0] for case in CASES if case.name.endswith(": misspelt")}
    assert keys <= wrong
    assert keys == misspelt


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_wrong_is_said_by_key_and_value_with_what_is_allowed(case: Case):
    lines = config_errors(case.config, SCHEMA)
    assert any(line.startswith(case.begins) and all(text in line for text in case.holds) for line in lines), lines
