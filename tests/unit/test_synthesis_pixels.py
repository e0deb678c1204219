"""Images of a synthesis: exemplars, files, and the variables that the optimisation changes."""

from pathlib import Path

import pytest
import torch

from texalign.names import PARAMETRIZATIONS
from texalign.synthesis import pixels as synthesis_pixels
from texalign.synthesis.pixels import (
    _ClipInwardGradient,
    eight_bit,
    load_exemplar,
    parametrization,
    read_image,
    save_image,
)
from toy_syntheses import NORMALIZATION, random_image, toy_loss


def test_every_parametrisation_has_a_name() -> None:
    assert set(synthesis_pixels.PARAMETRIZATIONS) == set(PARAMETRIZATIONS)


def test_exemplars_that_are_no_images_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"missing\.png.*not found"):
        load_exemplar(tmp_path / "missing.png", 32)
    text = tmp_path / "text.png"
    text.write_text("no image")
    with pytest.raises(ValueError, match=r"text\.png.*cannot be read as an image"):
        load_exemplar(text, 32)


def test_saving_clips_and_rounds_to_8_bits(tmp_path: Path) -> None:
    image = torch.tensor([-0.5, 0.2, 0.4999, 1.7]).view(1, 1, 2, 2).repeat(1, 3, 1, 1)
    save_image(tmp_path / "image.png", eight_bit(image))
    saved = read_image(tmp_path / "image.png")
    assert saved[0, 0].mul(255).round().int().flatten().tolist() == [0, 51, 127, 255]


# ---------------------------------------------------------------------------------------------------- parametrisations


@pytest.mark.parametrize("name", PARAMETRIZATIONS)
def test_variables_and_pixels_are_inverse(name: str) -> None:
    pixels = parametrization(name, NORMALIZATION)
    image = random_image(3, 33).clamp(0.01, 0.99)  # an odd size, where half spectra are easily taken wrong
    torch.testing.assert_close(pixels.pixels(pixels.variables(image)), image, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", ["sigmoid", "projected"])
def test_pixels_stay_in_range(name: str) -> None:
    image = parametrization(name, NORMALIZATION).pixels(torch.randn(1, 3, 16, 16))
    assert 0 <= float(image.min()) < float(image.max()) <= 1


def test_projection_lets_only_gradients_through_that_lead_back_inside() -> None:
    values = torch.tensor([-1.0, -1.0, 0.5, 2.0, 2.0], requires_grad=True)
    _ClipInwardGradient.apply(values).backward(torch.tensor([1.0, -1.0, 1.0, 1.0, -1.0]))
    assert values.grad.tolist() == [0, -1, 1, 1, 0]


def test_published_noise_is_in_units_of_the_network_input() -> None:
    published = parametrization("published", NORMALIZATION)
    noise = published.variables(published.noise(0, (1, 3, 64, 64)))
    assert float(noise.mean()) == pytest.approx(0.5, abs=0.01)
    assert float(noise.std()) == pytest.approx(0.2, abs=0.01)


def test_names_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown parametrisation"):
        parametrization("tanh", NORMALIZATION)
    with pytest.raises(ValueError, match="unknown weighting"):
        toy_loss(weighting="mean")
