"""The modules of a network, described and chosen without knowing it."""

import doctest

import pytest
import torch
from torch import Tensor, nn

from texalign.artifacts.tap import Tap
from texalign.errors import TexalignError
from texalign.networks import layers, sources


def test_example_in_the_docstring():
    failed, tried = doctest.testmod(layers)
    assert tried
    assert not failed


def test_five_of_alexnet_are_the_papers():
    network = sources.Architecture("torchvision", "alexnet").build()
    taps = layers.spread_taps(network, 96, 5)
    assert taps == [Tap(f"features.{number}") for number in (0, 3, 6, 8, 10)]


class Residual(nn.Module):
    """A block whose second normalisation is added to, in place, before the nonlinearity: no map of its own after it."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.act = nn.ReLU(inplace=True)

    def forward(self, maps: Tensor) -> Tensor:
        out = self.second(nn.functional.relu(self.first(maps)))
        out += maps
        return self.act(out)


def test_what_follows_each_module_its_depth_and_its_calls():
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 4, 1), nn.ReLU(), Residual(), Residual(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    found = {layer.module: layer for layer in layers.describe_layers(network, 32)}
    assert [layer.module for layer in found.values()][:6] == ["0", "1", "2.first", "2.second", "2.act", "2"]
    assert {name: layer.after for name, layer in found.items() if layer.type == "Conv2d"} == {
        "0": "relu",
        "2.first": "relu",
        "2.second": "it goes into add",
        "3.first": "relu",
        "3.second": "it goes into add",
    }
    assert found["2"].after == "already after a nonlinearity"
    assert [found[name].depth for name in ("0", "2.first", "2.second", "2", "3")] == [0.2, 0.4, 0.6, 0.6, 1.0]
    assert (found["5"].axes, found["5"].channels, found["5"].height) == ("vector", 4, 1)
    assert not found["2.second"].tappable
    assert [tap.module for tap in layers.spread_taps(network, 32, 2)] == ["2.first", "3.first"]
    assert [tap.module for tap in layers.spread_taps(network, 32, 2, "before_relu")] == ["2", "3"]
    with pytest.raises(TexalignError, match=r"spread: 9.*only 3 modules of the network can be tapped after_relu"):
        layers.spread_taps(network, 32, 9)


def test_a_module_that_passes_its_map_on_is_not_taken_for_the_one_that_makes_it():
    """As timm's ResNets have a `drop_block` between normalisation and ReLU."""
    blocks = [nn.Sequential(nn.Conv2d(c, 4, 3), nn.BatchNorm2d(4), nn.Identity(), nn.ReLU()) for c in (3, 4)]
    assert [tap.module for tap in layers.spread_taps(nn.Sequential(*blocks), 32, 2)] == ["0.1", "1.1"]
