"""Agreement of a representation's dissimilarities with people's, with its ceiling, interval and null."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from texalign.errors import TexalignError
from texalign.information.uncertainty import Resampling
from texalign.perception.ceilings import NO_CEILING, Ceiling
from texalign.perception.evidence import HumanRdms
from texalign.perception.nulls import Null
from texalign.perception.resampling import combined_variance, draw_counts, interval
from texalign.perception.scopes import Scope, scopes

# Permuted values this close to the observed one count as reached; they are reckoned in single precision.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Agreement:
    """One measure of agreement in one scope; what cannot be told is None.

    `sd_images`, `sd_observers`: standard deviation over resamples of images, and of observers; `sd`: of both. The
    interval is Student's about `estimate`. `null_p`: (1 + permutations that agree as well) / (1 + permutations), one
    sided. `ceiling_low`, `ceiling_high`, `split_half`: see `Ceiling`; `fraction_of_ceiling`: estimate / `ceiling_high`.
    `n_units`: pairs of images or of classes, or trials. `deviations`: the estimate in each resample of images,
    observers as they are, less the mean of all, (n_bootstraps,); NaN where a resample has none; None without resamples.
    """

    scope: str
    measure: str
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    sd: float | None
    sd_images: float | None
    sd_observers: float | None
    null_mean: float | None
    null_sd: float | None
    null_p: float | None
    ceiling_low: float | None
    ceiling_high: float | None
    fraction_of_ceiling: float | None
    split_half: float | None
    n_images: int
    n_observers: int
    n_units: int
    deviations: np.ndarray | None = field(default=None, repr=False, compare=False)

    def row(self) -> dict[str, object]:
        """Columns of the table of agreement: all but `deviations`."""
        return {name: value for name, value in vars(self).items() if name != "deviations"}


Ceilings = Mapping[str, Mapping[str, Ceiling]]


def rdm_agreement(
    condensed: np.ndarray,
    human: HumanRdms,
    ceilings: Ceilings,
    classes: np.ndarray | None,
    resampling: Resampling | None,
) -> list[Agreement]:
    """Agreement of a representation with people in every scope, by every measure.

    `condensed`: dissimilarities of all the study's images, in scipy's order. `ceilings`: by scope and measure, which do
    not depend on the representation. `classes`: class of each of the study's images, or None. With several observers
    the estimate is the mean over them.
    Without `resampling` there are estimates and ceilings, but neither intervals nor nulls.

    Raises TexalignError when the dissimilarities are not of all images, or are all equal.
    """
    x = subset(condensed, human.rows)
    if np.ptp(x) == 0:
        raise TexalignError("all of the representation's dissimilarities are equal: their order tells nothing")
    own_classes = None if classes is None else classes[human.rows]
    strata = np.zeros(len(human.rows), int) if own_classes is None else own_classes
    n_draws, seed = (resampling.n_bootstraps, resampling.seed) if resampling else (0, 0)
    counts = draw_counts(n_draws, strata, seed)
    found: list[Agreement] = []
    for name, scope in scopes(len(human.rows), own_classes).items():
        found += _in_scope(x, human, scope, ceilings.get(name, {}), counts, resampling)
    return found


def subset(condensed: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Condensed dissimilarities of some of the images that `condensed` has; `rows`: which, ascending."""
    n = round((1 + np.sqrt(1 + 8 * len(condensed))) / 2)
    if n * (n - 1) // 2 != len(condensed) or rows[-1] >= n:
        raise TexalignError(f"{len(condensed)} dissimilarities are not those of all images, of which {rows[-1]} is one")
    if len(rows) == n:
        return condensed
    starts = rows * n - rows * (rows + 1) // 2 - rows - 1
    return np.concatenate([condensed[start + rows[i + 1 :]] for i, start in enumerate(starts)])


def _in_scope(
    x: np.ndarray,
    human: HumanRdms,
    scope: Scope,
    ceilings: Mapping[str, Ceiling],
    counts: np.ndarray,
    resampling: Resampling | None,
) -> list[Agreement]:
    n_permutations, seed = (resampling.n_permutations, resampling.seed) if resampling else (0, 0)
    found = scope.measured(x, human.dissimilarities, counts, n_permutations, seed)
    n_units = int(np.count_nonzero(~np.isnan(scope.values(human.dissimilarities[0]))))
    return [
        _measured(
            scope.name,
            measure,
            np.array([row[measure] for row in found.observed]),
            np.stack([row[measure] for row in found.resampled]),
            found.nulls.get(measure),
            ceilings.get(measure, NO_CEILING),
            (len(human.rows), n_units),
            resampling,
        )
        for measure in scope.measures
    ]


def _measured(
    scope: str,
    measure: str,
    observed: np.ndarray,
    resampled: np.ndarray,
    null: Null | None,
    ceiling: Ceiling,
    sizes: tuple[int, int],
    resampling: Resampling | None,
) -> Agreement:
    """From the correlations with each observer: observed, (observers,), and in resamples, (observers, resamples)."""
    estimate = float(np.mean(observed))
    smallest = min(sizes[0], len(observed)) if len(observed) > 1 else sizes[0]
    spread: Mapping[str, float | None] = dict.fromkeys(("sd", "sd_images", "sd_observers"))
    if resampling:
        spread = _spread(observed, resampled, sizes[0], resampling.seed)
    return Agreement(
        scope=scope,
        measure=measure,
        estimate=estimate,
        **interval_columns(estimate, spread["sd"], smallest, resampling),
        **spread,
        **null_columns(null),
        ceiling_low=ceiling.low,
        ceiling_high=ceiling.high,
        fraction_of_ceiling=estimate / ceiling.high if ceiling.high else None,
        split_half=ceiling.split,
        n_images=sizes[0],
        n_observers=len(observed),
        n_units=sizes[1],
        deviations=deviations(resampled.mean(axis=0)) if resampling else None,
    )


def deviations(resampled: np.ndarray) -> np.ndarray:
    """How each resample deviates from the mean of those that have a value."""
    return resampled - np.nanmean(resampled)


def _spread(observed: np.ndarray, resampled: np.ndarray, n_images: int, seed: int) -> dict[str, float | None]:
    """Standard deviations of the mean over observers, from resamples of images, of observers, and of both at once."""
    n_observers, n_resamples = resampled.shape
    of_images = float(np.nanvar(resampled.mean(axis=0), ddof=1))
    if n_observers == 1:
        sd = float(np.sqrt(of_images * n_images / (n_images - 1)))
        return {"sd": sd, "sd_images": sd, "sd_observers": None}
    shares = draw_counts(n_resamples, np.zeros(n_observers, int), seed + 1) / n_observers
    of_observers = float(np.var(shares @ observed, ddof=1))
    both = float(np.nanvar(np.einsum("bo,ob->b", shares, resampled), ddof=1))
    variance = combined_variance(of_images, of_observers, both, n_images, n_observers)
    return {
        "sd": float(np.sqrt(variance)),
        "sd_images": float(np.sqrt(of_images * n_images / (n_images - 1))),
        "sd_observers": float(np.sqrt(of_observers * n_observers / (n_observers - 1))),
    }


def interval_columns(
    estimate: float, sd: float | None, smallest_sample: int, resampling: Resampling | None
) -> dict[str, float | None]:
    if resampling is None or sd is None:
        return {"ci_low": None, "ci_high": None}
    ends = interval(estimate, sd, smallest_sample, resampling.confidence)
    return {"ci_low": ends.low, "ci_high": ends.high}


def null_columns(null: Null | None) -> dict[str, float | None]:
    if null is None:
        return {"null_mean": None, "null_sd": None, "null_p": None}
    reached = int(np.count_nonzero(null.permuted >= null.observed - _ROUNDING))
    p = (1 + reached) / (1 + len(null.permuted))
    return {"null_mean": float(null.permuted.mean()), "null_sd": float(null.permuted.std()), "null_p": p}
