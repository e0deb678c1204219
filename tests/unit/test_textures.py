"""Texture images: the same from the same seed, varied, and not to be told apart by colour alone."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from texalign.images.textures import PHOTOGRAPHS, TEXTURES, Pattern, generate_texture, texture

NAMES = sorted({*TEXTURES, *PHOTOGRAPHS})
PROGRAM = Path(__file__).parents[2] / "workflow" / "scripts" / "make_textures.py"


@pytest.fixture(scope="module")
def study() -> np.ndarray:
    """The embedded study's images at a smaller size: (classes, 20, 64, 64, 3)."""
    return np.array([[generate_texture(name, index, seed=0, size=64) for index in range(20)] for name in NAMES])


def nearest_centroid_accuracy(features: np.ndarray) -> float:
    """Leave-one-out accuracy of the nearest class mean, for features (classes, images, dimensions)."""
    n_classes, n_images, _ = features.shape
    totals = features.sum(axis=1)
    correct = 0
    for own in range(n_classes):
        for vector in features[own]:
            centroids = totals / n_images
            centroids[own] = (totals[own] - vector) / (n_images - 1)
            correct += np.argmin(((centroids - vector) ** 2).sum(axis=1)) == own
    return correct / (n_classes * n_images)


def test_the_embedded_study_has_twelve_drawn_and_three_photographed_classes() -> None:
    assert len(TEXTURES) == 12
    assert len(NAMES) == 15


@pytest.mark.parametrize("name", NAMES)
def test_an_image_is_square_rgb_and_full_of_contrast(name: str) -> None:
    image = generate_texture(name, 0, seed=0)
    assert image.shape == (224, 224, 3)
    assert image.dtype == np.uint8
    lightness = image.mean(axis=-1)
    assert lightness.std() > 15
    assert 40 < lightness.mean() < 215


@pytest.mark.parametrize("name", NAMES)
def test_an_image_depends_on_its_arguments_alone(name: str) -> None:
    image = generate_texture(name, 3, seed=5, size=48)
    generate_texture(name, 2, seed=5, size=48)
    np.testing.assert_array_equal(image, generate_texture(name, 3, seed=5, size=48))
    assert not np.array_equal(image, generate_texture(name, 4, seed=5, size=48))
    assert not np.array_equal(image, generate_texture(name, 3, seed=6, size=48))


def test_another_process_makes_the_same_image() -> None:
    program = (
        "from texalign.images.textures import generate_texture as g; print(g('cracked', 1, 2, 32).tobytes().hex())"
    )
    made = subprocess.run(
        [sys.executable, "-c", program], cwd=PROGRAM.parent, capture_output=True, text=True, check=True
    )
    assert made.stdout.strip() == generate_texture("cracked", 1, 2, 32).tobytes().hex()


def test_every_image_of_the_study_has_contrast(study: np.ndarray) -> None:
    assert study.mean(axis=-1).std(axis=(2, 3)).min() > 10


def test_mean_colour_does_not_tell_the_classes_apart(study: np.ndarray) -> None:
    # Measured at 224 px: 0.087 (mean), where chance is 0.067.
    assert nearest_centroid_accuracy(study.mean(axis=(2, 3))) < 0.15


def test_mean_colour_and_contrast_do_not_tell_the_classes_apart(study: np.ndarray) -> None:
    features = np.concatenate([study.mean(axis=(2, 3)), study.std(axis=(2, 3))], axis=-1)
    assert nearest_centroid_accuracy(features / features.std(axis=(0, 1))) < 0.25


def test_adding_a_class_is_adding_one_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("texalign.images.textures.TEXTURES", {})

    @texture
    def halved(rng: np.random.Generator, size: int) -> Pattern:
        return Pattern(np.tile(np.arange(size) < size / 2, (size, 1)))

    left, right = np.split(generate_texture("halved", 0, seed=0, size=32).mean(axis=-1), 2, axis=1)
    assert abs(left.mean() - right.mean()) > 30


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("plaid", 0, 0, 64), "no texture is called 'plaid'; known are banded, blotchy, brick"),
        (("banded", 0, 0, 8), "8 pixels is too small"),
        (("banded", -1, 0, 64), "non-negative"),
    ],
)
def test_what_cannot_be_made_is_named(arguments: tuple[str, int, int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        generate_texture(*arguments)


def make_textures(output: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    outputs = ["--output", str(output), "--output-checksums", f"{output}.sha256"]
    command = [sys.executable, str(PROGRAM), "--size", "32", *outputs, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_program_writes_one_folder_a_class(tmp_path: Path) -> None:
    output = tmp_path / "results" / "images"
    output.mkdir(parents=True)
    made = make_textures(output, "--classes", "grid", "brick", "--images-per-class", "2", "--seed", "7")
    assert made.returncode == 0, made.stderr
    assert sorted(path.relative_to(output).as_posix() for path in output.rglob("*.png")) == [
        "brick/brick_0000.png",
        "brick/brick_0001.png",
        "grid/grid_0000.png",
        "grid/grid_0001.png",
    ]
    assert sorted(path.name for path in output.parent.iterdir()) == ["images", "images.sha256"]
    with Image.open(output / "grid" / "grid_0001.png") as image:
        np.testing.assert_array_equal(image, generate_texture("grid", 1, seed=7, size=32))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("grid", "plaid"), "no texture is called 'plaid'"), (("grid", "--images-per-class", "0"), "at least 1")],
)
def test_the_program_leaves_nothing_behind_when_it_fails(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    made = make_textures(tmp_path / "images", "--classes", *arguments)
    assert made.returncode == 1
    assert message in made.stderr
    assert list(tmp_path.iterdir()) == []
