"""How well anything can agree with people: noise ceilings from how well people agree with each other."""

from dataclasses import dataclass

import numpy as np

from texalign.errors import TexalignError
from texalign.perception.coefficients import midranks
from texalign.perception.evidence import Halves, HumanRdms
from texalign.perception.scopes import Scope

SPLITS = 20


@dataclass(frozen=True)
class Ceiling:
    """Noise ceiling of one measure of agreement. None where it cannot be told.

    `low`: what other people of the same kind and number reach. `high`: what the best possible model reaches. `split`:
    mean correlation of two halves of the people, where they were split.
    """

    low: float | None = None
    high: float | None = None
    split: float | None = None


NO_CEILING = Ceiling()


def ceilings(rdms: HumanRdms, scope: Scope, seed: int) -> dict[str, Ceiling]:
    """Ceilings of the scope's measures: by observers where there are several, by halves where people were pooled."""
    if len(rdms.observers) > 1:
        return observer_ceilings(rdms.dissimilarities, scope)
    if rdms.halves is not None:
        return split_half_ceilings(rdms.halves, scope, seed)
    return dict.fromkeys(scope.measures, NO_CEILING)


def observer_ceilings(dissimilarities: np.ndarray, scope: Scope) -> dict[str, Ceiling]:
    """Ceilings of the mean correlation with single observers (Nili et al. 2014, PLoS Comput. Biol. 10, e1003553).

    `high`: mean correlation of each observer with the mean ranks of all, which no model exceeds by Spearman's (for
    tau-a mean ranks are only near the best). `low`: with the mean ranks of all others. `dissimilarities`: (observers,
    pairs), NaN where not judged; raises TexalignError for fewer than 2 observers.
    """
    if len(dissimilarities) < 2:
        raise TexalignError("a ceiling by leaving one observer out needs at least 2 observers")
    ranks = np.full(dissimilarities.shape, np.nan, np.float32)
    for own, values in zip(ranks, dissimilarities, strict=True):
        judged = ~np.isnan(values)
        own[judged] = midranks(values[judged])
    sums, numbers = np.nansum(ranks, axis=0, dtype=float), np.sum(~np.isnan(ranks), axis=0)
    low: list[dict[str, float]] = []
    high: list[dict[str, float]] = []
    for own, values in zip(ranks, dissimilarities, strict=True):
        judged = ~np.isnan(own)
        with np.errstate(invalid="ignore", divide="ignore"):
            high.append(scope.correlate(sums / numbers, values))
            low.append(scope.correlate((sums - np.where(judged, own, 0)) / (numbers - judged), values))
    return {name: Ceiling(_mean(low, name), _mean(high, name)) for name in scope.measures}


def split_half_ceilings(halves: Halves, scope: Scope, seed: int, n_splits: int = SPLITS) -> dict[str, Ceiling]:
    """Ceilings of the correlation with people who were pooled, from random halves of them.

    Spearman and Brown's formula gives what two such groups would have in common, r = 2 h / (1 + h) from the halves' h:
    `low`. The best model correlates with one group by sqrt(r): `high`. For tau-a the halves' tau is taken through
    Greiner's sin(pi tau / 2) and back, exact for normal values. None where halves do not agree at all.
    """
    rng = np.random.default_rng([seed, 5])
    found = [scope.correlate(*halves.split(rng)) for _ in range(n_splits)]
    return {name: _from_halves(name, _mean(found, name)) for name in scope.measures}


def _from_halves(measure: str, split: float | None) -> Ceiling:
    if split is None or split <= 0:
        return Ceiling(split=split)
    half = np.sin(np.pi * split / 2) if measure == "tau_a" else split
    whole = 2 * half / (1 + half)
    bounds = np.array([whole, np.sqrt(whole)])
    low, high = np.arcsin(bounds) * 2 / np.pi if measure == "tau_a" else bounds
    return Ceiling(float(low), float(high), split)


def _mean(found: list[dict[str, float]], name: str) -> float | None:
    """Mean over those for which it is defined."""
    values = [row[name] for row in found if np.isfinite(row.get(name, np.nan))]
    return float(np.mean(values)) if values else None
