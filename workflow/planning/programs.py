"""Programs that rules run: the library files they depend on, and their command lines."""

import ast
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

LIBRARY = "texalign"


@cache
def library_files(program: Path) -> tuple[Path, ...]:
    """Library modules that a program imports, directly or through other modules, sorted; packages are their `__init__`.

    As inputs of the rule that runs the program, they make an edit of the library rerun exactly what the edit touches.
    Imports are read from the source; nothing is imported.
    """
    root = program.parent
    found: set[Path] = set()
    waiting = [program]
    while waiting:
        for name in _library_imports(waiting.pop()):
            for path in _module_files(root, name):
                if path not in found:
                    found.add(path)
                    waiting.append(path)
    return tuple(sorted(found))


def _module_files(root: Path, name: str) -> list[Path]:
    """Files that importing the module `name` loads, itself and the packages around it.

    A name that is no module is something that its package's `__init__` defines.
    """
    parts = name.split(".")
    along = [root.joinpath(*parts[:length]) for length in range(1, len(parts) + 1)]
    return [path for place in along for path in (place / "__init__.py", place.with_suffix(".py")) if _is_file(path)]


@cache
def _is_file(path: Path) -> bool:
    return path.is_file()


# A statement that imports from the library, also within a function, and over several lines in parentheses.
_LIBRARY_IMPORT = re.compile(
    rf"^[ \t]*((?:from {LIBRARY}\b[\w.]* import|import {LIBRARY}\b)(?:[ ]*\([^)]*\)|.*))", re.MULTILINE
)


@cache
def _library_imports(source: Path) -> frozenset[str]:
    """Library modules that one file imports itself, by their full names; some may be names that a module defines.

    Only the statements concerned are parsed: whole files would take a third of what Snakemake needs to start.
    """
    modules: set[str] = set()
    for statement in _LIBRARY_IMPORT.findall(source.read_text(encoding="utf-8")):
        (node,) = ast.parse(statement).body
        if isinstance(node, ast.ImportFrom):
            modules.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names if alias.name.partition(".")[0] == LIBRARY)
    return frozenset(modules)


def flags(**options: Any) -> str:
    """Options as a command line, quoted for the shell: `flags(image_size=224)` is `--image-size 224`.

    Lists follow their flag as separate words, mappings as JSON, None and empty lists are left out. One string holds all
    settings of a job, because Snakemake compares parameters as a set, in which values can trade places unnoticed.
    """
    words: list[str] = []
    for name, value in options.items():
        if value is None or value == []:
            continue
        words.append(f"--{name.replace('_', '-')}")
        values = value if isinstance(value, list | tuple) else [value]
        words += [json.dumps(item, sort_keys=True) if isinstance(item, Mapping) else str(item) for item in values]
    return shlex.join(words)


def have_python_on_path() -> None:
    """Have rules find a `python` where there is none on the path: the one that runs Snakemake, called by its full name.

    A `python` that is there stays the first, as that of a conda environment, or of a virtual one that is active.
    """
    if shutil.which("python") is None:
        os.environ["PATH"] = os.pathsep.join(filter(None, [os.environ.get("PATH"), str(Path(sys.executable).parent)]))


def relative(path: Path) -> str:
    """A path relative to the working directory: inputs named so stay the same when the whole folder moves."""
    return os.path.relpath(path)
