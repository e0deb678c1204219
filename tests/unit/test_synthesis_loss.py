"""The loss of a synthesis: any representation, weighted by layers, against plain formulas."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from support import DATA, needs_data
from texalign.artifacts.tap import numbered_taps
from texalign.names import PARAMETRIZATIONS, REPRESENTATIONS, WEIGHTINGS
from texalign.networks.sources import Architecture
from texalign.networks.taps import TappedNetwork, check_image_size
from texalign.networks.weights import load_weights, read_state_dict
from texalign.representations import registry
from texalign.synthesis import loss as synthesis_loss
from texalign.synthesis.loss import ImageMaps, TextureLoss, default_weighting
from texalign.synthesis.pixels import load_exemplar, mid_grey, parametrization
from toy_networks import STRIDE
from toy_syntheses import NORMALIZATION, SIZE, random_image, texture, toy_loss, toy_maps, toy_network

GRAM = registry.get("gram")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """The images are too small to be worth a second thread, which only waits where other work keeps the cores busy."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("name", PARAMETRIZATIONS)
def test_gradient_agrees_with_finite_differences(name: str) -> None:
    network = toy_network()
    network.network.double()
    exemplar = texture(16).double()
    loss = TextureLoss(ImageMaps(network, NORMALIZATION), GRAM, exemplar)
    pixels = parametrization(name, NORMALIZATION)
    variables = pixels.variables(0.2 + 0.6 * random_image(0, 16).double()).requires_grad_()
    loss(pixels.pixels(variables)).backward()
    directions = torch.randn(5, *variables.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    step = 1e-6 * float(variables.detach().abs().mean())
    for direction in directions:
        with torch.no_grad():
            ahead = loss(pixels.pixels(variables + step * direction))
            behind = loss(pixels.pixels(variables - step * direction))
        expected = float(ahead - behind) / (2 * step)
        assert float((variables.grad * direction).sum()) == pytest.approx(expected, rel=1e-5)


def test_loss_of_the_exemplar_is_zero() -> None:
    loss = toy_loss()
    assert float(loss(texture())) == 0
    assert loss.by_layer(texture()).layers == {"L1": 0, "L2": 0}
    assert float(loss(random_image(0))) > 0


def test_layers_in_another_order_than_the_networks_keep_their_own_losses() -> None:
    image = random_image(0)
    factors = {"L1": 0.0, "L2": 3.0}
    for modules in (("0", "2"), ("2", "0")):
        found = TextureLoss(toy_maps(modules=modules), GRAM, texture(), factors=factors).by_layer(image).layers
        alone = TextureLoss(toy_maps(modules=modules[1:]), GRAM, texture())(image)
        assert found == {"L1": 0.0, "L2": pytest.approx(3 * float(alone), rel=1e-5)}


def test_loss_does_not_change_when_the_image_rolls_by_the_stride() -> None:
    loss = toy_loss()
    image = random_image(0)
    before = float(loss(image))
    assert float(loss(image.roll((STRIDE, -2 * STRIDE), (2, 3)))) == pytest.approx(before, rel=1e-5)
    assert float(loss(image.roll((1, 1), (2, 3)))) != pytest.approx(before, rel=1e-3)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_loss_is_as_published(weighting: str) -> None:
    image, exemplar = random_image(0), texture()
    network = toy_network()

    def gram(feature_map: Tensor) -> Tensor:
        flat = feature_map[0].flatten(1)
        return flat @ flat.T

    mean = torch.tensor(NORMALIZATION.mean).view(3, 1, 1)
    std = torch.tensor(NORMALIZATION.std).view(3, 1, 1)
    expected = 0.0
    for ours, theirs in zip(
        *(network.feature_maps((one - mean) / std).values() for one in (image, exemplar)), strict=True
    ):
        positions = ours.shape[2] * ours.shape[3]
        difference = (gram(ours) - gram(theirs)).square()
        # Published: the mean of the squared differences over 4 m; Gatys et al. divide by m once more.
        expected += {
            "paper": float(difference.mean()) / (4 * positions),
            "gatys": float(difference.mean()) / (4 * positions**2),
            "relative": float(difference.sum() / gram(theirs).square().sum()),
        }[weighting]
    assert float(toy_loss(weighting=weighting)(image)) == pytest.approx(expected, rel=1e-5)


def test_a_relative_loss_needs_a_layer_that_answers() -> None:
    network = toy_network()
    network.network[0].bias.fill_(-1e6)
    with pytest.raises(ValueError, match="silent"):
        TextureLoss(ImageMaps(network, NORMALIZATION), GRAM, texture(), "relative")


def test_layers_are_weighted_by_their_factors() -> None:
    image = random_image(0)
    plain = toy_loss().by_layer(image)
    weighted = toy_loss(factors={"L1": 3.0, "L2": 0.0}).by_layer(image)
    assert weighted.layers == {"L1": pytest.approx(3 * plain.layers["L1"]), "L2": 0}
    assert plain.total == pytest.approx(sum(plain.layers.values()))


@pytest.mark.parametrize(
    ("factors", "message"), [({"L9": 1}, "L9"), ({"L1": -1}, "at least 0"), ({"L1": 0, "L2": 0}, "not all 0")]
)
def test_factors_that_make_no_sense_are_refused(factors: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        toy_loss(factors=factors)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_an_image_of_another_size_is_compared_over_as_many_positions(weighting: str) -> None:
    loss = toy_loss(weighting=weighting)
    tiled = texture().repeat(1, 1, 2, 2)
    assert float(loss(tiled)) == pytest.approx(0, abs=1e-6 * float(loss(random_image(0, 2 * SIZE))))


def test_images_smaller_than_the_network_takes_are_refused_with_the_smallest_size() -> None:
    network = toy_network("unpadded", ("0", "1"))
    check_image_size(network, 11)
    with pytest.raises(ValueError, match=r"10 x 10 pixels.*takes 11 x 11 or more"):
        TextureLoss(ImageMaps(network, NORMALIZATION), GRAM, random_image(0, 10))


def test_a_vector_counts_as_one_position() -> None:
    network = toy_network("flattened", ("0", "2"))
    check_image_size(network, 16)
    maps = network.feature_maps(random_image(0, 16))
    assert [tuple(one.shape) for one in maps.values()] == [(1, 4, 14, 14), (1, 4, 1, 1)]


# --------------------------------------------------------------------------------------------- any representation


def test_every_weighting_has_a_name() -> None:
    assert set(synthesis_loss.WEIGHTINGS) == set(WEIGHTINGS)
    assert {default_weighting(name) for name in REPRESENTATIONS} <= set(WEIGHTINGS)


@pytest.mark.parametrize("name", REPRESENTATIONS)
def test_loss_is_the_squared_distance_of_vectors_by_their_length(name: str) -> None:
    maps, representation = toy_maps(), registry.get(name)
    loss = TextureLoss(maps, representation, texture(), "relative")
    expected = {}
    for layer, theirs in maps(texture()).items():
        ours = maps(random_image(0))[layer]
        a, b = (representation.vectors(m if representation.spatial else m.flatten(2))[0] for m in (ours, theirs))
        expected[layer] = float((a - b).double().square().sum() / b.double().square().sum())
    assert loss.by_layer(random_image(0)).layers == pytest.approx(expected, rel=1e-4)
    assert loss.by_layer(texture()).total == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", REPRESENTATIONS)
def test_relative_layers_count_alike_whatever_their_scale(name: str) -> None:
    image = random_image(0)

    def parts(scale: float) -> dict[str, float]:
        # The second layer of a network of ReLUs, in other units.
        maps = toy_maps()
        maps.network.network[2].weight.mul_(scale)
        maps.network.network[2].bias.mul_(scale)
        return dict(TextureLoss(maps, registry.get(name), texture(), "relative").by_layer(image).layers)

    assert parts(1000.0) == pytest.approx(parts(1.0), rel=1e-3)


@pytest.mark.parametrize("name", REPRESENTATIONS)
def test_gradient_by_any_representation_agrees_with_finite_differences(name: str) -> None:
    network = toy_network()
    network.network.double()
    loss = TextureLoss(ImageMaps(network, NORMALIZATION), registry.get(name), texture().double(), "relative")
    image = (0.2 + 0.6 * random_image(0).double()).requires_grad_()
    loss(image).backward()
    directions = torch.randn(3, *image.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    for direction in directions:
        with torch.no_grad():
            ahead, behind = (float(loss(image + sign * 1e-7 * direction)) for sign in (1, -1))
        assert float((image.grad * direction).sum()) == pytest.approx((ahead - behind) / 2e-7, rel=1e-3, abs=1e-7)


@pytest.mark.parametrize("name", [name for name in REPRESENTATIONS if name != "gram"])
def test_weightings_of_gram_matrices_are_refused_for_others(name: str) -> None:
    assert default_weighting(name) == "relative"
    with pytest.raises(ValueError, match=f"paper is derived for Gram matrices, not for {name}; use relative"):
        toy_loss(representation=name, weighting="paper")


@pytest.mark.parametrize("name", REPRESENTATIONS)
def test_an_image_of_another_size_is_compared_or_refused(name: str) -> None:
    loss = toy_loss(representation=name, weighting="relative")
    tiled, noise = texture().repeat(1, 1, 2, 2), random_image(0, 2 * SIZE)
    if registry.get(name).extensive is None:
        with pytest.raises(ValueError, match="another size than the exemplar"):
            loss(tiled)
    else:
        assert float(loss(tiled)) == pytest.approx(0, abs=1e-3 * float(loss(noise)))


# The largest part of a layer in flat grey's loss by the smallest, in AlexNet at 224 pixels.
SPREAD = {"blotchy.jpg": 100.4, "matted.png": 14, "pebbles.jpg": 1.84, "scaly.png": 137, "striped.png": 351}


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("exemplar", SPREAD)
def test_the_papers_weights_spread_the_loss_evenly_over_layers_for_pebbles_only(exemplar: str) -> None:
    """Correction 3 of docs/differences.md."""
    modules = [f"features.{position}" for position in (0, 3, 6, 8, 10)]
    network = TappedNetwork(Architecture("torchvision", "alexnet").build(), numbered_taps(modules))
    load_weights(network, read_state_dict(DATA / "weights" / "alexnet_conv.pth"), 224)
    image = load_exemplar(DATA / "exemplars" / exemplar, 224)

    def spread(weighting: str) -> float:
        loss = TextureLoss(ImageMaps(network, NORMALIZATION), GRAM, image, weighting)
        parts = loss.by_layer(mid_grey(image)).layers.values()
        return max(parts) / min(parts)

    assert spread("paper") == pytest.approx(SPREAD[exemplar], rel=0.02)
    assert spread("relative") < 1.13
