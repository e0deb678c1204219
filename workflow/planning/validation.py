"""A config checked against its schema, with messages that name the key."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match


def config_errors(config: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """One line for each thing in `config` that does not fit `schema`, beginning with the key's path; none if it fits.

    Snakemake's own validation says the same, but prints the schema and the whole config along with it.
    """
    return [line for error in Draft202012Validator(schema).iter_errors(config) for line in _lines(error)]


def _lines(error: ValidationError) -> Iterator[str]:
    path = ".".join(str(part) for part in error.absolute_path) or "config"
    if error.validator == "additionalProperties":
        known = [*error.schema.get("properties", ()), *error.schema.get("patternProperties", ())]
        for key in sorted(set(error.instance) - set(known)):
            if any(key in message for message in (error.message,)):
                nearest = difflib.get_close_matches(key, known, n=1)
                hint = f"did you mean {nearest[0]!r}?" if nearest else f"known keys: {', '.join(known)}"
                yield f"{path}: unknown key {key!r}; {hint}"
    elif error.validator == "not":
        yield f"{path}: is not a key of this source; remove it"
    elif error.context:
        yield f"{path}: {best_match(error.context).message}"
    else:
        yield f"{path}: {error.message}"
