"""Batch normalisation folded into convolutions: the same Gram matrices, and left alone where that would not hold."""

from collections import OrderedDict

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from support import PAPER_CHANNELS, PAPER_CONFIG
from texalign.artifacts.tap import numbered_taps
from texalign.networks import folding, sources, taps
from texalign.representations import gram

# Layers in the dense blocks of DenseNets (Huang et al. 2017, table 1). Of each, only the second batch normalisation
# follows a convolution; the first gets a concatenation.
DENSE_LAYERS = {"densenet121": 58, "densenet169": 82, "densenet201": 98}
# All batch normalisations of the others, inception's auxiliary branch left out, which eval mode does not run.
NORMALIZATIONS = {"alexnet": 0, "vgg16_bn": 13, "vgg19_bn": 16, "resnet18": 20, "resnet34": 36, "resnet50": 53}
NORMALIZATIONS |= {"resnet101": 104, "resnet152": 155, "inception_v3": 94}


def with_statistics(network: nn.Module) -> nn.Module:
    """Batch normalisations get statistics and factors as training might leave them."""
    generator = torch.Generator().manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values, low, high in (
                (module.running_mean, -0.5, 0.5),
                (module.running_var, 0.5, 2.0),
                (module.weight.data, 0.5, 1.5),
                (module.bias.data, -0.3, 0.3),
            ):
                values.uniform_(low, high, generator=generator)
    return network.eval()


def grams(network: nn.Module, modules: list[str], images: Tensor, activation: str = "after_relu") -> list[Tensor]:
    tapped = taps.TappedNetwork(network, numbered_taps(modules), activation)
    with torch.inference_mode():
        return [gram.gram_matrix(maps) for maps in tapped.feature_maps(images).values()]


@pytest.mark.parametrize("model", list(PAPER_CHANNELS))
def test_gram_matrices_stay_the_same(model: str):
    modules = PAPER_CONFIG["networks"][model]["layers"]
    network = with_statistics(sources.Architecture("torchvision", model).build(seed=1))
    images = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    expected = grams(network, modules, images)
    folded = len(folding.fold_batch_norm(network, modules))
    # In DenseNets there is the stem's beside those of the dense layers.
    assert folded == (DENSE_LAYERS[model] + 1 if model in DENSE_LAYERS else NORMALIZATIONS[model])
    for found, before in zip(grams(network, modules, images), expected, strict=True):
        errors = torch.linalg.matrix_norm(found - before) / torch.linalg.matrix_norm(before)
        assert errors.max() < 1e-5


class Branching(nn.Module):
    """A convolution whose output is used twice, one that runs twice, and one that no other module uses."""

    def __init__(self) -> None:
        super().__init__()
        self.twice_used, self.twice_run, self.plain = (nn.Conv2d(4, 4, 3, padding=1) for _ in range(3))
        self.first, self.second, self.third = (nn.BatchNorm2d(4) for _ in range(3))

    def forward(self, images: Tensor) -> Tensor:
        maps = self.twice_used(images)
        maps = maps + self.first(maps)
        maps = self.second(self.twice_run(self.twice_run(maps)))
        return self.third(self.plain(maps))


def test_only_what_one_normalisation_alone_uses_is_folded():
    network = with_statistics(Branching())
    images = torch.randn(2, 4, 9, 9)
    expected = network(images)
    assert len(folding.fold_batch_norm(network)) == 1
    assert isinstance(network.third, nn.Identity)
    torch.testing.assert_close(network(images), expected)


def test_tapped_convolution_is_left_alone():
    network = with_statistics(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU()))
    images = torch.randn(2, 3, 9, 9)
    expected = grams(network, ["0", "1"], images, "before_relu")
    assert folding.fold_batch_norm(network, ["0", "1"]) == []
    for found, before in zip(grams(network, ["0", "1"], images, "before_relu"), expected, strict=True):
        torch.testing.assert_close(found, before)
    assert len(folding.fold_batch_norm(network, ["1"])) == 1


class Deciding(nn.Module):
    """A network that decides by values what to do, which no trace can show."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution, self.normalization = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)

    def forward(self, images: Tensor) -> Tensor:
        maps = self.normalization(self.convolution(images))
        return maps if maps.mean() > 0 else -maps


def test_network_that_cannot_be_traced_is_left_alone_and_that_is_said(caplog: pytest.LogCaptureFixture):
    network = with_statistics(Deciding())
    caplog.set_level("INFO")
    assert folding.fold_batch_norm(network) == []
    assert "cannot be traced" in caplog.text


class Tied(nn.Module):
    """The weights of a convolution that is folded would be used by another, and by the network itself."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.normalization, self.how = nn.BatchNorm2d(4), how
        if how == "tied":
            self.second.weight = self.first.weight
        if how == "view":
            self.second.weight = nn.Parameter(self.first.weight.detach().view(4, 4, 3, 3))

    def forward(self, images: Tensor) -> Tensor:
        maps = self.normalization(self.first(images)).relu()
        if self.how == "functional":
            return nn.functional.conv2d(maps, self.first.weight, padding=1)
        return self.second(maps)


@pytest.mark.parametrize("how", ["tied", "view", "functional"])
def test_weights_that_something_else_uses_are_left_alone(how: str):
    network = with_statistics(Tied(how))
    images = torch.randn(2, 4, 9, 9)
    expected = network(images)
    assert folding.fold_batch_norm(network) == []
    torch.testing.assert_close(network(images), expected, rtol=0, atol=0)


@pytest.mark.parametrize("which", ["convolution", "normalization"])
@pytest.mark.parametrize("how", ["hook", "parametrization", "weight_norm", "forward", "two names"])
def test_modules_with_a_life_of_their_own_are_left_alone(which: str, how: str):
    network = nn.Sequential(OrderedDict(convolution=nn.Conv2d(3, 4, 3), normalization=nn.BatchNorm2d(4), act=nn.ReLU()))
    module = getattr(network, which)
    if how == "hook":
        module.register_forward_hook(lambda _module, _inputs, output: 2 * output)
    elif how == "parametrization":
        parametrize.register_parametrization(module, "bias", nn.Softplus())
    elif how == "weight_norm":
        if which == "normalization":
            pytest.skip("weights of one dimension have no norm for each output")
        nn.utils.weight_norm(module)
    elif how == "forward":
        module.forward = lambda images, own=module.forward: 2 * own(images)
    else:
        network.again = module
        network.forward = lambda images: network.act(network.normalization(network.convolution(images)))
    network = with_statistics(network) if how != "parametrization" else network.eval()
    images = torch.randn(2, 3, 9, 9)
    expected = network(images)
    assert folding.fold_batch_norm(network) == []
    torch.testing.assert_close(network(images), expected, rtol=0, atol=0)


class Secretive(nn.Module):
    """Uses a convolution's weights in a way that no trace shows: by an operation that is not traced into."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution, self.normalization = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)
        self.secret = Secret(self.convolution)

    def forward(self, images: Tensor) -> Tensor:
        return self.secret(self.normalization(self.convolution(images))).relu()


class Secret(nn.Hardtanh):
    """A leaf for the trace, since it counts as torch's own; holds a convolution without registering it."""

    __module__ = "torch.nn.modules.activation"

    def __init__(self, convolution: nn.Module) -> None:
        super().__init__()
        self.held = [convolution]

    def forward(self, maps: Tensor) -> Tensor:
        return maps * self.held[0].weight.sum()


def test_what_the_graph_does_not_show_is_found_by_an_image_and_undone(caplog: pytest.LogCaptureFixture):
    network = with_statistics(Secretive())
    held = network.secret.held
    network.secret.forward = lambda maps: (
        maps * network.convolution.weight.sum()
    )  # the module of that name, folded or not
    images = torch.randn(2, 3, 9, 9)
    expected = network(images)
    tapped = taps.TappedNetwork(network, numbered_taps(["secret"]))
    assert folding.fold(tapped, 9) == 0
    assert "differed by" in caplog.text
    assert network.convolution is held[0]
    torch.testing.assert_close(network(images), expected, rtol=0, atol=0)
