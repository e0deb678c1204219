"""Rows of the tables of human evidence: their columns, and what these mean."""

from dataclasses import dataclass

from texalign.artifacts.records import column
from texalign.information.rows import OfLayer


@dataclass(frozen=True)
class AgreementRow(OfLayer):
    """Agreement of a layer with one evidence in one scope by one measure (`perception.agreement.Agreement`)."""

    evidence: str = column("human evidence, by its id in the config")
    scope: str = column("which pairs of images, or which trials")
    measure: str = column("measure of agreement")
    estimate: float | None = column("its value; the mean over observers where there are several")
    ci_low: float | None = column(
        "lower end of Student's interval about it, from `sd`; symmetric, so of few classes it may end beyond -1 or 1"
    )
    ci_high: float | None = column("upper end")
    sd: float | None = column("standard deviation with images and observers both at random")
    sd_images: float | None = column("standard deviation over resamples of images")
    sd_observers: float | None = column("standard deviation over resamples of observers")
    null_mean: float | None = column("mean when images trade places")
    null_sd: float | None = column("standard deviation when they do")
    null_p: float | None = column("(1 + permutations that agree as well) / (1 + permutations), one-sided")
    ceiling_low: float | None = column("what other people reach")
    ceiling_high: float | None = column("what the best possible model reaches")
    fraction_of_ceiling: float | None = column("estimate / `ceiling_high`")
    split_half: float | None = column("agreement of halves of pooled people, mean over 20 halvings")
    n_images: int = column("images judged")
    n_observers: int = column("observers")
    n_units: int = column("pairs of images or of classes, or trials")


@dataclass(frozen=True)
class ComparedRow:
    """Two RDMs of the map."""

    measure: str = column("Spearman's correlation, linear CKA, or mutual nearest neighbours")
    first: str = column("RDM: network/layer, people/evidence, or the class model")
    second: str = column("the RDM that it is compared with; every pair is there once, and each RDM with itself")
    value: float = column("the measure")
    null_mean: float = column("its mean when the images of one trade places")
    null_sd: float = column("its standard deviation when they do")
    null_p: float = column("(1 + permutations that reach the value) / (1 + permutations)")
    n_images: int = column("images that both are compared on")


@dataclass(frozen=True)
class CoverageRow:
    """A name in a file of judgements, or an image of the study."""

    image: str = column("image of the study, or a name that none has")
    state: str = column("matched, no image, or no judgement")
