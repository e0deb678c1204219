"""Probes and agreement with people on drawn images, and what they say of differences between representations."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from texalign.information import deviations, differences, probe_draws, probes
from texalign.information.contingency import drawn_images
from texalign.information.rows import LayerName
from texalign.information.uncertainty import Resampling
from texalign.perception.agreement import rdm_agreement
from texalign.perception.choices import choice_agreement, scores
from texalign.perception.evidence import Coverage, HumanChoices, HumanRdms
from texalign.perception.resampling import draw_counts
from texalign.perception.scopes import scopes

CLASSES = np.repeat(np.arange(4), 15)
N = len(CLASSES)
DRAWS, SEED = 400, 3
NOTHING = Coverage((), (), ())


def points(spread: float, seed: int, classes: np.ndarray = CLASSES) -> np.ndarray:
    """Images of four classes at the corners of a square, about which they are spread."""
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)[classes]
    return corners + np.random.default_rng(seed).normal(scale=spread, size=(len(classes), 2))


def distances(spread: float, seed: int) -> np.ndarray:
    return pdist(points(spread, seed))


def plain_auc(condensed: np.ndarray, classes: np.ndarray, drawn: np.ndarray) -> float:
    """Of the drawn images by going through all pairs of pairs; an image and its copy are no pair."""
    square = np.zeros((len(classes), len(classes)))
    square[np.triu_indices(len(classes), 1)] = condensed
    square += square.T
    i, j = np.triu_indices(len(drawn), 1)
    i, j = drawn[i], drawn[j]
    i, j = i[i != j], j[i != j]
    values, between = square[i, j], classes[i] != classes[j]
    apart, near = values[between][:, None], values[~between][None]
    return float(np.mean((apart > near) + 0.5 * (apart == near)))


def test_drawn_probes_are_those_of_the_drawn_images():
    condensed = distances(0.5, 0)
    probed = probes.probe_distances(condensed, CLASSES, 3, SEED)
    found = probe_draws.probe_deviations(condensed, probed, DRAWS, SEED)
    drawn = np.concatenate(list(drawn_images(CLASSES, DRAWS, SEED)))
    assert (CLASSES[drawn] == CLASSES[np.argsort(CLASSES, kind="stable")]).all()
    for name, right in (("knn_accuracy", probed.knn), ("linear_accuracy", probed.linear.predictions)):
        accuracies = (right == CLASSES)[drawn].mean(axis=1)
        np.testing.assert_allclose(found[name], accuracies - accuracies.mean(), atol=1e-6)
        assert accuracies.std() > 0.02


def test_the_drawn_auc_is_that_of_plain_resamples_but_for_terms_of_second_order():
    condensed = pdist(points(0.6, 1).round(1))  # with ties
    probed = probes.probe_distances(condensed, CLASSES, 3, SEED)
    found = probe_draws.probe_deviations(condensed, probed, 60, SEED)["class_model_auc"]
    drawn = np.concatenate(list(drawn_images(CLASSES, 60, SEED)))
    plain = np.array([plain_auc(condensed, CLASSES, row) for row in drawn])
    plain -= plain.mean()
    assert np.corrcoef(found, plain)[0, 1] > 0.99
    assert found.std() == pytest.approx(plain.std(), rel=0.1)
    everything = np.ones((1, N), np.float32)
    assert probe_draws.drawn_auc(condensed, CLASSES, probed.class_model.auc, everything) == pytest.approx(
        plain_auc(condensed, CLASSES, np.arange(N)), abs=1e-6
    )


# ---------------------------------------------------------------------------------------------- agreement with people


def judged(n_observers: int = 2) -> HumanRdms:
    noise = np.random.default_rng(20).normal(scale=0.3, size=(n_observers, N * (N - 1) // 2))
    observers = tuple(map(str, range(n_observers)))
    return HumanRdms(np.arange(N), observers, np.abs(distances(0.3, 10) + noise).astype(np.float32), NOTHING)


@pytest.mark.parametrize("n_observers", [1, 2])
def test_deviations_of_agreement_are_those_of_the_same_drawn_images(n_observers: int):
    human, x = judged(n_observers), distances(0.5, 0)
    resampling = Resampling(SEED, 1, 50, 0.9)
    found = rdm_agreement(x, human, {}, CLASSES, resampling)
    counts = draw_counts(50, CLASSES, SEED)
    for each in found:
        scope = scopes(N, CLASSES)[each.scope]
        values = np.mean([scope.resampled(x, y, counts)[each.measure] for y in human.dissimilarities], axis=0)
        np.testing.assert_allclose(each.deviations, values - values.mean(), atol=1e-9)
        assert "deviations" not in each.row()
    assert all(each.deviations is None for each in rdm_agreement(x, human, {}, CLASSES, None))


def test_deviations_of_accuracy_on_triplets_weigh_trials_by_their_images():
    rng = np.random.default_rng(0)
    trials = np.array([rng.permutation(N)[:3] for _ in range(300)])
    pairs = np.stack([trials[:, [0, 1]], trials[:, [0, 2]]], axis=1)
    human = HumanChoices(pairs, rng.multinomial(5, [0.7, 0.3], size=300), NOTHING)
    x = distances(0.5, 0)
    (found,) = (
        each
        for each in choice_agreement(x, N, human, {}, None, Resampling(SEED, 1, 50, 0.9))
        if each.measure == "votes"
    )
    from texalign.perception.choices import candidate_distances

    right = scores(candidate_distances(x, N, pairs), human.votes)["votes"]
    counts = draw_counts(50, np.zeros(N, int), SEED)
    weights = np.prod([counts[:, trials[:, place]] for place in range(3)], axis=0)
    values = weights @ right / weights.sum(axis=1)
    np.testing.assert_allclose(found.deviations, values - values.mean(), atol=1e-6)
    assert found.sd == pytest.approx(values.std(ddof=1) * np.sqrt(N / (N - 1)), rel=1e-6)


# --------------------------------------------------------------------------------------------------------- differences


def measured(condensed: np.ndarray) -> dict[str, tuple[float, np.ndarray]]:
    """Estimate and deviations of every probe and of agreement with people."""
    probed = probes.probe_distances(condensed, CLASSES, 3, SEED)
    columns = probes.probe_columns(probed)
    drawn = probe_draws.probe_deviations(condensed, probed, DRAWS, SEED)
    found = {name: (getattr(columns, name), values) for name, values in drawn.items()}
    agreements = rdm_agreement(condensed, judged(), {}, CLASSES, Resampling(SEED, 1, DRAWS, 0.9))
    said = next(each for each in agreements if (each.scope, each.measure) == ("all", "spearman"))
    return found | {"said.all.spearman": (said.estimate, said.deviations)}


def compared(tmp_path, by_representation: dict[str, np.ndarray]) -> list[differences.DifferenceRow]:
    """Differences to `gram` by way of the tables, of every measure."""
    values, files = [], []
    for name, condensed in by_representation.items():
        layer = LayerName(name, "unit", "a", "L1")
        found = measured(condensed)
        values.append({**vars(layer), **{measure: repr(float(value)) for measure, (value, _) in found.items()}})
        files.append(tmp_path / f"{name}.tsv")
        deviations.write_deviations(files[-1], [(layer, {measure: drawn for measure, (_, drawn) in found.items()})])
    from texalign.artifacts.tables import read_tsv

    drawn = deviations.deviations_of((str(file), read_tsv(file)) for file in files)
    measures = [column for column in values[0] if column not in ("representation", "protocol", "model", "layer")]
    assert len(measures) == 4
    return [
        row
        for measure in measures
        for row in differences.difference_rows(
            measure, differences.resampled_layers(measure, values, drawn), "gram", 0.9
        )
        if (row.representation, row.model, row.layer) == ("other", "a", "L1")
    ]


def test_equal_representations_differ_by_nothing_in_no_draw(tmp_path):
    same = distances(0.5, 0)
    for row in compared(tmp_path, {"gram": same, "other": same.copy()}):
        assert row.value == row.reference_value
        assert row.difference == row.low == row.high == 0


def test_a_worse_representation_is_worse_by_every_measure(tmp_path):
    """Of one that loses what tells classes apart, the whole interval lies below 0; and the interval is narrower than
    that of representations of images drawn apart.
    """
    gram, other = distances(0.3, 10), pdist(points(0.3, 10) + np.random.default_rng(5).normal(scale=1.5, size=(N, 2)))
    for row in compared(tmp_path, {"gram": gram, "other": other}):
        assert row.low < row.difference < row.high < 0, row.measure
        assert row.difference == pytest.approx(row.value - row.reference_value)


def test_intervals_cover_the_difference_of_two_representations():
    """In studies of other images: accuracies of rules that learn nothing from them, whose difference is known."""
    covered = []
    for study in range(200):
        images = points(0.45, 1000 + study)
        corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
        both = ((images[:, None] - corners) ** 2).sum(axis=2).argmin(axis=1) == CLASSES
        one = (images[:, 0] > 0.5) == (CLASSES > 1)
        counts = probe_draws._counted(np.concatenate(list(drawn_images(CLASSES, 300, SEED))))
        drawn = [counts @ right / N for right in (both, one)]
        resampled = {
            name: {differences.Place("unit", "a", "L1"): differences.Resampled(right.mean(), its - its.mean())}
            for name, right, its in zip(("other", "gram"), (both, one), drawn, strict=True)
        }
        row = next(
            row
            for row in differences.difference_rows("knn_accuracy", resampled, "gram", 0.9)
            if (row.representation, row.layer) == ("other", "L1")
        )
        covered.append(row.low <= TRUTH <= row.high)
    assert 0.84 <= np.mean(covered) <= 0.95


def _truth() -> float:
    many = np.repeat(np.arange(4), 50_000)
    images = points(0.45, 7, many)
    one = (images[:, 0] > 0.5) == (many > 1)
    other = (images[:, 1] > 0.5) == (many % 2 == 1)
    return float(np.mean(one & other) - np.mean(one))


TRUTH = _truth()
