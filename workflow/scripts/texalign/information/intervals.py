"""Two intervals of mutual information, for two questions.

`clusters_interval`: how much do these clusters, taken as they are, tell about the classes of all images of their kind?
It carries the sampling of images and the bias of the estimator, and holds the tree fixed.

`tree_interval`: what would the study find with other images of the same classes, tree and all? It carries the sampling
of images and what that does to the tree. Its target is what the estimator gives on average, bias included.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from texalign.errors import TexalignError
from texalign.information import fitted
from texalign.information.mutual_information import mutual_information_bits

# How much stronger or weaker than fitted the dependence is made; 0 is independence.
STRENGTHS = (0.0, 0.4, 0.7, 1.0, 1.3, 1.8, 3.0)
# Tables simulated at each strength.
SIMULATIONS = 200


@dataclass(frozen=True)
class InformationInterval:
    """Lower and upper end, in bits."""

    low_bits: float
    high_bits: float


def clusters_interval(
    table: np.ndarray,
    estimate_bits: float,
    confidence: float,
    seed: int,
    simulations: int = SIMULATIONS,
) -> InformationInterval:
    """Values of the true mutual information of a fixed clustering under which the estimate is no surprise.

    Confidence interval by inverting a test that is simulated (Garthwaite and Buckland 1992, Appl. Statist. 41, 159).
    The nuisance, how the rates of cells are spread, is fitted to the table (`fitted.RateMixture`) and drawn anew for
    every simulated table; along `STRENGTHS` these distributions go from independence over the fitted to nearly perfect
    agreement. At each, tables of the study's class sizes are simulated and estimated: their quantiles say which
    estimates to expect of which truth, and the interval has those truths that expect the estimate. So the bias of the
    estimator, whichever sign it has there, moves the ends, and the estimate need not lie inside. A table does not tell
    whether rates are spread or bunched, so the fit is stopped early and late, and the interval has what either does.
    Coverage, simulated, is in docs/methods.md.

    `table`: counts, (n_classes, n_clusters), every row and column with at least one. `estimate_bits`: NSB mutual
    information of it. Never below 0.
    """
    found = [
        _of_nuisance(fitted.RateMixture.of(table, steps), table, estimate_bits, confidence, (seed, simulations))
        for steps in (fitted.EARLY, fitted.LATE)
    ]
    return InformationInterval(min(each.low_bits for each in found), max(each.high_bits for each in found))


def _of_nuisance(
    mixture: fitted.RateMixture, table: np.ndarray, estimate_bits: float, confidence: float, drawn_by: tuple[int, int]
) -> InformationInterval:
    """The interval by one distribution of rates; `drawn_by`: seed, and tables simulated at each strength."""
    seed, simulations = drawn_by
    rng = np.random.default_rng([seed, 2])
    class_sizes = table.sum(axis=1)
    margin = table.sum(axis=0) / table.sum()
    drawn = mixture.draw(table, simulations, rng)
    tail = (1 - confidence) / 2
    truths, lowest, highest = [], [], []
    for strength in STRENGTHS:
        shares = fitted.strengthened(drawn, margin, strength)
        estimates = mutual_information_bits(fitted.draw_tables(shares, class_sizes, rng))
        low, high = np.quantile(estimates, [tail, 1 - tail])
        truths.append(float(fitted.information_bits(shares, class_sizes).mean()))
        lowest.append(low)
        highest.append(high)
    # What is expected grows with the truth; simulated, it may step back a little where it grows slowly.
    return InformationInterval(
        low_bits=float(np.interp(estimate_bits, np.maximum.accumulate(highest), truths)),
        high_bits=float(np.interp(estimate_bits, np.maximum.accumulate(lowest), truths)),
    )


def tree_interval(
    estimate_bits: float, halves_bits: np.ndarray, confidence: float
) -> tuple[InformationInterval, float]:
    """Interval of what the estimate would be on other images, tree rebuilt, and its standard error in bits.

    `halves_bits`: the same measure on both halves of the images, split at random again and again, (n_splits, 2), each
    half with a tree of its own. The halves share no image, so half their difference has, over studies, the standard
    deviation of an estimate from all images, if variances fall as one over the number of images: subsampling without
    replacement, rescaled (Politis and Romano 1994, Ann. Statist. 22, 2031). What the smaller number of images does to
    the mean cancels in the difference. Ends are by Student's t with as many degrees of freedom as splits.

    Raises TexalignError when there are fewer than 2 splits.
    """
    halves_bits = np.asarray(halves_bits, dtype=float)
    if halves_bits.ndim != 2 or halves_bits.shape[1] != 2 or len(halves_bits) < 2:
        raise TexalignError(f"halves of shape {halves_bits.shape}; expected both halves of at least 2 splits")
    sd = float(np.sqrt(np.mean(np.square(halves_bits[:, 0] - halves_bits[:, 1]))) / 2)
    reach = float(stdtrit(len(halves_bits), (1 + confidence) / 2)) * sd
    return InformationInterval(estimate_bits - reach, estimate_bits + reach), sd
