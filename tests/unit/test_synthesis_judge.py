"""How a network judges syntheses: beside other textures, on a scale of each target's own."""

import math
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest
import torch
from torch import Tensor

from texalign.representations import registry
from texalign.synthesis.judge import Judge, Made
from texalign.synthesis.judgements import ANCHORS, UNRELATED, Judgement, read_judgements, write_judgements
from texalign.synthesis.loss import TextureLoss
from texalign.synthesis.pixels import mid_grey
from toy_syntheses import SIZE, random_image, texture, toy_maps

# One target is far from all others, whose contrast is low: their losses against each other are a thousandth.
EXEMPLARS = {"stripes": texture(), "noise": 0.5 + 0.03 * random_image(1), "grain": 0.5 + 0.03 * random_image(2)}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As in test_synthesis."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def judge(exemplars: dict[str, Tensor] | None = None, names: tuple[str, ...] = ("gram",), **options: object) -> Judge:
    return Judge("toy", toy_maps(), [registry.get(name) for name in names], exemplars or EXEMPLARS, **options)


def made(texture_name: str, image: Tensor, representation: str = "gram") -> Made:
    return Made("maker", representation, texture_name, 0, image)


def plain_loss(target: Tensor, image: Tensor, name: str = "gram") -> float:
    return TextureLoss(toy_maps(), registry.get(name), target).by_layer(image).total


def test_losses_are_relative_to_those_of_unrelated_exemplars_against_the_same_target() -> None:
    judging = judge()
    for target, exemplar in EXEMPLARS.items():
        others = [plain_loss(exemplar, other) for name, other in EXEMPLARS.items() if name != target]
        (found,) = judging.judge(made(target, random_image(7)))
        assert found.unrelated_loss == pytest.approx(math.prod(others) ** (1 / len(others)), rel=1e-4)
        assert found.relative_loss == pytest.approx(
            plain_loss(exemplar, random_image(7)) / found.unrelated_loss, rel=1e-4
        )


def test_unrelated_exemplars_are_at_one_for_every_target() -> None:
    """Against one mean over all pairs, as it was, those of one target lay at 2 and those of another at .001.

    Correction 1 of docs/differences.md.
    """
    unrelated = [each for each in judge().anchors() if each.kind == UNRELATED]
    assert {(each.texture, each.model) for each in unrelated} == set(permutations(EXEMPLARS, 2))
    for target in EXEMPLARS:
        ratios = [each.relative_loss for each in unrelated if each.texture == target]
        assert math.prod(ratios) == pytest.approx(1, rel=1e-6)
    mean = sum(each.loss for each in unrelated) / len(unrelated)
    assert min(each.loss / mean for each in unrelated) < 0.01 < 1 < max(each.loss / mean for each in unrelated)


def test_images_whose_likeness_is_known_are_judged_beside() -> None:
    """Correction 1 of docs/differences.md."""
    anchors = {(each.kind, each.texture): each for each in judge().anchors() if each.kind in ANCHORS}
    assert set(anchors) == {(kind, texture_name) for kind in ANCHORS for texture_name in EXEMPLARS}
    stripes = EXEMPLARS["stripes"]
    assert anchors["flat grey", "stripes"].loss == pytest.approx(plain_loss(stripes, mid_grey(stripes)), rel=1e-4)
    assert anchors["mirror image", "stripes"].loss == pytest.approx(plain_loss(stripes, stripes.flip(3)), rel=1e-4)
    half = SIZE // 2
    crop = anchors["another crop", "stripes"]
    assert crop.loss == pytest.approx(plain_loss(stripes[..., :half, :half], stripes[..., half:, half:]), rel=1e-4)
    # Stripes repeat from quarter to quarter; grey has none, and mirrored ones run the other way.
    assert crop.relative_loss < 0.1 < anchors["mirror image", "stripes"].relative_loss


def test_every_representation_judges_from_one_pass() -> None:
    judging = judge(names=("gram", "mean"), weighting="paper")
    found = judging.judge(made("stripes", random_image(7), "mean"))
    assert [(each.judged_by, each.representation) for each in found] == [("gram", "mean"), ("mean", "mean")]
    for each in found:
        assert each.loss == pytest.approx(plain_loss(EXEMPLARS["stripes"], random_image(7), each.judged_by), rel=1e-4)


def test_an_image_of_another_size_is_judged_as_if_it_had_the_exemplars() -> None:
    tiled = random_image(7).repeat(1, 1, 2, 2)
    (large,), (small,) = (judge().judge(made("stripes", image)) for image in (tiled, random_image(7)))
    assert large.loss == pytest.approx(small.loss, rel=1e-3)


def test_crops_too_small_for_the_network_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    exemplars = {name: image[..., :16, :16] for name, image in EXEMPLARS.items()}
    judging = Judge("toy", toy_maps("unpadded", ("0", "1")), [registry.get("gram")], exemplars)
    assert {each.kind for each in judging.anchors()} == {*ANCHORS, UNRELATED} - {"another crop"}
    assert "does not judge another crop" in caplog.text


def test_exemplars_that_tell_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        judge({"stripes": texture()})
    with pytest.raises(ValueError, match="stripes and again are the same image"):
        judge({"stripes": texture(), "again": texture(), "noise": random_image(1)})
    with pytest.raises(ValueError, match="maker: no exemplar is given for its texture 'dots'"):
        judge().judge(made("dots", random_image(1)))


def test_judgements_are_read_as_written(tmp_path: Path) -> None:
    judgements = [
        Judgement("a", "gram", "synthesis", "b", "mean", "stripes", 3, 0.1, 0.4),
        Judgement("a", "gram", "flat grey", "", "", "stripes", None, 0.2, 0.4),
    ]
    write_judgements(tmp_path / "a.tsv", judgements)
    assert read_judgements(tmp_path / "a.tsv") == judgements
    (tmp_path / "old.tsv").write_text("judge\tmodel\nb\ta\n")
    with pytest.raises(ValueError, match=r"old\.tsv: has the columns judge, model; expected"):
        read_judgements(tmp_path / "old.tsv")
