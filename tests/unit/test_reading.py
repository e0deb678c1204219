"""What is measured of a network's modules: calls, axes, nonlinearities; and what is refused, by name."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from texalign.artifacts.tap import Tap, numbered_taps, parse_taps
from texalign.errors import TexalignError
from texalign.networks.axes import AxesUnknown, Images, Layout, tell_axes
from texalign.networks.taps import TappedNetwork

PASSES = (Images(2, 224, 224), Images(3, 160, 192))
ONE_SIZE = (Images(2, 224, 224), Images(3, 224, 224))


@pytest.mark.parametrize(
    ("shapes", "passes", "expected"),
    [
        (((2, 64, 56, 56), (3, 64, 40, 48)), PASSES, Layout(0, 1, (2, 3))),
        (((2, 56, 56, 64), (3, 40, 48, 64)), PASSES, Layout(0, 3, (1, 2))),
        (((2, 64, 56, 56), (3, 64, 48, 40)), PASSES, Layout(0, 1, (3, 2))),  # transposed
        (((2, 56, 56, 56), (3, 56, 40, 48)), PASSES, Layout(0, 1, (2, 3))),  # as many channels as rows
        (((2, 196, 192), (3, 120, 192)), PASSES, Layout(0, 2, (1,))),
        (((2, 201, 192), (3, 125, 192)), PASSES, Layout(0, 2, (1,), 5)),
        (((197, 2, 192), (121, 3, 192)), PASSES, Layout(1, 2, (0,), 1)),  # images second
        (((2, 192, 196), (3, 192, 120)), PASSES, Layout(0, 1, (2,))),
        (((2, 512), (3, 512)), PASSES, Layout(0, 1, ())),
        (((2, 512, 1, 1), (3, 512, 1, 1)), PASSES, Layout(0, 1, (2, 3))),
        (((2, 197, 192), (3, 197, 192)), ONE_SIZE, Layout(0, 2, (1,), 1)),
        (((2, 14, 14, 192), (3, 14, 14, 192)), ONE_SIZE, Layout(0, 3, (1, 2))),
        (((2, 192, 7, 7), (3, 192, 7, 7)), ONE_SIZE, Layout(0, 1, (2, 3))),
    ],
)
def test_axes_are_told(shapes, passes, expected: Layout):
    assert tell_axes(shapes, passes, {14}) == expected


@pytest.mark.parametrize(
    ("shapes", "passes", "reason"),
    [
        (((128, 49, 96), (105, 49, 96)), PASSES, "no axis follows the number of images"),  # windows of Swin
        (((2, 3, 197, 197), (3, 3, 121, 121)), PASSES, "not one its height and one its width"),  # weights of attention
        (((2, 3, 197, 197), (3, 3, 197, 197)), ONE_SIZE, "one size only"),
        (((2, 512, 7, 7), (3, 512, 7, 7)), PASSES, "none of its axes follows the size"),
        (((2, 196), (3, 120)), PASSES, "one axis follows the size of the image"),
        (((2, 3, 4, 5, 6), (3, 3, 4, 5, 6)), PASSES, "4 axes besides"),
    ],
)
def test_axes_that_cannot_be_told(shapes, passes, reason: str):
    with pytest.raises(AxesUnknown, match=reason):
        tell_axes(shapes, passes, {14})


def network_of(forward: Callable[[nn.Module, Tensor], object], **modules: nn.Module) -> nn.Module:
    """A network of these modules with this forward pass."""
    torch.manual_seed(0)

    class Made(nn.Module):
        def forward(self, images: Tensor) -> object:
            return forward(self, images)

    network = Made()
    for name, module in modules.items():
        network.add_module(name, module)
    return network


def maps_of(network: nn.Module, taps: list[str], size: int = 32, **options: object) -> list[Tensor]:
    images = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        return list(TappedNetwork(network, numbered_taps(taps), **options).feature_maps(images).values())


# --------------------------------------------------------------------------------------------------------------- calls


class Area(nn.Module):
    """An area of a recurrent network: silent at its first step, in which nothing from below has arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.below, self.back = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, images: Tensor | None, state: Tensor) -> Tensor:
        return (self.back(state) + (0 if images is None else self.below(images))).relu()


def recurrent() -> nn.Module:
    def forward(self: nn.Module, images: Tensor) -> Tensor:
        state = self.area(None, images.new_zeros(len(images), 4, *images.shape[2:]))
        for _ in range(3):
            state = self.area(images, state)
        return state

    torch.manual_seed(0)
    return network_of(forward, area=Area())


def test_calls_of_a_recurrent_area_differ():
    second, third, last = maps_of(recurrent(), ["area@2", "area@3", "area@last"])
    assert not torch.equal(second, third)
    assert not torch.equal(third, last)
    (fourth,) = maps_of(recurrent(), ["area@4"])
    assert torch.equal(fourth, last)


def test_a_module_that_runs_several_times_needs_its_call():
    with pytest.raises(TexalignError, match=r"L1 \(area\): it runs 4 times in a pass; say which call.* or last"):
        maps_of(recurrent(), ["area"])
    with pytest.raises(TexalignError, match=r"runs 4 times in a pass, so there is no call 7"):
        maps_of(recurrent(), ["area@7"])


def test_a_shared_nonlinearity_runs_several_times():
    def forward(self: nn.Module, images: Tensor) -> Tensor:
        return self.act(self.second(self.act(self.first(images))))

    network = network_of(forward, first=nn.Conv2d(3, 4, 3), second=nn.Conv2d(4, 5, 3), act=nn.ReLU())
    with pytest.raises(TexalignError, match=r"act\): it runs 2 times"):
        maps_of(network, ["act"])
    first, second = maps_of(network, ["act@1", "act@2"])
    assert (first.shape[1], second.shape[1]) == (4, 5)
    assert torch.equal(first, maps_of(network, ["first"])[0])


def test_a_layer_that_says_nothing_about_images_is_refused():
    tapped = TappedNetwork(recurrent(), parse_taps(["L1=area@1", "L2=area@2"]))
    with pytest.raises(TexalignError, match=r"L1 \(area@1\) gave the same map for different images"):
        tapped.check_maps(16)
    TappedNetwork(recurrent(), {"L2": Tap("area", 2)}).check_maps(16)


def test_a_network_that_draws_random_numbers_in_eval_mode_is_refused():
    def forward(self: nn.Module, images: Tensor) -> Tensor:
        return nn.functional.dropout(self.first(images)).relu()  # which is training by default

    network = network_of(forward, first=nn.Conv2d(3, 4, 3), second=nn.Identity())
    noisy = network_of(lambda self, images: self.second(network(images)), second=nn.Identity(), inner=network)
    with pytest.raises(TexalignError, match=r"draws random numbers .*L1 \(second\) differed"):
        TappedNetwork(noisy, numbered_taps(["second"])).check_maps(16)


# ---------------------------------------------------------------------------------------------------------------- maps


def test_one_map_among_several_outputs_is_taken():
    class Several(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Conv2d(3, 4, 3)

        def forward(self, images: Tensor) -> dict[str, object]:
            maps = self.inner(images).relu()
            return {"maps": (maps, None), "pooled": maps.mean((2, 3)), "count": torch.tensor(1)}

    (maps,) = maps_of(network_of(lambda self, images: self.several(images), several=Several()), ["several"])
    assert maps.shape == (2, 4, 30, 30)


def test_several_maps_are_listed():
    class Pyramid(nn.Module):
        def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
            return images, images[:, :2]

    with pytest.raises(TexalignError, match=r"0: \(2, 3, 32, 32\), 1: \(2, 2, 32, 32\).*several of these are maps"):
        maps_of(network_of(lambda self, images: self.two(images), two=Pyramid()), ["two"], activation="before_relu")


def pooled() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten())


def test_what_stays_ambiguous_has_to_be_said():
    message = (
        r"L1 \(2\) puts out \(2, 4, 4, 4\) for 2 images of 32 x 32: none of its axes follows.*maps: channels_first"
    )
    with pytest.raises(TexalignError, match=message):
        maps_of(pooled(), ["2"])
    (first,) = maps_of(pooled(), ["2"], maps="channels_first")
    (last,) = maps_of(pooled(), ["2"], maps="channels_last")
    assert torch.equal(first, last.permute(0, 2, 3, 1))


@pytest.mark.parametrize(
    ("maps", "message"),
    [
        ("tokens", "says 3 dimensions, but the output has 4"),
        ("rows", "unknown 'rows'"),
        ("vector+2", "unknown 'vector"),
    ],
)
def test_maps_that_do_not_fit_are_refused(maps: str, message: str):
    with pytest.raises(TexalignError, match=message):
        maps_of(pooled(), ["2"], maps=maps)


def test_tokens_that_make_no_square_are_refused():
    network = network_of(
        lambda self, images: self.out(images.flatten(2).mT[:, :10]), out=nn.Sequential(nn.Linear(3, 4), nn.ReLU())
    )
    with pytest.raises(TexalignError, match="10 tokens make no square"):
        maps_of(network, ["out"], maps="tokens")


def test_half_precision_is_computed_in_single(monkeypatch: pytest.MonkeyPatch):
    import toy_networks
    from texalign.networks.sources import Architecture

    monkeypatch.setattr(toy_networks, "halved", lambda: toy_networks.circular().half(), raising=False)
    network = Architecture("python", "toy_networks:halved").build()
    assert {value.dtype for value in network.state_dict().values()} == {torch.float32}


# ------------------------------------------------------------------------------------------------------ nonlinearities


@pytest.mark.parametrize(
    ("act", "name"),
    [
        (nn.ReLU(inplace=True), "relu"),
        (nn.ReLU6(inplace=True), "hardtanh (0.0, 6.0)"),
        (nn.GELU("tanh"), "gelu (tanh)"),
        (nn.SiLU(inplace=True), "silu"),
        (nn.Hardswish(), "hardswish"),
        (nn.LeakyReLU(0.1), "leaky_relu (0.1)"),
        (nn.ELU(), "elu"),
        (nn.Mish(), "mish"),
        (nn.Softplus(), "softplus"),
        (nn.Tanh(), "tanh"),
        (nn.Sigmoid(), "sigmoid"),
    ],
)
def test_the_networks_own_nonlinearity_is_applied(act: nn.Module, name: str):
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), act, nn.Conv2d(4, 4, 3)).eval()
    tapped = TappedNetwork(network, numbered_taps(["1"]))
    images = 3 * torch.randn(2, 3, 20, 20)
    (maps,) = tapped.feature_maps(images).values()
    torch.testing.assert_close(maps, network[:3](images))
    assert tapped.readings(20)["L1"].nonlinearity.name.startswith(name)


def test_a_gate_written_out_is_found():
    network = network_of(
        lambda self, images: self.second((maps := self.first(images)) * torch.sigmoid(1.702 * maps)),
        first=nn.Conv2d(3, 4, 3),
        second=nn.Conv2d(4, 4, 3),
    )
    (maps,) = maps_of(network, ["first"])
    (plain,) = maps_of(network, ["first"], activation="before_relu")
    torch.testing.assert_close(maps, plain * torch.sigmoid(1.702 * plain))


@pytest.mark.parametrize(
    ("follow", "went"),
    [
        (lambda maps: nn.functional.batch_norm(maps, maps.new_zeros(4), maps.new_ones(4)).relu(), "batch_norm"),
        (lambda maps: (maps + 1).relu(), "add"),
        (lambda maps: maps.add_(1).relu_(), "add"),
        (lambda maps: maps * torch.sigmoid(maps.mean((2, 3), keepdim=True)), "mean, mul"),
        (lambda maps: maps.relu() + nn.functional.gelu(maps), "several nonlinearities: relu, gelu"),
        (lambda maps: maps.detach().shape, "nothing in the network takes it up"),
    ],
)
def test_maps_that_the_network_never_has_are_refused(follow: Callable[[Tensor], object], went: str):
    network = network_of(lambda self, images: follow(self.first(images)), first=nn.Conv2d(3, 4, 3))
    with pytest.raises(TexalignError, match=rf"L1 \(first\): .*{went}.*activation may be after_relu or before_relu"):
        maps_of(network, ["first"])
    assert maps_of(network, ["first"], activation="before_relu")[0].shape[1] == 4


def test_a_map_behind_its_nonlinearity_stays_as_it_is():
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sigmoid(), nn.MaxPool2d(2), nn.Conv2d(4, 4, 3))
    one, pooled_one = maps_of(network, ["1", "2"])
    assert one.min() > 0
    assert one.max() < 1
    assert torch.equal(pooled_one, nn.functional.max_pool2d(one, 2))
