"""Texture synthesis as a part of the study: what is made, what runs again after a change, what is said of bad input."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from texalign.synthesis.judgements import ANCHORS, UNRELATED, read_judgements
from texalign.synthesis.results import read_result, read_trace
from workflow_project import ONCE, TOY_NETWORK, Checkout, copy_project

CONFIG = {
    "study": "toy",
    "images": {"source": "procedural", "classes": ["grid", "dotted"], "images_per_class": 2, "seed": 0, "size": 64},
    "networks": {"toy": TOY_NETWORK, "twin": TOY_NETWORK | {"weights": {"random": 1}}},
    "synthesis": {
        "exemplars": {"grid": {"class": "grid", "file": "grid_0001.png"}, "mine": {"file": "mine.png"}},
        "weighting": "relative",
        "evaluations": 8,
    },
}
AGGREGATES = {
    "cross_evaluate_synthesis",
    "plot_synthesis_panel",
    "plot_synthesis_losses",
    "plot_synthesis_cross_evaluation",
}


def write_exemplar(path: Path, seed: int) -> None:
    """Coloured noise of a size of its own."""
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (80, 100, 3), np.uint8)).save(path)


def with_synthesis(**changes: object) -> dict:
    """The config with keys of its synthesis section changed."""
    config = yaml.safe_load(yaml.safe_dump(CONFIG))
    config["synthesis"] |= changes
    return config


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Finished syntheses; tests work on copies of them."""
    checkout = copy_project(tmp_path_factory.mktemp("finished") / "project")
    write_exemplar(checkout.folder / "mine.png", 0)
    checkout.snakemake("--cores", "2", "synthesis", config=CONFIG)
    return checkout.folder


@pytest.fixture
def study(finished: Path, tmp_path: Path) -> Checkout:
    shutil.copytree(finished, tmp_path / "project")
    return Checkout(tmp_path / "project")


def test_every_network_makes_every_texture(finished: Path):
    folder = finished / "results/toy"
    for model in ("toy", "twin"):
        for texture in ("grid", "mine"):
            result = read_result(folder / f"synthesis/gram/{model}/{texture}.json")
            assert (result.model, result.texture, result.evaluations) == (model, texture, 8)
            assert len(read_trace(folder / f"synthesis/gram/{model}/{texture}.tsv")) == 8
            with Image.open(folder / f"synthesis/gram/{model}/{texture}.png") as image:
                assert (image.mode, image.size) == ("RGB", (64, 64))
            assert result.saved.total < result.start.total
        judgements = read_judgements(folder / f"synthesis/{model}.judgements.tsv")
        makers = [(each.judge, each.model, each.texture) for each in judgements if each.kind == "synthesis"]
        assert makers == [(model, maker, texture) for maker in ("toy", "twin") for texture in ("grid", "mine")]
        assert {each.kind for each in judgements} == {"synthesis", UNRELATED, *ANCHORS}
    figures = sorted(
        str(path.relative_to(folder / "figures"))
        for path in (folder / "figures").rglob("*.*")
        if path.suffix != ".seal"
    )
    names = ("synthesis_cross_evaluation", "synthesis_losses", "synthesis_panel")
    assert figures == [f"{name}/gram.{suffix}" for name in names for suffix in ("pdf", "png", "svg")]
    assert {path.suffix for path in (folder / "synthesis").rglob(".*")} == {".seal"}  # no checkpoint is left


def test_finished_syntheses_that_were_moved_and_touched_have_nothing_to_do(study: Checkout):
    for path in sorted(study.folder.rglob("*"), reverse=True):
        if ".snakemake" not in path.parts:
            path.touch()
    assert "Nothing to be done" in study.snakemake("--cores", "2", "synthesis", config=CONFIG)


def test_adding_a_network_makes_its_images_and_what_compares_networks(study: Checkout):
    config = with_synthesis()
    config["networks"]["third"] = config["networks"]["twin"] | {"weights": {"random": 2}}
    jobs = study.jobs("synthesis", config=config)
    made = [wildcards for rule, wildcards in jobs if rule == "synthesize"]
    assert sorted(made) == ["by=gram, model=third, sample=grid", "by=gram, model=third, sample=mine"]
    assert {rule for rule, _ in jobs} == AGGREGATES | {"fetch_weights", "synthesize"}


def test_removing_a_network_draws_what_shows_all_of_them_only(study: Checkout):
    config = with_synthesis()
    del config["networks"]["twin"]
    # The one that is left has nobody to judge its images.
    assert {rule for rule, _ in study.jobs("synthesis", config=config)} == {
        "plot_synthesis_panel",
        "plot_synthesis_losses",
    }


def test_a_deleted_image_is_made_again_alone_when_it_is_asked_for(study: Checkout):
    image = "results/toy/synthesis/gram/twin/mine.png"
    (study.folder / image).unlink()
    assert study.jobs(image, config=CONFIG) == [("synthesize", "by=gram, model=twin, sample=mine")]


def test_editing_a_figures_program_draws_that_figure_only(study: Checkout):
    program = study.folder / "workflow/scripts/plot_synthesis_losses.py"
    program.write_text(program.read_text() + "\n# edited\n")
    assert {rule for rule, _ in study.jobs("synthesis", config=CONFIG)} == {"plot_synthesis_losses"}


def test_a_new_exemplar_is_synthesised_alone(study: Checkout):
    exemplars = CONFIG["synthesis"]["exemplars"] | {"dotted": {"class": "dotted", "file": "dotted_0000.png"}}
    jobs = study.jobs("synthesis", config=with_synthesis(exemplars=exemplars))
    assert ("prepare_exemplar", "texture=dotted") in jobs
    made = sorted(wildcards for rule, wildcards in jobs if rule == "synthesize")
    assert made == ["by=gram, model=toy, sample=dotted", "by=gram, model=twin, sample=dotted"]


def test_a_changed_exemplar_is_synthesised_alone(study: Checkout):
    write_exemplar(study.folder / "mine.png", 1)
    study.snakemake("--cores", "2", "results/toy/exemplars/mine.png", config=CONFIG)
    made = sorted(wildcards for rule, wildcards in study.jobs("synthesis", config=CONFIG) if rule == "synthesize")
    assert made == ["by=gram, model=toy, sample=mine", "by=gram, model=twin, sample=mine"]


def test_another_setting_makes_all_images_anew_but_no_exemplar(study: Checkout):
    jobs = study.jobs("synthesis", config=with_synthesis(evaluations=9))
    assert {rule for rule, _ in jobs} == AGGREGATES | {"synthesize"}


def test_a_representation_more_makes_its_images_and_what_compares_them(study: Checkout):
    jobs = study.jobs("synthesis", config=with_synthesis(representations=["gram", "mean"]))
    made = sorted(wildcards for rule, wildcards in jobs if rule == "synthesize")
    assert made == [f"by=mean, model={m}, sample={t}" for m in ("toy", "twin") for t in ("grid", "mine")]
    drawn = {rule for rule, _ in jobs if rule.startswith("plot")}
    assert {"plot_synthesis_representations", "plot_synthesis_between_representations"} <= drawn
    assert ("plot_synthesis_losses", "by=gram") not in jobs


def test_several_seeds_and_a_choice_of_networks(study: Checkout):
    jobs = study.jobs("synthesis", config=with_synthesis(seeds=[0, 7], networks=["twin"]))
    made = sorted(wildcards for rule, wildcards in jobs if rule == "synthesize")
    assert made == [
        f"by=gram, model=twin, sample={texture}_seed{seed}" for texture in ("grid", "mine") for seed in (0, 7)
    ]
    # One network alone has nobody to judge its images.
    assert "cross_evaluate_synthesis" not in {rule for rule, _ in jobs}


def test_a_subset_of_layers_from_an_image_in_another_size(study: Checkout):
    config = with_synthesis(
        layers=["L2"], start="mine.png", image_size=96, parametrization="published", networks=["twin"]
    )
    study.snakemake("--cores", "2", "synthesis", config=config)
    result = read_result(study.folder / "results/toy/synthesis/gram/twin/grid.json")
    assert list(result.saved.layers) == ["L2"]
    assert result.settings["start"] == "mine.png"
    assert result.settings["history"] == 400
    with Image.open(study.folder / "results/toy/synthesis/gram/twin/grid.png") as image:
        assert image.size == (96, 96)


def test_without_exemplars_there_is_nothing_to_make(study: Checkout):
    assert study.jobs("synthesis", config={key: value for key, value in CONFIG.items() if key != "synthesis"}) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"networks": ["toi"]}, "synthesis.networks: toi; the study has toy, twin"),
        ({"layers": ["L3"]}, "synthesis: toy has no layer L3; the config gives it L1, L2"),
        ({"layer_weights": {"L9": 2}}, "synthesis: toy has no layer L9"),
        ({"layers": []}, "synthesis.layers: [] should be non-empty"),
        ({"representations": ["gramm"]}, "synthesis.representations.0: 'gramm' is not one of"),
        (
            {"representations": ["gram", "mean"], "weighting": "gatys"},
            "synthesis.weighting: gatys is for Gram matrices, not for mean; leave it out",
        ),
        ({"exemplars": {"a": {"class": "grid"}}}, "synthesis.exemplars.a: 'file' is a required property"),
        ({"exemplars": {"a": {"url": "https://example.org/a.png"}}}, "synthesis.exemplars.a: 'sha256' is a required"),
        (
            {"exemplars": {"a": {"url": "https://example.org/a.png", "sha256": "0" * 64, "file": "a.png"}}},
            "synthesis.exemplars.a.file: is not a key of this source; remove it",
        ),
        ({"evaluation": 5}, "synthesis: unknown key 'evaluation'; did you mean 'evaluations'?"),
        ({"exemplars": {"a": {"file": "nowhere.png"}}}, "nowhere.png"),
    ],
)
def test_a_config_that_makes_no_sense_is_refused_before_anything_runs(checkout: Checkout, changes: dict, message: str):
    write_exemplar(checkout.folder / "mine.png", 0)
    assert message in checkout.snakemake("--dry-run", "synthesis", config=with_synthesis(**changes), fails=True)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            {"class": "grid", "file": "nowhere.png"},
            "synthesis.exemplars.bad.file: the class 'grid' has no image 'nowhere.png'",
        ),
        ({"file": "text.png"}, "text.png: cannot be read as an image"),
        ({"url": "file:///nowhere/a.png", "sha256": "0" * 64}, "save it as results/toy/downloads/exemplars/a.png"),
    ],
)
def test_an_exemplar_that_cannot_be_had_is_named(checkout: Checkout, entry: dict, message: str):
    (checkout.folder / "text.png").write_text("no image")
    config = with_synthesis(exemplars={"bad": entry})
    target = "results/toy/exemplars/bad.png"
    assert message in checkout.snakemake("--cores", "2", *ONCE, target, config=config, fails=True)
    assert not (checkout.folder / target).exists()


def test_an_exemplar_too_small_for_the_network_is_told(checkout: Checkout):
    write_exemplar(checkout.folder / "mine.png", 0)
    config = with_synthesis(exemplars={"mine": {"file": "mine.png"}}, networks=["alexnet"])
    config["images"]["size"] = 32
    layers = ["features.0", "features.12"]
    config["networks"]["alexnet"] = {"source": "torchvision", "weights": {"random": 0}, "layers": layers}
    target = "results/toy/synthesis/gram/alexnet/mine.png"
    output = checkout.snakemake("--cores", "2", *ONCE, target, config=config, fails=True)
    assert "images of 32 x 32 pixels are smaller than" in output
    assert "takes 63 x 63 or more" in output
