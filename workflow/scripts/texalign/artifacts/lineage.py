"""Lineage: a digest of all that a file depends on, which tells whether it is what is asked for now.

Standard library only, since planning computes lineages before any job runs.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# Hexadecimal digits of a lineage: 128 bits.
LENGTH = 32


def digest(**facts: object) -> str:
    """Lineage of what depends on these facts and nothing else: 32 hexadecimal digits of the SHA-256 of their JSON.

    Facts are text, numbers, booleans, None, and lists and mappings of these; the order of mappings does not count, that
    of lists does. 1, 1.0, True and "1" are four facts. Raises TypeError for everything else, also for keys that are not
    text, because JSON would make one text of two keys.
    """
    return hashlib.sha256(_canonical(facts).encode()).hexdigest()[:LENGTH]


def derive(parent: str, **facts: object) -> str:
    """Lineage of what is made from something of lineage `parent` under these facts."""
    return digest(parent=parent, facts=facts)


def _canonical(value: object) -> str:
    if isinstance(value, Mapping):
        if wrong := [key for key in value if not isinstance(key, str)]:
            raise TypeError(f"keys of facts are text, not {wrong[0]!r}")
        return "{" + ",".join(f"{json.dumps(key)}:{_canonical(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_canonical(item) for item in value) + "]"
    if value is None or isinstance(value, str | int | float):
        return json.dumps(value)
    raise TypeError(f"a fact of lineage is text, a number, a boolean, None, a list or a mapping, not {value!r}")


class ToldPath(type(Path())):
    """A path that carries the lineage of its file: readers refuse a file of another, writers put it down.

    So a program passes on what it was told together with the path. A path that follows from this one carries none.
    """

    lineage: str | None = None


def lineage_of(path: str | Path, lineage: str | None = None) -> str | None:
    """The lineage that is given, else that which the path carries, else None: then none is asked for."""
    return getattr(path, "lineage", None) if lineage is None else lineage


@dataclass(frozen=True)
class Lineages:
    """Lineages of files by their paths, as a program is told them; by default it is told none, and asks for none."""

    by_path: Mapping[str, str] | None = None

    def of(self, path: str | Path) -> str | None:
        """Lineage that a file has, or is to get; None where the program was told no lineages.

        Raises KeyError where it was told those of other files only: then the rule that runs it has forgotten one.
        """
        if self.by_path is None:
            return None
        name = Path(path).as_posix()
        if name not in self.by_path:
            raise KeyError(f"no lineage was given for {name}")
        return self.by_path[name]

    def told(self, path: str | Path) -> Path:
        """The path with its lineage; without one where the program was told none of it, as of a user's own file."""
        told = ToldPath(path)
        told.lineage = None if self.by_path is None else self.by_path.get(told.as_posix())
        return told
