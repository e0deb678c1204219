"""What a study takes from outside: the user's files by their content, and the user's own modules with all they import.

Contents are hashed once for each path, size and time of change; what was hashed is remembered beside Snakemake's own
records, in the working directory.
"""

import ast
import hashlib
import importlib.util
import json
import os
from collections.abc import Iterator
from pathlib import Path

from texalign.artifacts.files import atomic_path

REMEMBERED = Path(".snakemake/texalign/hashes.json")


class Hashes:
    """SHA-256 of files, remembered by path, size and time of change to the nanosecond."""

    def __init__(self, remembered: Path = REMEMBERED):
        self._file = remembered
        self._known = _read(remembered)
        self._new = False

    def of(self, file: str | Path) -> str:
        """Hexadecimal SHA-256 of a file's bytes. Raises OSError when it cannot be read."""
        # By functions of os: for thousands of images they take half the time.
        stat = os.stat(file)  # noqa: PTH116
        key = f"{os.path.abspath(file)}|{stat.st_size}|{stat.st_mtime_ns}"  # noqa: PTH100
        if key not in self._known:
            with open(file, "rb") as stream:  # noqa: PTH123
                self._known[key] = hashlib.file_digest(stream, "sha256").hexdigest()
            self._new = True
        return self._known[key]

    def remember(self) -> None:
        """Write down what was hashed; where that is not possible, it is hashed again next time."""
        if not self._new:
            return
        try:
            with atomic_path(self._file) as partial:
                partial.write_text(json.dumps(self._known), encoding="utf-8")
        except OSError:
            return
        self._new = False


def _read(file: Path) -> dict[str, str]:
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def own_modules(module: str, root: Path | None = None) -> list[Path]:
    """Files of a user's module and of all modules of the working directory that it imports, directly or not, sorted.

    Empty where the module is not in the working directory: then it is an installed package. Imports are read from the
    source, also those within functions; nothing is imported.
    """
    root = Path() if root is None else root
    found: set[Path] = set()
    waiting = list(_files_of(root, module))
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        for name in _imports(file, root):
            waiting += _files_of(root, name)
    return sorted(found)


def _files_of(root: Path, name: str) -> list[Path]:
    """Files that importing `name` loads: the module, the packages around it; a name it defines adds none."""
    parts = name.split(".")
    places = [root.joinpath(*parts[:length]) for length in range(1, len(parts) + 1)]
    return [file for place in places for file in (place / "__init__.py", place.with_suffix(".py")) if file.is_file()]


def _imports(file: Path, root: Path) -> Iterator[str]:
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return  # the job that imports it says what is wrong with it
    package = list(file.relative_to(root).parent.parts)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = [*above, *(node.module.split(".") if node.module else [])]
            yield from (".".join([*base, alias.name]) for alias in node.names)
            if base:
                yield ".".join(base)


def package_file(package: str, file: str) -> Path | None:
    """Where an installed package has a file; None where the package is not installed."""
    spec = importlib.util.find_spec(package.partition(".")[0])
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)), *package.split(".")[1:], file)
