"""The library's face: every name is there, editors know it too, and nothing is imported before it is used."""

import ast
import doctest
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import texalign
from support import PROJECT

# Names that must work where torch is not installed, as in the analysis environment.
WITHOUT_TORCH = {"Rdm", "agreement", "mutual_information", "representations", "ward_labels"}


@pytest.mark.parametrize("name", texalign.__all__)
def test_every_name_is_there_and_says_what_it_is(name: str):
    assert name in dir(texalign)
    assert getattr(texalign, name).__doc__


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="no attribute 'Netwrok'"):
        texalign.Netwrok  # noqa: B018
    assert not hasattr(texalign, "Netwrok")


def test_editors_are_told_the_same():
    """The imports for type checkers name the same objects as the look-up."""
    (block,) = (node for node in ast.parse(Path(texalign.__file__).read_text()).body if isinstance(node, ast.If))
    told = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        package = importlib.import_module(f"texalign.{node.module}" if node.module else "texalign")
        told |= {alias.asname: getattr(package, alias.name) for alias in node.names}
    assert told == {name: getattr(texalign, name) for name in texalign.__all__}


def imported_by(statement: str) -> set[str]:
    """Top-level packages that a fresh interpreter has imported after a statement."""
    command = f"{statement}\nimport sys\nprint(*sys.modules)"
    environment = {"PYTHONPATH": str(PROJECT / "workflow/scripts")}
    ran = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True, env=environment)
    return {name.split(".")[0] for name in ran.stdout.split()}


def test_importing_the_library_imports_nothing_else():
    assert imported_by("import texalign") & {"numpy", "scipy", "torch", "h5py", "PIL", "sklearn"} == set()


@pytest.mark.parametrize("name", sorted(WITHOUT_TORCH & set(texalign.__all__)))
def test_analysis_does_not_import_torch(name: str):
    assert "torch" not in imported_by(f"from texalign import {name}")


@pytest.mark.parametrize("name", texalign.__all__)
def test_examples_in_docstrings(name: str):
    found = getattr(texalign, name)
    examples = doctest.DocTestFinder(recurse=False).find(found, name, globs={name: found})
    for example in examples:
        assert doctest.DocTestRunner().run(example).failed == 0


def test_representations_can_be_had_by_name():
    assert texalign.representations.get("mean").size(7) == 7
    with pytest.raises(AttributeError, match="no attribute 'git'"):
        texalign.representations.git  # noqa: B018
