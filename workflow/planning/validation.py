"""A config checked against its schema, with messages that name the key; what it leaves out is filled in."""

import copy
import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError

from planning.config_files import read_yaml, value_problems
from texalign import names


def read_schema(file: Path) -> dict[str, Any]:
    """The schema, in which `x-names` stands for the names of a registry (or several) in `texalign.names`."""
    return _with_names(read_yaml(file))


def _with_names(part: Any) -> Any:
    if isinstance(part, list):
        return [_with_names(item) for item in part]
    if not isinstance(part, dict):
        return part
    filled = {key: _with_names(value) for key, value in part.items() if key != "x-names"}
    if "x-names" in part:
        registries = part["x-names"] if isinstance(part["x-names"], list) else [part["x-names"]]
        filled["enum"] = [name for registry in registries for name in getattr(names, registry)]
    return filled


def fill_defaults(config: dict[str, Any], schema: Mapping[str, Any]) -> None:
    """Fill in what a config that fits the schema leaves out, and replace names of old versions, in place."""
    for _ in _Filler(schema).iter_errors(config):
        pass
    config["protocols"] = list(dict.fromkeys(names.OLD_PROTOCOLS.get(name, name) for name in config["protocols"]))
    brainscore = config["brainscore"]
    if brainscore["format"] == "table" and brainscore["table"] in KNOWN_ZEROS:
        brainscore.setdefault("zero_filled", KNOWN_ZEROS[brainscore["table"]])


# The scores that the workflow ships, and what is known of their zeros.
KNOWN_ZEROS = {"resources/brainscore.csv": "resources/brainscore_zero_filled.csv"}


def _fill_properties(validator: Any, properties: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for name, part in properties.items():
            if isinstance(part, dict) and "default" in part:
                instance.setdefault(name, copy.deepcopy(part["default"]))
    yield from Draft202012Validator.VALIDATORS["properties"](validator, properties, instance, schema)


# A number such as 224.0 is an integer to JSON Schema, but not to the programs that are given it.
_Validator = validators.extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda checker, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)
# As jsonschema's own documentation has defaults filled in.
_Filler = validators.extend(Draft202012Validator, {"properties": _fill_properties})


def config_errors(config: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """One line for each thing in `config` that does not fit `schema`, beginning with the key's path; none if it fits.

    Snakemake's own validation says the same, but prints the schema and the whole config along with it.
    """
    odd = value_problems(config)
    if odd:
        return odd
    lines = [line for error in _Validator(schema).iter_errors(config) for line in _lines(error)]
    return lines or _contradictions(config)


def _contradictions(config: Mapping[str, Any]) -> list[str]:
    """What each key allows by itself, but not beside another."""
    problems = []
    for model, entry in config["networks"].items():
        is_random = isinstance(entry["weights"], Mapping) and "random" in entry["weights"]
        is_untrained = entry.get("brainscore_match") == "untrained"
        if is_random and entry.get("brainscore_id") and not is_untrained:
            problems.append(
                f"networks.{model}.brainscore_id: {entry['brainscore_id']!r} was not scored with these random weights; "
                "leave it out (null), so that no correlation counts the network, or, of a model that was scored "
                "without training, say brainscore_match: untrained"
            )
        if entry.get("preprocessing") == "weights" and not _says_normalization(entry):
            problems.append(f"networks.{model}.preprocessing: {_SAYS_NOTHING}")
        if is_untrained and not is_random:
            problems.append(f"networks.{model}.brainscore_match: untrained is for random weights only")
    for name, said in config.get("multiverse", {}).get("preprocessings", {}).items():
        silent = [model for model, entry in config["networks"].items() if not _says_normalization(entry)]
        if said == "weights" and silent:
            problems.append(f"multiverse.preprocessings.{name}: of {', '.join(silent)}, {_SAYS_NOTHING}")
    return problems


_SAYS_NOTHING = (
    "weights do not say what they were trained with; give them mean and std (weights: {file: ..., mean: [...], std: "
    "[...]}), or leave the images to the study's"
)


def _says_normalization(entry: Mapping[str, Any]) -> bool:
    """Whether it is known what the images were normalised by that a network's weights were trained with."""
    weights = entry["weights"]
    if isinstance(weights, str):
        return entry["source"] in ("torchvision", "timm", "open_clip")
    in_timm = entry["source"] == "timm" and str(weights.get("hub", "")).startswith("timm/")
    return in_timm or {"mean", "std"} <= set(weights)


_NAMES = "it takes letters and digits, and between them '_' and '-' ('.' too in a study's and a network's), 100 at most"


def _lines(error: ValidationError) -> Iterator[str]:
    path = ".".join(str(part) for part in error.absolute_path) or "config"
    if error.validator == "additionalProperties":
        known = [*error.schema.get("properties", ()), *error.schema.get("patternProperties", ())]
        patterns = error.schema.get("patternProperties", ())
        for key in sorted(set(error.instance) - set(known)):
            if any(re.search(pattern, key) for pattern in patterns):
                continue
            nearest = difflib.get_close_matches(key, known, n=1)
            if nearest:
                yield f"{path}: unknown key {key!r}; did you mean {nearest[0]!r}?"
            elif patterns:
                yield f"{path}: {key!r} is no name that files can have; {_NAMES}"
            else:
                yield f"{path}: unknown key {key!r}; known keys: {', '.join(known)}"
    elif error.validator == "pattern" and error.validator_value.endswith("{0,99}$"):
        yield f"{path}: {error.instance!r} is no name that files can have; {_NAMES}"
    elif error.validator == "not":
        yield f"{path}: is not a key of this source; remove it"
    elif error.context:
        yield from _nearest_form(error)
    else:
        yield f"{path}: {error.message}"


def _nearest_form(error: ValidationError) -> Iterator[str]:
    """What is wrong with something that may have several forms, as seen from the form that it comes nearest to."""
    forms = error.validator_value

    def shared(number: int) -> int:
        form = forms[number]
        if isinstance(error.instance, Mapping):
            return len(set(error.instance) & set(form.get("properties", ())))
        return int(_Validator({"type": form.get("type", "object")}).is_valid(error.instance))

    by_form = [
        [each for each in error.context if each.schema_path and each.schema_path[0] == number]
        for number in range(len(forms))
    ]
    nearest = max(range(len(forms)), key=shared)
    if shared(nearest):
        for each in by_form[nearest]:
            yield from _lines(each)
    else:
        path = ".".join(str(part) for part in error.absolute_path)
        said = "; ".join(_said(form) for form in forms)
        yield f"{path}: {error.instance!r} has none of the forms that it may have: {said}"


def _said(form: Mapping[str, Any]) -> str:
    if "required" in form:
        optional = [name for name in form.get("properties", ()) if name not in form["required"]]
        also = f" (also {', '.join(optional)})" if optional else ""
        return f"a mapping with {', '.join(form['required'])}{also}"
    return f"{form['const']!r}" if "const" in form else f"a {form.get('type', 'value')}"
