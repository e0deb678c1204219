"""Programs that rules run: the library files they depend on, and their command lines."""

import ast
import json
import os
import re
import shlex
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

LIBRARY = "texalign"


@cache
def library_files(program: Path) -> tuple[Path, ...]:
    """Library modules that a program imports, directly or through other modules, sorted.

    As inputs of the rule that runs the program, they make an edit of the library rerun exactly what the edit touches.
    Imports are read from the source; nothing is imported.
    """
    found: set[Path] = set()
    waiting = [program]
    while waiting:
        for module in _library_imports(waiting.pop()):
            path = program.parent / LIBRARY / f"{module}.py"
            if path not in found:
                found.add(path)
                waiting.append(path)
    return tuple(sorted(found))


# A statement that imports from the library, also within a function, and over several lines in parentheses.
_LIBRARY_IMPORT = re.compile(
    rf"^[ \t]*((?:from {LIBRARY}\b[\w.]* import|import {LIBRARY}\b)(?:[ ]*\([^)]*\)|.*))", re.MULTILINE
)


@cache
def _library_imports(source: Path) -> frozenset[str]:
    """Library modules that one file imports itself.

    Only the statements concerned are parsed: whole files would take a third of what Snakemake needs to start.
    """
    modules: set[str] = set()
    for statement in _LIBRARY_IMPORT.findall(source.read_text(encoding="utf-8")):
        (node,) = ast.parse(statement).body
        if isinstance(node, ast.ImportFrom) and node.module == LIBRARY:
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            modules.update(alias.name.split(".")[1] for alias in node.names if alias.name.startswith(f"{LIBRARY}."))
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


def relative(path: Path) -> str:
    """A path relative to the working directory: inputs named so stay the same when the whole folder moves."""
    return os.path.relpath(path)
