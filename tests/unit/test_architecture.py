"""The house as docs and design draw it: which package may import which, and how long anything may get."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import PROJECT

SCRIPTS = PROJECT / "workflow/scripts"
LIBRARY = SCRIPTS / "texalign"

# The way of the data: each may import what comes before it. Those on one line stand beside each other.
ORDER = (
    ("errors", "names"),
    ("statistics",),
    ("artifacts",),
    ("images",),
    ("networks",),
    ("representations",),
    ("synthesis", "rdms"),
    ("clusters",),
    ("information",),
    ("perception",),
    ("brainscore",),
    ("findings",),
    ("figures",),
    ("explorer",),
    ("command_line",),
)
RANK = {part: rank for rank, parts in enumerate(ORDER) for part in parts}

LONGEST_MODULE, LONGEST_FUNCTION, LONGEST_PROGRAM = 400, 60, 60
# What may be longer, up to how many lines, and why.
LONG_MODULES = {
    "images/textures.py": (430, "a collection of 15 textures, each a dozen lines that stand for themselves")
}
LONG_FUNCTIONS: dict[str, tuple[int, str]] = {}
LONG_PROGRAMS = {}


def modules() -> list[Path]:
    return sorted(path for path in LIBRARY.rglob("*.py") if path != LIBRARY / "__init__.py")


def part_of(path: Path) -> str:
    """The package, or the module beside the packages, that a file belongs to."""
    return path.relative_to(LIBRARY).parts[0].removesuffix(".py")


def imported_modules(tree: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    """Library modules that a file imports, by full name, also within functions, but not for types alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            yield from (f"{module}.{alias.name}" for alias in node.names)
        else:
            yield from imported_modules(node, package)


def imports_of(path: Path) -> set[str]:
    """Full names of what a file imports from the library."""
    package = ("texalign", *path.relative_to(LIBRARY).parent.parts)
    return {name for name in imported_modules(ast.parse(path.read_text()), package) if name.startswith("texalign.")}


def test_every_part_of_the_library_has_a_place():
    assert {part_of(path) for path in modules()} <= set(RANK)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(LIBRARY)))
def test_no_arrow_upwards(path: Path):
    own = part_of(path)
    parts = {name.split(".")[1] for name in imports_of(path)} - {own}
    assert {part for part in parts if RANK[part] >= RANK[own]} == set()


def test_no_circle_within_a_package():
    files = {".".join(("texalign", *path.relative_to(LIBRARY).with_suffix("").parts)): path for path in modules()}
    arrows = {
        name: {
            found
            for imported in imports_of(path)
            for found in (imported, imported.rpartition(".")[0])
            if found in files and found != name
        }
        for name, path in files.items()
    }
    assert any(arrows.values())
    while leaves := {name for name, others in arrows.items() if not others & set(arrows)}:
        arrows = {name: others for name, others in arrows.items() if name not in leaves}
    assert sorted(arrows) == []


def test_the_library_knows_neither_snakemake_nor_the_planning():
    for path in (*modules(), LIBRARY / "__init__.py"):
        names = {name.split(".")[0] for name in imported_modules(ast.parse(path.read_text()), ())}
        assert not names & {"snakemake", "planning"}, path


def functions(path: Path) -> dict[str, int]:
    """Lines of each function of a file, its decorators and docstring included."""
    tree = ast.parse(path.read_text())
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found[f"{path.relative_to(SCRIPTS)}:{node.name}"] = node.end_lineno - first + 1
    return found


def too_long(lines: dict[str, int], limit: int, exceptions: dict[str, tuple[int, str]]) -> dict[str, int]:
    """What has more lines than the limit, or than its own."""
    return {name: count for name, count in lines.items() if count > exceptions.get(name, (limit, ""))[0]}


def test_no_module_is_long():
    lines = {str(path.relative_to(LIBRARY)): len(path.read_text().splitlines()) for path in modules()}
    assert too_long(lines, LONGEST_MODULE, LONG_MODULES) == {}


def test_no_function_is_long():
    lines = {name: count for path in SCRIPTS.rglob("*.py") for name, count in functions(path).items()}
    assert len(lines) > 300
    assert too_long(lines, LONGEST_FUNCTION, LONG_FUNCTIONS) == {}


def test_programs_are_thin():
    lines = {path.stem: len(path.read_text().splitlines()) for path in SCRIPTS.glob("*.py")}
    assert too_long(lines, LONGEST_PROGRAM - 1, LONG_PROGRAMS) == {}


def test_no_two_classes_have_one_name():
    names = [
        node.name
        for path in [*LIBRARY.rglob("*.py"), *(PROJECT / "workflow/planning").rglob("*.py")]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    ]
    assert [name for name, count in Counter(names).items() if count > 1] == []
