"""The syntheses that a config asks for: images, judgements and figures, and what is refused."""

import copy

import pytest

from planning.paths import FORMATS
from planning.study import Study
from planning.syntheses import Syntheses
from planning.validation import config_errors, fill_defaults
from support import PAPER_CONFIG, SCHEMA


def planned(**synthesis: object) -> Syntheses:
    config = copy.deepcopy(PAPER_CONFIG)
    config["synthesis"] |= synthesis
    assert config_errors(config, SCHEMA) == []
    fill_defaults(config, SCHEMA)
    return Syntheses.from_config(config, Study.from_config(config))


def test_every_representation_has_images_of_its_own():
    found = planned(representations=["gram", "mean"], networks=["alexnet", "vgg16_bn"])
    assert len(found.made("png")) == 2 * 2 * 5
    assert found.made("png", "mean")[0] == "results/paper/synthesis/mean/alexnet/blotchy.png"
    assert "--representation mean" in found.sample_flags("mean", "alexnet", "blotchy")
    assert found.judgements() == [f"results/paper/synthesis/{m}.judgements.tsv" for m in ("alexnet", "vgg16_bn")]


@pytest.mark.parametrize(
    ("synthesis", "figures"),
    [
        (
            {"networks": ["alexnet", "vgg16_bn"]},
            ["synthesis_panel/gram", "synthesis_losses/gram", "synthesis_cross_evaluation/gram"],
        ),
        ({"networks": ["alexnet"]}, ["synthesis_panel/gram", "synthesis_losses/gram"]),
        (
            {"networks": ["alexnet"], "representations": ["gram", "mean"]},
            [
                *(f"{name}/{by}" for name in ("synthesis_panel", "synthesis_losses") for by in ("gram", "mean")),
                *(f"synthesis_representations/{t}" for t in ("blotchy", "striped", "matted", "scaly", "pebbles")),
                "synthesis_between_representations",
            ],
        ),
        ({"exemplars": {}}, []),
    ],
)
def test_figures_are_those_that_have_something_to_compare(synthesis: dict, figures: list[str]):
    found = planned(**synthesis)
    assert found.figures() == [f"results/paper/figures/{name}.{s}" for name in figures for s in FORMATS]
    assert bool(found.judgements()) == any("cross" in name or "between" in name for name in figures)


def test_weights_are_the_representations_own_unless_the_config_says_otherwise():
    network = Study.from_config(PAPER_CONFIG).networks["alexnet"]
    assert "--weighting" not in planned().loss_flags(network)
    assert "--weighting gatys" in planned(weighting="gatys").loss_flags(network)
    both = {"representations": ["gram", "covariance"]}
    assert "--weighting relative" in planned(weighting="relative", **both).loss_flags(network)
    with pytest.raises(ValueError, match="gatys is for Gram matrices, not for covariance; leave it out"):
        planned(weighting="gatys", **both)
