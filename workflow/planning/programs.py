"""Programs that rules run: the library files they depend on, and their command lines."""

import ast
import hashlib
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from texalign.artifacts.files import atomic_path

LIBRARY = "texalign"


@cache
def library_files(program: Path) -> tuple[Path, ...]:
    """Library modules that a program imports, directly or through other modules, sorted; packages are their `__init__`.

    Imports are read from the source; nothing is imported.
    """
    found: set[Path] = set()
    waiting = [program]
    while waiting:
        new = _imported_files(program.parent, waiting.pop()) - found
        found |= new
        waiting += new
    return tuple(sorted(found))


CODE = Path(".snakemake/texalign/code")


@cache
def code_stamp(program: Path) -> Path:
    """A file that stands for a program and the library files that it imports: it holds the digest of their contents.

    As an input of the rule that runs the program, it makes an edit of the library rerun exactly what the edit touches,
    whatever the date of the edited file. It is one input instead of fifty, which Snakemake would look up for every job.
    Where there is no stamp yet, it gets the date of the newest file that it stands for, as if these were the inputs;
    later it is written when the contents change, and only then.
    """
    files = (program, *library_files(program))
    text = hashlib.sha256("".join(_digest(file) for file in files).encode()).hexdigest() + "\n"
    # Workflows that share a working directory, as modules of one, have stamps of their own.
    place = hashlib.sha256(relative(program.parent).encode()).hexdigest()[:8]
    stamp = CODE / place / f"{program.stem}.sha256"
    known = stamp.read_text(encoding="utf-8") if stamp.exists() else None
    if text != known:
        times = (newest := max(file.stat().st_mtime_ns for file in files), newest)
        _replace(stamp, text, times if known is None else None)
    return stamp


@cache
def _digest(file: Path) -> str:
    return f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}\n"


@cache
def _imported_files(root: Path, source: Path) -> frozenset[Path]:
    return frozenset(file for name in _library_imports(source) for file in _module_files(root, name))


@cache
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


# A command of more than 128 KiB cannot be run: rules go through `bash -c`, and no word of a command may be longer.
LONGEST = 30_000
ARGUMENTS = Path(".snakemake/texalign/arguments")


def lineage_flags(lineages: Mapping[str, str]) -> str:
    """The lineages that a program is told, as its flag; many of them by a file that holds them."""
    text = flags(lineages=lineages)
    return text if len(text) <= LONGEST else flags(lineages=_written(json.dumps(lineages, sort_keys=True), ".json"))


def file_arguments(files: str | Sequence[str]) -> str:
    """Files as words of a command line; many of them as `@` and a file that holds them, which programs put in place."""
    paths = [files] if isinstance(files, str) else [str(file) for file in files]
    text = shlex.join(paths)
    return text if len(text) <= LONGEST else "@" + str(_written("".join(f"{path}\n" for path in paths), ".txt"))


def argument_files(command: str) -> list[Path]:
    """The files of lineages that a command names, of those that are there."""
    named = {Path(name) for name in re.findall(rf"{re.escape(str(ARGUMENTS))}/\w+\.json", command)}
    return sorted(file for file in named if file.is_file())


def _written(text: str, suffix: str) -> Path:
    """A file that holds a text, named by it, so that parameters change when it does."""
    file = ARGUMENTS / (hashlib.sha256(text.encode()).hexdigest()[:32] + suffix)
    if not file.exists():
        _replace(file, text)
    return file


def _replace(file: Path, text: str, times: tuple[int, int] | None = None) -> None:
    """Write a file whole, with its times of access and change in nanoseconds."""
    with atomic_path(file) as partial:
        partial.write_text(text, encoding="utf-8")
        if times:
            os.utime(partial, ns=times)


def have_python_on_path() -> None:
    """Have rules find a `python` where there is none on the path: the one that runs Snakemake, called by its full name.

    A `python` that is there stays the first, as that of a conda environment, or of a virtual one that is active.
    """
    if shutil.which("python") is None:
        os.environ["PATH"] = os.pathsep.join(filter(None, [os.environ.get("PATH"), str(Path(sys.executable).parent)]))


def relative(path: Path) -> str:
    """A path relative to the working directory: inputs named so stay the same when the whole folder moves."""
    return os.path.relpath(path)
