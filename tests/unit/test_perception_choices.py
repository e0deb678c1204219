"""Agreement with choices in triplets against plain loops, and what ceilings promise, by simulation."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform
from sklearn.linear_model import LogisticRegression

from texalign.information.uncertainty import Resampling
from texalign.perception import choices
from texalign.perception.evidence import HumanChoices
from texalign.perception.matching import Coverage

N = 15
NOTHING = Coverage((), (), ())


def two_of(n_trials: int, seed: int = 0, n: int = N) -> np.ndarray:
    """Pairs (reference, a), (reference, b) of random triplets, (trials, 2, 2)."""
    rng = np.random.default_rng(seed)
    images = np.array([rng.permutation(n)[:3] for _ in range(n_trials)])
    return np.stack([images[:, [0, 1]], images[:, [0, 2]]], axis=1)


def three_of(n_trials: int, seed: int = 0, n: int = N) -> np.ndarray:
    images = two_of(n_trials, seed, n)
    a, b, c = np.sort(np.column_stack([images[:, 0], images[:, 1, 1]]), axis=1).T
    return np.stack([np.column_stack(pair) for pair in ((a, b), (a, c), (b, c))], axis=1)


@pytest.fixture
def condensed() -> np.ndarray:
    return pdist(np.random.default_rng(3).normal(size=(N, 2))).astype(np.float32)


@pytest.mark.parametrize("offer", [two_of, three_of])
def test_nearest_choices_are_those_of_a_loop(condensed: np.ndarray, offer):
    pairs = offer(60)
    votes = np.random.default_rng(1).integers(0, 4, size=pairs.shape[:2]) + np.eye(pairs.shape[1], dtype=int)[0]
    square = squareform(condensed)
    found = choices.scores(choices.candidate_distances(condensed, N, pairs), votes)
    for trial, (offered, own) in enumerate(zip(pairs, votes, strict=True)):
        nearest = int(np.argmin([square[i, j] for i, j in offered]))
        assert found["votes"][trial] == pytest.approx(own[nearest] / own.sum())
        if np.sum(own == own.max()) > 1:
            assert np.isnan(found["majority"][trial])
        else:
            assert found["majority"][trial] == (nearest == own.argmax())


def test_equally_near_pairs_share_the_choice():
    found = choices.scores(np.array([[1.0, 1.0], [1.0, 2.0]]), np.array([[3, 1], [0, 4]]))
    assert found["majority"].tolist() == [0.5, 0]
    assert found["votes"].tolist() == [0.5, 0]


def test_soft_choice_between_two_is_logistic_regression():
    rng = np.random.default_rng(0)
    distances = rng.uniform(1, 3, size=(400, 2))
    difference = (distances[:, 1] - distances[:, 0]) / distances.mean()
    chosen = rng.random(400) < 1 / (1 + np.exp(-3 * difference))
    votes = np.column_stack([chosen, ~chosen]).astype(int)
    fitted = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-8).fit(difference[:, None], chosen)
    found = choices.fitted_sharpness(distances, votes)
    assert found == pytest.approx(fitted.coef_[0, 0], abs=1e-3)
    probabilities = choices.soft_choice(distances, found)
    np.testing.assert_allclose(probabilities[:, 0], fitted.predict_proba(difference[:, None])[:, 1], atol=1e-4)


def test_distances_without_a_bearing_on_choices_are_used_softly():
    rng = np.random.default_rng(0)
    distances = rng.uniform(1, 3, size=(2000, 3))
    votes = rng.multinomial(1, [1 / 3] * 3, size=2000)
    soft = choices.scores(distances, votes)["soft"]
    assert soft.mean() == pytest.approx(1 / 3, abs=0.01)


# ------------------------------------------------------------------------------------------------------------ ceilings


@pytest.mark.parametrize(("n_alternatives", "concentration"), [(2, 0.3), (2, 2.0), (3, 0.5)])
def test_ceilings_are_what_those_who_know_all_opinions_reach(n_alternatives: int, concentration: float):
    rng = np.random.default_rng(0)
    opinions = rng.dirichlet(np.full(n_alternatives, concentration), 40_000)
    votes = rng.multinomial(4, opinions)
    assert choices.fitted_concentration(votes) == pytest.approx(concentration, rel=0.05)
    found = choices.choice_ceilings(votes, 0)
    best = opinions.argmax(axis=1)
    untied = np.sum(votes == votes.max(axis=1, keepdims=True), axis=1) == 1
    assert found["majority"].high == pytest.approx(np.mean(best[untied] == votes.argmax(axis=1)[untied]), abs=0.01)
    again = rng.multinomial(4, opinions)
    both = untied & (np.sum(again == again.max(axis=1, keepdims=True), axis=1) == 1)
    assert found["majority"].low == pytest.approx(
        np.mean((votes.argmax(axis=1) == again.argmax(axis=1))[both]), abs=0.01
    )
    # Who knows all opinions lies between the ceilings of votes.
    share = np.mean(opinions.max(axis=1))
    assert found["votes"].low < share < found["votes"].high
    # A model that chooses as often as people do.
    assert found["soft"].low == pytest.approx(np.mean(np.sum(opinions**2, axis=1)), abs=0.01)


def test_left_out_votes_are_those_of_a_loop():
    for votes in ([3, 1], [2, 2], [1, 1], [4, 0], [2, 1, 1]):
        ballots = [choice for choice, count in enumerate(votes) for _ in range(count)]
        agreed = []
        for place, ballot in enumerate(ballots):
            others = np.bincount(ballots[:place] + ballots[place + 1 :], minlength=len(votes))
            winners = np.flatnonzero(others == others.max())
            agreed.append((ballot in winners) / len(winners))
        assert choices._left_out(np.array(votes)) == pytest.approx(np.mean(agreed))


def test_single_votes_tell_no_ceiling():
    found = choices.choice_ceilings(np.array([[1, 0], [0, 1]]), 0)
    assert all(ceiling.high is None for ceiling in found.values())


# ----------------------------------------------------------------------------------------------------------- agreement


def people(condensed: np.ndarray, pairs: np.ndarray, noise: float, seed: int = 5) -> np.ndarray:
    """Votes of 5 people who take the nearest pair, each with noise."""
    rng = np.random.default_rng(seed)
    distances = choices.candidate_distances(condensed, N, pairs)
    votes = np.zeros(distances.shape, int)
    for _ in range(5):
        chosen = (distances + noise * rng.normal(size=distances.shape)).argmin(axis=1)
        votes[np.arange(len(votes)), chosen] += 1
    return votes


def test_agreement_with_people_who_see_the_same(condensed: np.ndarray):
    pairs = three_of(200)
    human = HumanChoices(pairs, people(condensed, pairs, 0.3), NOTHING)
    bounds = choices.choice_ceilings(human.votes, 0)
    found = choices.choice_agreement(condensed, N, human, bounds, None, Resampling(0, 200, 200, 0.95))
    assert [(row.scope, row.measure) for row in found] == [("all", name) for name in ("majority", "votes", "soft")]
    for row in found:
        assert row.null_p == 1 / 201
        assert row.null_mean == pytest.approx(1 / 3, abs=0.07)
        assert row.ci_low < row.estimate < row.ci_high
        assert row.fraction_of_ceiling == pytest.approx(row.estimate / row.ceiling_high)


def test_resamples_weigh_trials_by_their_images(condensed: np.ndarray):
    pairs = two_of(40)
    human = HumanChoices(pairs, people(condensed, pairs, 0.5), NOTHING)
    observed = choices.scores(choices.candidate_distances(condensed, N, pairs), human.votes)
    found = choices._resampled(observed, human.images, N, Resampling(0, 1, 5, 0.95))
    counts = choices.draw_counts(5, np.zeros(N, int), 0)
    for draw, own in enumerate(counts):
        repeated = np.repeat(observed["votes"], [int(own[a] * own[b] * own[c]) for a, b, c in human.images])
        assert found["votes"][draw] == pytest.approx(repeated.mean())


def test_trials_that_classes_leave_open_are_a_scope_of_their_own(condensed: np.ndarray):
    classes = np.arange(N) % 3
    pairs = two_of(120)
    human = HumanChoices(pairs, people(condensed, pairs, 0.5), NOTHING)
    found = choices.choice_agreement(condensed, N, human, {}, classes, Resampling(0, 5, 5, 0.95))
    open_trials = [
        trial
        for trial, ((r, a), (_, b)) in enumerate(pairs)
        if (classes[r] == classes[a]) == (classes[r] == classes[b])
    ]
    expected = choices.scores(choices.candidate_distances(condensed, N, pairs[open_trials]), human.votes[open_trials])
    row = next(row for row in found if (row.scope, row.measure) == ("same_class", "votes"))
    assert (row.estimate, row.n_units) == (pytest.approx(expected["votes"].mean()), len(open_trials))
