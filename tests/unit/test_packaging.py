"""The package that pip installs: one version, requirements that hold what it imports, ranges that admit the pins."""

import ast
import re
import sys
import tomllib
from importlib import metadata

import pytest
import yaml
from packaging.requirements import Requirement

import texalign
from support import PROJECT, distributions_of_modules

LIBRARY = PROJECT / "workflow/scripts/texalign"
PACKAGE = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
REQUIRED = [Requirement(line) for line in PACKAGE["dependencies"]]
OPTIONAL = [Requirement(line) for lines in PACKAGE["optional-dependencies"].values() for line in lines]
PINS = dict(line.split("==") for line in (PROJECT / "envs/requirements.txt").read_text().splitlines() if "==" in line)


def test_one_version_everywhere():
    assert yaml.safe_load((PROJECT / "CITATION.cff").read_text())["version"] == texalign.__version__
    assert re.search(rf"^## {re.escape(texalign.__version__)}\b", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize("requirement", [*REQUIRED, *OPTIONAL], ids=str)
def test_ranges_admit_what_the_tests_run_with(requirement: Requirement):
    assert metadata.version(requirement.name).split("+")[0] in requirement.specifier


def test_what_is_required_is_pinned():
    assert {requirement.name for requirement in REQUIRED} <= set(PINS)


def imported(path: str) -> set[str]:
    """Top-level packages that a file of the library imports at its top, beside Python's own and the library itself."""
    found = set()
    for node in ast.parse((LIBRARY / path).read_text()).body:
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - {"texalign"}


@pytest.mark.parametrize("path", sorted(str(path.relative_to(LIBRARY)) for path in LIBRARY.rglob("*.py")))
def test_requirements_hold_what_is_imported(path: str):
    """What only figures import may be an extra, and what is imported within a function says so where it is missing."""
    needed = {distributions_of_modules()[module][0].lower() for module in imported(path)}
    have = {requirement.name for requirement in REQUIRED}
    extras = {requirement.name for requirement in OPTIONAL} if path.startswith("figures/") else set()
    assert needed - have - extras == set()
