"""Agreement of a representation's dissimilarities with people's choices in triplets."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize_scalar

from texalign.information.uncertainty import Resampling
from texalign.perception.agreement import Agreement, deviations, interval_columns, null_columns
from texalign.perception.ceilings import NO_CEILING, Ceiling
from texalign.perception.evidence import HumanChoices, condensed_positions
from texalign.perception.nulls import Null
from texalign.perception.resampling import draw_counts

CHOICE_MEASURES = ("majority", "votes", "soft")
# Trials times resamples in memory at a time.
_AT_A_TIME = 20_000_000
_SIMULATED = 100_000


def candidate_distances(condensed: np.ndarray, n: int, pairs: np.ndarray) -> np.ndarray:
    """Dissimilarities of the pairs that each trial offers, (trials, alternatives) float64."""
    return condensed[condensed_positions(n, pairs[..., 0], pairs[..., 1])].astype(float)


def scores(distances: np.ndarray, votes: np.ndarray) -> dict[str, np.ndarray]:
    """Of each trial how well a model that has these `distances` does, (trials,) between 0 and 1, by measure.

    `majority`: whether it chooses the pair that most people chose, by taking the nearest; NaN where people tie.
    `votes`: the share of people who chose as it does. `soft`: the share of people times the probability that it gives
    their choice, with probabilities as of `soft_choice`. Pairs at equal distance share the choice.
    """
    nearest = distances == distances.min(axis=1, keepdims=True)
    nearest = nearest / nearest.sum(axis=1, keepdims=True)
    shares = votes / votes.sum(axis=1, keepdims=True)
    most = votes == votes.max(axis=1, keepdims=True)
    majority = np.where(most.sum(axis=1) == 1, (nearest * most).sum(axis=1), np.nan)
    probabilities = soft_choice(distances, fitted_sharpness(distances, votes))
    return {
        "majority": majority,
        "votes": (nearest * shares).sum(axis=1),
        "soft": (probabilities * shares).sum(axis=1),
    }


def soft_choice(distances: np.ndarray, sharpness: float) -> np.ndarray:
    """Probabilities of choosing each pair, proportional to exp(-sharpness d / mean d), (trials, alternatives)."""
    logits = -sharpness * distances / distances.mean()
    logits -= logits.max(axis=1, keepdims=True)
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True)


def fitted_sharpness(distances: np.ndarray, votes: np.ndarray) -> float:
    """The sharpness >= 0 that makes all votes most probable: one number from all trials, for a concave likelihood."""

    def loss(sharpness: float) -> float:
        return -float(np.sum(votes * np.log(np.maximum(soft_choice(distances, sharpness), 1e-300))))

    return float(minimize_scalar(loss, bounds=(0, 1000), method="bounded", options={"xatol": 1e-4}).x)


def choice_ceilings(votes: np.ndarray, seed: int) -> dict[str, Ceiling]:
    """Ceilings that the votes allow, by measure.

    `votes`: high: a model that always takes the majority; low: one vote against the majority of the others, ties
    shared, over trials of two votes and more (leave one out). `majority`: people differ, so that a majority of few is
    not always that of many; high: how often the choice that most people would make is the majority of as many votes
    as were cast, low: how often two such majorities agree, both untied, under a Dirichlet distribution of opinions
    fitted to the votes. `soft` has the high ceiling of `votes`, and that of a model that gives each choice its
    probability as low. None where no trial has two votes: then people's agreement cannot be known.
    """
    totals = votes.sum(axis=1)
    several = votes[totals > 1]
    if not len(several):
        return dict.fromkeys(CHOICE_MEASURES, NO_CEILING)
    high = float(np.mean(several.max(axis=1) / several.sum(axis=1)))
    low = float(np.mean([_left_out(row) for row in several]))
    rng = np.random.default_rng([seed, 6])
    concentration = fitted_concentration(several)
    n_alternatives = votes.shape[1]
    opinions = rng.dirichlet(np.full(n_alternatives, concentration), _SIMULATED)
    number = rng.choice(totals, _SIMULATED)
    majorities = [_majority(rng.multinomial(number, opinions)) for _ in range(2)]
    untied = (majorities[0] >= 0) & (majorities[1] >= 0)
    best = opinions.argmax(axis=1)
    reached = float(np.mean((best == majorities[0])[majorities[0] >= 0]))
    repeated = float(np.mean((majorities[0] == majorities[1])[untied]))
    matched = float(np.mean((several * (several - 1)).sum(axis=1) / (several.sum(axis=1) * (several.sum(axis=1) - 1))))
    return {"majority": Ceiling(repeated, reached), "votes": Ceiling(low, high), "soft": Ceiling(matched, high)}


def _left_out(votes: np.ndarray) -> float:
    """Chance that one vote, drawn at random, is the majority of the others."""
    agreed = 0.0
    for choice in np.flatnonzero(votes):
        others = votes - np.eye(len(votes), dtype=int)[choice]
        most = others == others.max()
        agreed += votes[choice] * most[choice] / most.sum()
    return agreed / votes.sum()


def _majority(votes: np.ndarray) -> np.ndarray:
    """The alternative with most votes, (trials,); -1 where several have."""
    most = votes == votes.max(axis=1, keepdims=True)
    return np.where(most.sum(axis=1) == 1, most.argmax(axis=1), -1)


def fitted_concentration(votes: np.ndarray) -> float:
    """Concentration a of the symmetric Dirichlet distribution of opinions under which the votes are most probable.

    `votes`: (trials, alternatives). Small: people agree in each trial; large: they choose at random.
    """
    from scipy.special import gammaln

    totals = votes.sum(axis=1)
    k = votes.shape[1]

    def loss(logarithm: float) -> float:
        a = np.exp(logarithm)
        by_trial = gammaln(k * a) - gammaln(k * a + totals) + np.sum(gammaln(a + votes) - gammaln(a), axis=1)
        return -float(by_trial.sum())

    return float(np.exp(minimize_scalar(loss, bounds=(-7, 7), method="bounded").x))


def choice_agreement(
    condensed: np.ndarray,
    n: int,
    human: HumanChoices,
    ceilings: dict[str, Ceiling],
    classes: np.ndarray | None,
    resampling: Resampling | None,
) -> list[Agreement]:
    """Accuracy of a representation in people's triplets: `all`, and `same_class`, the trials that classes leave open.

    `condensed`: dissimilarities of all n images of the study. Resamples draw images: a trial counts as often as the
    product of its three images' counts. In the null, images trade places. Without `resampling`, estimates and ceilings.
    """
    distances = candidate_distances(condensed, n, human.pairs)
    found = _in_scope("all", condensed, n, human.pairs, human.votes, distances, ceilings, resampling)
    open_trials = _left_open(human.pairs, classes)
    if open_trials is not None:
        found += _in_scope(
            "same_class",
            condensed,
            n,
            human.pairs[open_trials],
            human.votes[open_trials],
            distances[open_trials],
            {},
            resampling,
        )
    return found


def _left_open(pairs: np.ndarray, classes: np.ndarray | None) -> np.ndarray | None:
    """Trials whose pairs are all of one class, or all of two; None unless these are some of the trials, not all."""
    if classes is None:
        return None
    same = classes[pairs[..., 0]] == classes[pairs[..., 1]]
    undecided = (same == same[:, :1]).all(axis=1)
    return np.flatnonzero(undecided) if 1 < undecided.sum() < len(pairs) else None


def _in_scope(
    scope: str,
    condensed: np.ndarray,
    n: int,
    pairs: np.ndarray,
    votes: np.ndarray,
    distances: np.ndarray,
    ceilings: dict[str, Ceiling],
    resampling: Resampling | None,
) -> list[Agreement]:
    images = np.column_stack([pairs[:, 0], pairs[:, 1, 1]])
    judged = np.unique(images)
    observed = scores(distances, votes)
    resampled: dict[str, np.ndarray] = {}
    permuted: dict[str, np.ndarray] = {}
    if resampling:
        resampled = _resampled(observed, np.searchsorted(judged, images), len(judged), resampling)
        permuted = _permuted(condensed, n, pairs, votes, judged, resampling)
    rows: list[Agreement] = []
    for measure in CHOICE_MEASURES:
        known = ~np.isnan(observed[measure])
        if not known.any():
            continue
        estimate = float(observed[measure][known].mean())
        drawn = resampled.get(measure)
        sd = None if drawn is None else float(np.nanstd(drawn, ddof=1) * np.sqrt(len(judged) / (len(judged) - 1)))
        ceiling = ceilings.get(measure, NO_CEILING)
        rows.append(
            Agreement(
                scope=scope,
                measure=measure,
                estimate=estimate,
                **interval_columns(estimate, sd, len(judged), resampling),
                sd=sd,
                sd_images=sd,
                sd_observers=None,
                **null_columns(Null(estimate, permuted[measure]) if permuted else None),
                ceiling_low=ceiling.low,
                ceiling_high=ceiling.high,
                fraction_of_ceiling=estimate / ceiling.high if ceiling.high else None,
                split_half=None,
                n_images=len(judged),
                n_observers=1,
                n_units=int(known.sum()),
                deviations=None if drawn is None else deviations(drawn),
            )
        )
    return rows


def _resampled(
    observed: dict[str, np.ndarray], images: np.ndarray, n_judged: int, resampling: Resampling
) -> dict[str, np.ndarray]:
    """Mean scores in resamples of images, by measure; `images`: those of each trial among the judged, (trials, 3)."""
    counts = draw_counts(resampling.n_bootstraps, np.zeros(n_judged, int), resampling.seed)
    step = max(1, _AT_A_TIME // len(images))
    found: dict[str, list[np.ndarray]] = {measure: [] for measure in observed}
    for start in range(0, len(counts), step):
        part = counts[start : start + step]
        weights = part[:, images[:, 0]] * part[:, images[:, 1]] * part[:, images[:, 2]]
        for measure, values in observed.items():
            known = ~np.isnan(values)
            with np.errstate(invalid="ignore", divide="ignore"):
                found[measure].append(weights @ np.where(known, values, 0) / (weights @ known.astype(float)))
    return {measure: np.concatenate(parts) for measure, parts in found.items()}


def _permuted(
    condensed: np.ndarray, n: int, pairs: np.ndarray, votes: np.ndarray, judged: np.ndarray, resampling: Resampling
) -> dict[str, np.ndarray]:
    """Mean scores when the judged images trade places, by measure, (permutations,)."""
    rng = np.random.default_rng([resampling.seed, 7])
    places = np.searchsorted(judged, pairs)
    found: Sequence[dict[str, np.ndarray]] = [
        scores(candidate_distances(condensed, n, rng.permutation(judged)[places]), votes)
        for _ in range(resampling.n_permutations)
    ]
    return {measure: np.array([np.nanmean(row[measure]) for row in found]) for measure in CHOICE_MEASURES}
