"""The doors of CONTRIBUTING: every registry holds exactly the names that can be chosen, in their order."""

import importlib
import re

import pytest

from support import PROJECT
from texalign import names

# Registry of names.py: module of the library and the dictionary in it that says what each name stands for.
DOORS = {
    "FITS": ("images.pixels", "FITS"),
    "SOURCES": ("networks.sources", "SOURCES"),
    "REPRESENTATIONS": ("representations.registry", "ENTRIES"),
    "PROTOCOLS": ("clusters.protocols.registry", "ENTRIES"),
    "EVIDENCE": ("perception.readers", "EVIDENCE"),
    "JOINS": ("brainscore.multiverse", "JOINS"),
    "STATISTICS": ("brainscore.multiverse", "STATISTICS"),
    "WEIGHTINGS": ("synthesis.loss", "WEIGHTINGS"),
    "PARAMETRIZATIONS": ("synthesis.pixels", "PARAMETRIZATIONS"),
}


def registry(door: str) -> dict[str, object]:
    module, attribute = DOORS[door]
    return getattr(importlib.import_module(f"texalign.{module}"), attribute)


@pytest.mark.parametrize("door", list(DOORS))
def test_names_are_what_the_registry_holds(door: str):
    assert set(getattr(names, door)) == set(registry(door))


def test_every_measure_is_a_criterion_or_a_duplicate_of_one():
    measures = importlib.import_module("texalign.information.measures.registry").ENTRIES
    assert set(measures) - set(names.CRITERIA) <= {"nmi"}


@pytest.mark.parametrize("door", list(DOORS))
def test_contributing_says_where_the_entry_goes(door: str):
    module, _ = DOORS[door]
    assert f"`{module.replace('.', '/')}.py`" in (PROJECT / "CONTRIBUTING.md").read_text()


def test_files_that_contributing_names_are_there():
    text = (PROJECT / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"`(tests/\S+\.py|(?:[a-z_]+/)+[a-z_]+\.py)`", text))
    assert len(named) > 10
    places = (PROJECT, PROJECT / "workflow/scripts/texalign")
    assert [name for name in sorted(named) if not any((place / name).exists() for place in places)] == []
