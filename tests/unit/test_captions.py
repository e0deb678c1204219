"""Captions of the report say of a figure what it shows: a sentence is there only where what it explains is drawn."""

from types import SimpleNamespace

import pytest
from jinja2 import Environment, StrictUndefined
from snakemake.iocontainers import InputFiles, Namedlist

from support import PAPER_CONFIG, PROJECT, complete

REPORT = PROJECT / "workflow/report"
CAPTIONS = sorted(file.stem for file in REPORT.glob("*.rst") if file.stem != "workflow")
WILDCARDS = {"model": "alexnet", "layer": "L5", "protocol": "unit", "representation": "gram", "measure": "mi_nsb_bits"}


def caption(name: str, judgements: int = 0, **changes: object) -> str:
    """A caption as Snakemake renders it, of the paper's study with changes; undefined names are errors."""
    inputs = InputFiles()
    for number in range(judgements):
        inputs.append(f"judgements_{number}.tsv")
    inputs._set_name("judgements", 0, judgements)
    assert isinstance(inputs.judgements, Namedlist)
    job = SimpleNamespace(config=complete(PAPER_CONFIG | changes), wildcards=SimpleNamespace(**WILDCARDS), input=inputs)
    template = (REPORT / f"{name}.rst").read_text(encoding="utf-8")
    return Environment(undefined=StrictUndefined).from_string(template).render(snakemake=job)


MULTIVERSE = {
    "activations": ["after_relu"],
    "preprocessings": {"dtd": PAPER_CONFIG["preprocessing"]},
    "published": "some.csv",
}


@pytest.mark.parametrize("name", CAPTIONS)
def test_captions_are_whole_sentences(name: str):
    said = caption(name, 3, multiverse=MULTIVERSE)
    assert said.strip().endswith(".")
    assert "{" not in said
    assert "  " not in said.strip()


def test_published_values_are_explained_where_they_are_drawn():
    assert "published" in caption("multiverse_figure", multiverse=MULTIVERSE)
    without = {key: value for key, value in MULTIVERSE.items() if key != "published"}
    assert "published" not in caption("multiverse_figure", multiverse=without)


def test_what_others_make_of_an_image_is_explained_where_somebody_judged():
    assert "`others`" not in caption("synthesis_panel", 0)
    assert "`others`" not in caption("synthesis_panel", 1)
    assert "`others`" in caption("synthesis_panel", 2)
    assert "`others`" not in caption("synthesis_representations", 0)
    assert "`others`" in caption("synthesis_representations", 1)


@pytest.mark.parametrize("name", ["cluster_matrix", "class_recovery"])
def test_the_best_layer_is_named_by_what_chose_it(name: str):
    assert "best by mutual information" in caption(name)
    assert "best by ami" in caption(name, criterion="ami")


def test_people_are_on_the_map_where_they_gave_judgements():
    evidence = {"said": {"kind": "descriptions", "file": "x.json"}}
    assert "people" in caption("rdm_map", human={"evidence": evidence})
    assert "people" not in caption("rdm_map")
