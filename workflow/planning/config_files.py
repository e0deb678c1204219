"""What is wrong with a config file before it is looked at as a study: what YAML would pass over in silence."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

# What the names of files made for a network have behind its id.
_TAKEN_ENDINGS = (".classes", ".deviations", ".judgements", ".halves", ".layers")


# libyaml's parser, where PyYAML was built with it, takes a tenth of the time.
_FAST_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(file: Path) -> Any:
    """What a YAML file holds that the workflow ships. Raises yaml.YAMLError."""
    return yaml.load(file.read_text(encoding="utf-8"), _FAST_LOADER)


class _StrictLoader(yaml.SafeLoader):
    """A loader that notes keys which are there twice; YAML keeps the last of them only."""

    def __init__(self, stream: str):
        super().__init__(stream)
        self.repeated: list[str] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.value != "<<"]
        for key, count in Counter(keys).items():
            if count > 1:
                last = max(k.start_mark.line for k, _ in node.value if k.value == key) + 1
                self.repeated.append(f"line {last}: the key {key!r} is there {count} times; the last alone would count")
        return super().construct_mapping(node, deep)


def file_problems(file: str | Path) -> list[str]:
    """One line for each thing that is wrong with a config file as a file; none if nothing is."""
    try:
        loader = _StrictLoader(Path(file).read_text(encoding="utf-8"))
        content = loader.get_single_data()
    except UnicodeDecodeError as error:
        return [f"{file}: is not UTF-8 text ({error.reason} at byte {error.start}); save it as UTF-8"]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        return [f"{file}{place}: is not YAML ({getattr(error, 'problem', error)})"]
    if not isinstance(content, Mapping):
        return [f"{file}: holds no keys"]
    return [f"{file}, {line}" for line in loader.repeated]


def borrowed_name(study: object, files: Sequence[str | Path], project: Path) -> list[str]:
    """A line where a study has the name of one that `project` ships, and none of its config `files` is that one's.

    Results are found by that name. In another working directory than the project's they are other folders, and there is
    nothing to say.
    """
    if Path.cwd().resolve() != project.resolve():
        return []
    given = {Path(file).resolve() for file in files}
    for shipped in (project / "config.yaml", *sorted((project / "config").glob("*.yaml"))):
        name = read_yaml(shipped).get("study")
        if name == study and name is not None and shipped.resolve() not in given:
            return [
                f"study: {study!r} is the name of the study in {shipped.relative_to(project)}; results are in "
                f"results/{study}/, where each would replace the other's: give this one a name of its own"
            ]
    return []


def value_problems(config: Mapping[str, Any]) -> list[str]:
    """One line for each key that YAML does not read as text, value that a schema lets pass though nothing can be meant
    by it (see `_odd_value`), and network id that clashes.
    """
    return [*_odd_values(config), *_clashing_ids(config.get("networks"))]


def _odd_values(part: Any, path: str = "") -> Iterator[str]:
    if isinstance(part, Mapping):
        for key, value in part.items():
            if not isinstance(key, str):
                yield f"{path or 'config'}: YAML reads the key {key!r} as {type(key).__name__}; write it in quotes"
            elif _CONTROL.search(key):
                yield f"{path or 'config'}: the key {key!r} has a line break or another control character in it"
            yield from _odd_values(value, f"{path}.{key}" if path else str(key))
    elif isinstance(part, list):
        for position, value in enumerate(part):
            yield from _odd_values(value, f"{path}.{position}")
    elif odd := _odd_value(part):
        yield f"{path}: {part!r}: {odd}"


# Patterns of a schema do not see a line break at the end, as a block of YAML (`|`) leaves one.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _odd_value(value: Any) -> str | None:
    """What is odd about a value, None if nothing is. A NaN passes all limits of a schema, since no comparison holds."""
    if isinstance(value, float) and not math.isfinite(value):
        return "is no number that can be computed with"
    if not isinstance(value, str):
        return None
    if not value.strip():
        return "is empty; leave the key out, or say what is meant"
    if _CONTROL.search(value):
        return "has a line break or another control character in it"
    if value.startswith("~"):
        return f"~ is not expanded here; write {str(Path(value).expanduser())!r}"
    return None


def _clashing_ids(networks: Any) -> Iterator[str]:
    if not isinstance(networks, Mapping):
        return
    ids = [model for model in networks if isinstance(model, str)]
    folded: dict[str, list[str]] = {}
    for model in ids:
        folded.setdefault(model.casefold(), []).append(model)
        if model.endswith(_TAKEN_ENDINGS):
            yield f"networks.{model}: an id must not end in {', '.join(_TAKEN_ENDINGS)}, which names of files have"
    for same in folded.values():
        if len(same) > 1:
            yield f"networks: {', '.join(same)} differ in case only, and would be one file where case does not count"
