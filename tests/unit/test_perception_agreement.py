"""Agreement with people against rsatoolbox, scipy and plain loops; intervals and ceilings by simulation."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import pdist, squareform

from texalign.information.uncertainty import Resampling
from texalign.perception import agreement, ceilings, coefficients, influence, nulls, resampling, scopes
from texalign.perception.evidence import HumanRdms
from texalign.perception.matching import Coverage

N = 14
CLASSES = np.repeat(np.arange(4), [3, 4, 3, 4])
NOTHING = Coverage((), (), ())


def rdm(seed: int, n: int = N, decimals: int = 1) -> np.ndarray:
    """Distances of random points, with ties."""
    return pdist(np.random.default_rng(seed).normal(size=(n, 3))).round(decimals).astype(np.float32)


def noisy(seed: int, observers: int, noise: float, n: int = N) -> np.ndarray:
    """Distances of shared points, each observer's with noise of its own, (observers, pairs)."""
    rng = np.random.default_rng(seed)
    shared = pdist(rng.normal(size=(n, 3)))
    return np.maximum(shared + noise * rng.normal(size=(observers, len(shared))), 0).astype(np.float32)


def humans(dissimilarities: np.ndarray) -> HumanRdms:
    dissimilarities = np.atleast_2d(dissimilarities)
    n = len(squareform(dissimilarities[0]))
    return HumanRdms(np.arange(n), tuple(map(str, range(len(dissimilarities)))), dissimilarities, NOTHING)


# ------------------------------------------------------------------------------------------------------- coefficients


def test_midranks_are_scipys():
    values = rdm(0)
    np.testing.assert_array_equal(coefficients.midranks(values), stats.rankdata(values))


def slow_tau_a(x: np.ndarray, y: np.ndarray) -> float:
    signs = np.sign(x[:, None] - x) * np.sign(y[:, None] - y)
    return signs[np.triu_indices(len(x), 1)].mean()


def test_coefficients_are_those_of_plain_computations():
    x, y = rdm(0), rdm(1) + rdm(0) / 2
    same = scopes.scopes(N, CLASSES)["all"].same_class
    found = coefficients.correlate(x, y, same)
    assert found["spearman"] == pytest.approx(stats.spearmanr(x, y).statistic)
    assert found["tau_a"] == pytest.approx(slow_tau_a(x, y))
    model = ~same * 1.0
    residuals = []
    for values in (x, y):
        ranks = stats.rankdata(values)
        design = np.column_stack([np.ones(len(model)), model])
        residuals.append(ranks - design @ np.linalg.lstsq(design, ranks, rcond=None)[0])
    assert found["spearman_given_classes"] == pytest.approx(np.corrcoef(*residuals)[0, 1])


def test_pairs_that_were_not_judged_are_left_out_and_equal_ones_are_undefined():
    x, y = rdm(0), rdm(1)
    y[::3] = np.nan
    kept = ~np.isnan(y)
    assert coefficients.correlate(x, y)["spearman"] == pytest.approx(stats.spearmanr(x[kept], y[kept]).statistic)
    assert np.isnan(coefficients.correlate(x, np.ones_like(x))["spearman"])


# ------------------------------------------------------------------------------------------------------------- scopes


def test_scopes_hold_the_pairs_that_they_say():
    condensed = rdm(2, decimals=6)
    square = squareform(condensed)
    found = scopes.scopes(N, CLASSES)
    within = [
        square[i, j] for c in range(4) for i in range(N) for j in range(i + 1, N) if CLASSES[i] == CLASSES[j] == c
    ]
    np.testing.assert_array_equal(found["within_classes"].values(condensed), within)
    means = [square[np.ix_(a == CLASSES, b == CLASSES)].mean() for a in range(4) for b in range(a + 1, 4)]
    np.testing.assert_allclose(found["class_means"].values(condensed), means, rtol=1e-6)


def test_classes_need_not_be_in_order_and_may_be_absent():
    shuffled = np.random.default_rng(0).permutation(N)
    square = squareform(rdm(2, decimals=6))
    found = scopes.scopes(N, CLASSES[shuffled])["class_means"].values(squareform(square[np.ix_(shuffled, shuffled)]))
    np.testing.assert_allclose(found, scopes.scopes(N, CLASSES)["class_means"].values(squareform(square)), rtol=1e-6)
    assert list(scopes.scopes(N, None)) == ["all"]
    assert scopes.scopes(N, None)["all"].measures == ("spearman", "tau_a")


# --------------------------------------------------------------------------------------------------------- resamples


def expanded(square: np.ndarray, counts: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Dissimilarities of the pairs of a sample in which images are drawn repeatedly, without those of copies."""
    drawn = np.repeat(np.arange(len(counts)), counts.astype(int))
    i, j = np.triu_indices(len(drawn), 1)
    kept = (drawn[i] != drawn[j]) & keep[drawn[i], drawn[j]]
    return square[drawn[i[kept]], drawn[j[kept]]]


@pytest.mark.parametrize("scope", ["all", "within_classes"])
def test_resamples_are_those_of_drawn_images_ranked_anew(scope: str):
    x, y = rdm(0), (rdm(1) + rdm(0)).round(1)
    counts = resampling.draw_counts(20, CLASSES * 0, 0)
    found = scopes.scopes(N, CLASSES)[scope].resampled(x, y, counts)
    keep = np.ones((N, N), bool) if scope == "all" else CLASSES[:, None] == CLASSES
    different = squareform((CLASSES[:, None] != CLASSES) * 1.0, checks=False)
    for draw, own in enumerate(counts):
        first, second, model = (expanded(squareform(values), own, keep) for values in (x, y, different))
        assert found["spearman"][draw] == pytest.approx(stats.spearmanr(first, second).statistic, abs=1e-6)
        assert found["tau_a"][draw] == pytest.approx(slow_tau_a(first, second), abs=1e-6)
        if scope == "all":
            r, rx, ry = (
                stats.spearmanr(*pair).statistic for pair in ((first, second), (first, model), (second, model))
            )
            given = (r - rx * ry) / np.sqrt((1 - rx**2) * (1 - ry**2))
            assert found["spearman_given_classes"][draw] == pytest.approx(given, abs=1e-6)


def test_resampled_class_means_are_those_of_drawn_images():
    x, y = rdm(0), rdm(1)
    counts = resampling.draw_counts(5, CLASSES, 0)
    found = scopes.scopes(N, CLASSES)["class_means"].resampled(x, y, counts)
    for draw, own in enumerate(counts):
        weights = np.outer(own, own)
        blocks = [np.ix_(a == CLASSES, b == CLASSES) for a in range(4) for b in range(a + 1, 4)]
        means = [[np.average(square[k], weights=weights[k]) for k in blocks] for square in map(squareform, (x, y))]
        assert found["spearman"][draw] == pytest.approx(stats.spearmanr(*means).statistic)


def test_many_distinct_values_lose_little_by_levels():
    x = pdist(np.random.default_rng(0).normal(size=(60, 3)))
    y = x + 3 * np.random.default_rng(1).random(len(x))
    found = scopes.scopes(60, None)["all"].resampled(x, y, np.ones((1, 60), np.float32))
    exact = coefficients.correlate(x, y)
    assert found["spearman"][0] == pytest.approx(exact["spearman"], abs=1e-3)
    assert found["tau_a"][0] == pytest.approx(exact["tau_a"], rel=0.02)


def test_influences_are_the_derivatives_of_the_coefficients():
    """Against differences: a little more weight on one joint level."""
    rng = np.random.default_rng(0)
    histogram = rng.integers(1, 9, size=(2, 4, 5)).astype(float) * 1e5
    found = influence.influences(histogram)
    before = coefficients.histogram_coefficients(histogram[None])
    for cell in ((0, 0, 0), (0, 3, 2), (1, 1, 4)):
        more = histogram.copy()
        more[cell] += 1e-4 * histogram.sum()
        after = coefficients.histogram_coefficients(more[None])
        for name, own in found.items():
            assert own.value == pytest.approx(before[name][0])
            assert own.table[cell] * 1e-4 == pytest.approx(after[name][0] - before[name][0], rel=2e-3, abs=1e-9)


@pytest.mark.parametrize("scope", ["all", "within_classes"])
def test_resamples_of_first_order_spread_as_those_ranked_anew(monkeypatch: pytest.MonkeyPatch, scope: str):
    """Draw by draw, and in their standard deviation, for 150 images; what is left out falls as one over the number."""
    rng = np.random.default_rng(0)
    classes = np.repeat(np.arange(3), 50)
    shared = 0.7 * rng.normal(size=(3, 4))[classes] + rng.normal(size=(150, 4))
    x, y = (pdist(np.column_stack([shared, rng.normal(size=(150, 4))])) for _ in range(2))
    y[rng.random(len(y)) < 0.1] = np.nan
    counts = resampling.draw_counts(100, classes, 0)
    own = scopes.scopes(150, classes)[scope]
    exact = own.resampled(x, y, counts)
    monkeypatch.setattr(scopes, "MOST_EXACT_PAIRS", 0)
    linear = own.resampled(x, y, counts)
    for name in own.measures:
        assert np.corrcoef(exact[name], linear[name])[0, 1] > 0.99
        assert linear[name].std() == pytest.approx(exact[name].std(), rel=0.04)


def test_draws_keep_the_sizes_of_strata():
    counts = resampling.draw_counts(50, CLASSES, 1)
    for c in range(4):
        assert (counts[:, c == CLASSES].sum(axis=1) == np.sum(c == CLASSES)).all()
    assert counts.max() > 1


# --------------------------------------------------------------------------------------------------------------- null


@pytest.mark.parametrize("n", [7, 8])
def test_permuted_products_are_those_of_permuted_images(n: int):
    x, y = (squareform(pdist(np.random.default_rng(seed).normal(size=(n, 2)))) for seed in (0, 1))
    order = np.random.default_rng(2).permutation(n)
    found = resampling._shifted_products(x, y, order)
    for shift in range(n):
        moved = np.empty(n, int)
        moved[order] = np.roll(order, -shift)
        assert found[shift] == pytest.approx(np.sum(x * y[np.ix_(moved, moved)]) / 2, rel=1e-5)


def test_permutation_null_is_the_distribution_over_single_permutations():
    x, y = rdm(0, 30, 3), rdm(1, 30, 3)
    null = scopes.scopes(30, None)["all"].null(x, [y], 3000, 0)["spearman"]
    assert null.observed == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-6)
    rng = np.random.default_rng(3)
    ranks, square = stats.rankdata(x), squareform(stats.rankdata(y))
    plain = []
    for _ in range(3000):
        order = rng.permutation(30)
        plain.append(np.corrcoef(ranks, squareform(square[np.ix_(order, order)]))[0, 1])
    assert null.permuted.mean() == pytest.approx(np.mean(plain), abs=4 * np.std(plain) / np.sqrt(1500))
    assert null.permuted.std() == pytest.approx(np.std(plain), rel=0.08)


def test_tau_has_a_null_of_its_own():
    """The distribution over single permutations, each with Kendall's tau-a; beyond a size that of first order."""
    x, y = rdm(0, 30, 1), rdm(1, 30, 1)
    blocks = [np.arange(30)]
    rng = np.random.default_rng(3)
    square = squareform(y)
    plain = []
    for _ in range(300):
        order = rng.permutation(30)
        plain.append(slow_tau_a(x, squareform(square[np.ix_(order, order)])))
    pairs = coefficients.RankedPairs.of(x, y)
    for most in (nulls.MOST_TAUS, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(nulls, "MOST_TAUS", most)
            permuted = nulls.PermutedPairs(blocks, pairs.x)
            permuted.add(pairs)
            null = permuted.nulls(1000, 0)["tau_a"]
        assert null.permuted.mean() == pytest.approx(np.mean(plain), abs=4 * np.std(plain) / np.sqrt(300))
        assert null.permuted.std() == pytest.approx(np.std(plain), rel=0.15)
        assert null.observed == pytest.approx(slow_tau_a(x, y), abs=1e-6 if most else 0.02)


def test_permuted_taus_leave_out_what_was_not_judged_and_stay_within_blocks():
    x, y = rdm(0, 12), rdm(1, 12)
    codes = np.repeat([0, 1], 6)
    scope = scopes.scopes(12, codes)["within_classes"]
    y[::7] = np.nan
    null = scope.null(x, [y], 200, 0)["tau_a"]
    assert null.observed == pytest.approx(scope.correlate(x, y)["tau_a"], abs=1e-6)
    # Brute force: images of either class in any order.
    square, rng, plain = squareform(np.nan_to_num(y, nan=-1)), np.random.default_rng(0), []
    within = [(i, j) for i in range(12) for j in range(i + 1, 12) if codes[i] == codes[j]]
    kept = np.array(within)
    for _ in range(400):
        order = np.concatenate([rng.permutation(6), 6 + rng.permutation(6)])
        first, second = squareform(x)[tuple(kept.T)], square[order[kept[:, 0]], order[kept[:, 1]]]
        plain.append(slow_tau_a(first[second >= 0], second[second >= 0]))
    assert null.permuted.mean() == pytest.approx(np.mean(plain), abs=4 * np.std(plain) / np.sqrt(100))
    assert null.permuted.std() == pytest.approx(np.std(plain), rel=0.25)


def test_p_values_of_unrelated_representations_are_uniform():
    p = []
    for seed in range(200):
        x, y = rdm(seed, 12, 3), rdm(10_000 + seed, 12, 3)
        null = scopes.scopes(12, None)["all"].null(x, [y], 99, seed)["spearman"]
        p.append(agreement.null_columns(null)["null_p"])
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_null_within_classes_leaves_what_classes_explain():
    """Classes that differ in spread agree by that alone, and the null says so."""
    rng = np.random.default_rng(0)
    classes = np.repeat([0, 1], 20)
    spread = np.where(classes == 0, 1, 4)[:, None]
    x, y = (pdist(rng.normal(size=(40, 3)) * spread) for _ in range(2))
    null = scopes.scopes(40, classes)["within_classes"].null(x, [y], 500, 0)["spearman"]
    assert null.observed > 0.5
    assert abs(null.observed - null.permuted.mean()) < 3 * null.permuted.std()


# -------------------------------------------------------------------------------------------------------- rsatoolbox


@pytest.mark.parametrize("measure", ["spearman", "tau_a"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_observer_ceilings_are_rsatoolboxs(measure: str):
    from rsatoolbox.inference import boot_noise_ceiling
    from rsatoolbox.rdm import RDMs

    dissimilarities = noisy(0, 6, 0.7)
    low, high = boot_noise_ceiling(RDMs(dissimilarities), method=measure.replace("_", "-"))
    found = ceilings.observer_ceilings(dissimilarities, scopes.scopes(N, None)["all"])[measure]
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-6)


def test_resamples_of_images_and_observers_are_rsatoolboxs():
    """The same draws by its code and by ours."""
    from rsatoolbox.inference.bootstrap import bootstrap_sample
    from rsatoolbox.rdm import RDMs, compare

    dissimilarities, x = noisy(1, 5, 0.7).round(1), rdm(1)
    data, model = RDMs(dissimilarities), RDMs(x[None])
    np.random.seed(0)  # noqa: NPY002 - what rsatoolbox draws from
    for _ in range(10):
        sample, observers, images = bootstrap_sample(data)
        theirs = np.mean(compare(model.subsample_pattern("index", images), sample, "spearman"))
        counts = np.bincount(images, minlength=N).astype(np.float32)[None]
        scope = scopes.scopes(N, None)["all"]
        ours = np.mean([scope.resampled(x, dissimilarities[o], counts)["spearman"][0] for o in observers])
        assert ours == pytest.approx(theirs, abs=1e-6)


def test_combined_variance_is_rsatoolboxs():
    from rsatoolbox.util.inference_util import _dual_bootstrap

    for images, observers, both in ((0.02, 0.01, 0.05), (0.02, 0.01, 0.025), (0.001, 0.03, 0.2)):
        theirs = _dual_bootstrap(np.array([both, observers, images]), n_rdm=6, n_pattern=20)
        assert resampling.combined_variance(images, observers, both, 20, 6) == pytest.approx(float(theirs))


# --------------------------------------------------------------------------------------------- promises, by simulation


def test_the_perfect_model_lies_between_the_ceilings():
    """On average over samples: of each it need not, as the low ceiling is an estimate itself."""
    scope = scopes.scopes(20, None)["all"]
    found = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        truth = pdist(rng.normal(size=(20, 3)))
        people = np.maximum(truth + rng.normal(size=(5, len(truth))), 0)
        bounds = ceilings.observer_ceilings(people, scope)["spearman"]
        found.append((bounds.low, np.mean([stats.spearmanr(truth, own).statistic for own in people]), bounds.high))
    low, perfect, high = np.mean(found, axis=0)
    assert low < perfect < high
    assert all(perfect < high for _, perfect, high in found)


class NoisyHalves:
    """People pooled, whose halves have independent normal errors."""

    def __init__(self, truth: np.ndarray, noise: float):
        self.truth, self.noise = truth, noise

    def split(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        first, second = (self.truth + self.noise * rng.normal(size=len(self.truth)) for _ in range(2))
        return first, second


@pytest.mark.parametrize("measure", ["spearman", "tau_a"])
def test_halves_give_what_the_perfect_model_reaches(measure: str):
    """Normal values with errors: two halves of error variance 1 make a whole of 1/2, which correlates with the truth by
    r = sqrt(2/3); Spearman's is then 6/pi asin(r/2), tau 2/pi asin(r).
    """
    truth = np.random.default_rng(0).normal(size=80 * 79 // 2)
    scope = scopes.scopes(80, None)["all"]
    bounds = ceilings.split_half_ceilings(NoisyHalves(truth, 1.0), scope, 0)[measure]
    r = np.sqrt(2 / 3)
    reached = 6 / np.pi * np.arcsin(r / 2) if measure == "spearman" else 2 / np.pi * np.arcsin(r)
    assert bounds.high == pytest.approx(reached, abs=0.02)
    assert bounds.split < bounds.low < bounds.high


def test_halves_that_do_not_agree_give_no_ceiling():
    class Opposed:
        def split(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
            return rdm(0), -rdm(0)

    assert ceilings.split_half_ceilings(Opposed(), scopes.scopes(N, None)["all"], 0)["spearman"].high is None


def test_intervals_cover_with_images_and_observers_both_random():
    """Agreement of a model with a population of observers over a population of images, from 10 of the one and 20 of the
    other: 95% intervals hold the truth in 95% of studies, within what 100 studies can tell.
    """

    # The model sees two dimensions, each observer these and one more in proportions of their own; judgements have
    # steps, which keep resamples quick.
    def study(rng: np.random.Generator, n: int, observers: int) -> tuple[np.ndarray, np.ndarray]:
        images = rng.normal(size=(n, 3))
        views = images * rng.uniform(0.2, 1.5, size=(observers, 1, 3))
        return np.minimum(pdist(images[:, :2]), 4).round(), np.stack([np.minimum(pdist(v), 4).round() for v in views])

    x, people = study(np.random.default_rng(0), 300, 100)
    truth = np.mean([stats.spearmanr(x, own).statistic for own in people])
    covered = []
    for seed in range(100):
        x, people = study(np.random.default_rng(1 + seed), 20, 10)
        found = agreement.rdm_agreement(x, humans(people), {}, None, Resampling(seed, 1, 60, 0.95))
        covered.append(found[0].ci_low <= truth <= found[0].ci_high)
    assert 0.89 <= np.mean(covered) <= 0.99


# ------------------------------------------------------------------------------------------------------ whole results


def test_agreement_row_by_row():
    people = noisy(0, 4, 0.5)
    human = humans(people)
    bounds = {name: ceilings.ceilings(human, scope, 0) for name, scope in scopes.scopes(N, CLASSES).items()}
    found = agreement.rdm_agreement(rdm(0), human, bounds, CLASSES, Resampling(0, 50, 50, 0.95))
    assert [(row.scope, row.measure) for row in found] == [
        *(("all", measure) for measure in ("spearman", "tau_a", "spearman_given_classes")),
        *(("within_classes", measure) for measure in ("spearman", "tau_a")),
        *(("class_means", measure) for measure in ("spearman", "tau_a")),
    ]
    first = found[0]
    assert first.estimate == pytest.approx(
        np.mean([stats.spearmanr(rdm(0), own).statistic for own in people]), abs=1e-6
    )
    assert first.ci_low < first.estimate < first.ci_high
    assert max(first.sd_images, first.sd_observers) <= first.sd
    assert first.fraction_of_ceiling == pytest.approx(first.estimate / first.ceiling_high)
    assert (first.n_images, first.n_observers, first.n_units) == (N, 4, N * (N - 1) // 2)


def test_only_the_judged_images_of_a_representation_count():
    square = squareform(rdm(0, 20, 4))
    rows = np.array([1, 4, 5, 9, 19])
    np.testing.assert_array_equal(agreement.subset(squareform(square), rows), squareform(square[np.ix_(rows, rows)]))
    with pytest.raises(ValueError, match="not those of all images"):
        agreement.subset(np.ones(10), np.array([0, 7]))


def test_representations_without_differences_are_refused():
    with pytest.raises(ValueError, match="all of the representation's dissimilarities are equal"):
        agreement.rdm_agreement(np.ones_like(rdm(0)), humans(rdm(1)), {}, None, Resampling(0, 1, 2, 0.95))
