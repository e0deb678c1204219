"""Front ends without training: against plenoptic's pyramid, and against what filters must do."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from texalign.artifacts.tap import numbered_taps
from texalign.networks.sources import Architecture
from texalign.networks.taps import TappedNetwork
from texalign.representations.base import Moments


def maps_of(name: str, layers: list[str], images: Tensor, **arguments: object) -> list[Tensor]:
    network = Architecture("handmade", name, arguments).build()
    with torch.inference_mode():
        return list(TappedNetwork(network, numbered_taps(layers), "before_relu").feature_maps(images).values())


def noise(size: int) -> Tensor:
    return torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0))


def test_pixels_are_the_image():
    images = noise(32)
    (colour,) = maps_of("pixels", ["colour"], images)
    assert torch.equal(colour, images)


@pytest.mark.parametrize("orientations", [4, 6])
def test_pyramid_is_plenoptics(orientations: int):
    plenoptic = pytest.importorskip("plenoptic")
    images = noise(64)
    luminance = images.mean(1, keepdim=True)
    # It moved within the package from release to release.
    places = (plenoptic, getattr(plenoptic, "process", None), getattr(plenoptic, "simulate", None))
    (kind,) = {place.SteerablePyramidFreq for place in places if hasattr(place, "SteerablePyramidFreq")}
    theirs = kind((64, 64), height=3, order=orientations - 1, is_complex=True, downsample=True)(luminance)
    layers = ["high", "scale1", "scale2", "scale3", "low"]
    high, *bands, low = maps_of("steerable_pyramid", layers, images, scales=3, orientations=orientations)
    torch.testing.assert_close(high, theirs["residual_highpass"], atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(low, theirs["residual_lowpass"], atol=1e-4, rtol=1e-3)
    for scale, ours in enumerate(bands):
        complex_bands = theirs[scale][:, 0]
        assert complex_bands.is_complex()
        torch.testing.assert_close(ours[:, :orientations], complex_bands.real, atol=1e-4, rtol=1e-3)
        torch.testing.assert_close(ours[:, orientations:], complex_bands.abs(), atol=1e-4, rtol=1e-3)


def test_means_covariances_and_shifted_products_are_portilla_and_simoncellis():
    """Of the magnitudes of oriented bands, as plenoptic's model of these statistics has them."""
    plenoptic = pytest.importorskip("plenoptic")
    image = functional.avg_pool2d(functional.pad(noise(64)[:1], (2, 2, 2, 2), mode="circular"), 5, 1)
    model = plenoptic.models.PortillaSimoncelli((64, 64), n_scales=2, n_orientations=4, spatial_corr_width=7)
    theirs = model.convert_to_dict(model(image.mean(1, keepdim=True)))
    for scale, maps in enumerate(maps_of("steerable_pyramid", ["scale1", "scale2"], image, scales=2)):
        magnitudes = maps[:, 4:]
        moments = Moments(magnitudes.flatten(2))
        covariance = moments.central_products[0] / moments.positions
        deviations = covariance.diagonal().sqrt()
        close(deviations, theirs["magnitude_std"][0, 0, :, scale])
        close(
            covariance / deviations.outer(deviations),
            theirs["cross_orientation_correlation_magnitude"][0, 0, :, :, scale],
        )
        central = magnitudes[0] - magnitudes[0].mean((1, 2), keepdim=True)
        products = (central * central.roll(1, 1)).mean((1, 2)) / covariance.diagonal()
        close(products, theirs["auto_correlation_magnitude"][0, 0, 4, 3, :, scale])


def close(found: Tensor, expected: Tensor) -> None:
    """Equal where plenoptic has a number: of a symmetric matrix it keeps one triangle."""
    kept = expected.isfinite()
    assert kept.any()
    torch.testing.assert_close(found[kept], expected[kept], rtol=1e-4, atol=1e-4)


def test_pyramid_keeps_the_energy_of_the_image():
    """Its filters' squares sum to 1 at every frequency (a tight frame), independent of any implementation."""
    images = noise(64)
    high, one, two, low = maps_of("steerable_pyramid", ["high", "scale1", "scale2", "low"], images, scales=2)
    energy = images.mean(1).double().square().sum((1, 2))
    # A scale on a grid 2^k times as coarse has 4^k times fewer samples of the same mean square, with the transform's
    # own factor of 4^k on each square; the complex bands hold each half of the plane twice over in their real parts.
    found = high.double().square().sum((1, 2, 3))
    found += one[:, 4:].double().square().sum((1, 2, 3)) / 2
    found += two[:, 4:].double().square().sum((1, 2, 3)) / 2 / 4
    found += low.double().square().sum((1, 2, 3)) / 16
    np.testing.assert_allclose(found, energy, rtol=1e-3)


@pytest.mark.parametrize("number", range(4))
def test_gabor_energies_answer_to_their_orientation_and_period_alone(number: int):
    steps = torch.arange(128.0)
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    angle = math.pi * number / 4
    along = x * math.cos(angle) + y * math.sin(angle)
    kinds = ((6, 0), (6, 1), (12, 0))  # periods and phases
    gratings = torch.stack([torch.cos(2 * math.pi * along / period + phase) for period, phase in kinds])
    layers = [f"scale{scale}" for scale in (1, 2, 3)]
    energies = maps_of("gabor", layers, gratings[:, None].expand(-1, 3, -1, -1), scales=3, orientations=4)
    means = torch.stack([maps.mean((2, 3)) for maps in energies], 1)  # (gratings, scales, orientations)
    assert means[0].flatten().argmax() == number
    assert means[2].flatten().argmax() == 4 + number  # an octave lower
    torch.testing.assert_close(means[1, 0], means[0, 0], atol=0.02, rtol=0.02)  # whatever the phase
    (flat,) = maps_of("gabor", ["scale1"], torch.ones(2, 3, 64, 64), scales=1)
    assert flat.max() < 1e-4


def test_gradients_reach_the_image():
    for name, layer in (("pixels", "colour"), ("gabor", "scale2"), ("steerable_pyramid", "scale2")):
        images = (0.1 * noise(160)).requires_grad_()
        network = TappedNetwork(Architecture("handmade", name).build(), numbered_taps([layer]), "before_relu")
        network.feature_maps(images)["L1"].square().sum().backward()
        assert images.grad.abs().sum() > 0
        assert images.grad.isfinite().all()
