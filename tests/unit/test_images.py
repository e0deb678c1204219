"""Images: what is indexed, how they are decoded, and what is said of those that do not fit."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from texalign import names
from texalign.artifacts import files
from texalign.images.index import check_origin, index_images, read_index, write_checksums, write_index
from texalign.images.pixels import FITS, decode_images, load_rgb, open_pixels, pixel_batches, write_pixels


def make_image(path: Path, mode: str = "RGB", size: tuple[int, int] = (40, 30), seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    Image.fromarray(values).convert(mode).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed, name in enumerate(["dotted/b.png", "dotted/a.jpg", "banded/c.png", "banded/d.png", "banded/.hidden"]):
        if name.endswith("hidden"):
            (tmp_path / "textures" / name).touch()
        else:
            make_image(tmp_path / "textures" / name, "L" if seed == 0 else "RGB", seed=seed)
    return tmp_path / "textures"


def test_index_lists_images_by_path_with_class_and_mode(folder: Path, tmp_path: Path):
    index = index_images(folder, threads=2)
    assert [record.path for record in index.records] == ["banded/c.png", "banded/d.png", "dotted/a.jpg", "dotted/b.png"]
    assert index.class_names == ("banded", "dotted")
    assert index.class_indices.tolist() == [0, 0, 1, 1]
    assert [record.mode for record in index.records] == ["RGB", "RGB", "RGB", "L"]
    assert (index.records[0].width, index.records[0].height) == (40, 30)
    assert index.records[0].sha256 == files.file_sha256(folder / "banded/c.png")
    write_index(tmp_path / "index.tsv", index)
    assert read_index(tmp_path / "index.tsv") == index


def test_index_hash_changes_with_content_and_name(folder: Path):
    before = index_images(folder).sha256
    assert index_images(folder).sha256 == before
    make_image(folder / "banded/c.png", seed=9)
    changed = index_images(folder).sha256
    (folder / "banded/c.png").rename(folder / "banded/e.png")
    assert len({before, changed, index_images(folder).sha256}) == 3


def test_decoding_is_pillows_conversion_and_bilinear_resize(folder: Path, tmp_path: Path):
    index = index_images(folder)
    paths = [folder / record.path for record in index.records]
    decoded = list(decode_images(paths, 24, threads=2))
    for path, pixels in zip(paths, decoded, strict=True):
        expected = Image.open(path).convert("RGB").resize((24, 24), Image.Resampling.BILINEAR)
        np.testing.assert_array_equal(pixels, np.asarray(expected))
    write_pixels(tmp_path / "pixels.h5", decoded, 4, 24, {"images_sha256": index.sha256})
    with open_pixels(tmp_path / "pixels.h5", index) as pixels:
        batches = list(pixel_batches(pixels, 3))
    assert [len(batch) for batch in batches] == [3, 1]
    np.testing.assert_array_equal(np.concatenate(batches), decoded)


def test_sixteen_bit_grey_is_scaled_not_clipped(tmp_path: Path):
    values = np.linspace(0, 65535, 100).reshape(10, 10).astype(np.uint16)
    Image.fromarray(values).save(tmp_path / "grey.png")
    rgb = np.asarray(load_rgb(tmp_path / "grey.png"))
    np.testing.assert_array_equal(rgb[..., 1], np.round(values / 257))


def test_values_without_a_range_are_refused(tmp_path: Path):
    Image.fromarray(np.ones((4, 4), np.float32)).save(tmp_path / "float.tif")
    with pytest.raises(ValueError, match=r"float\.tif: mode F"):
        load_rgb(tmp_path / "float.tif")


def test_unreadable_image_is_named(folder: Path):
    (folder / "banded/broken.png").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"broken\.png: cannot be read as an image"):
        index_images(folder)


def test_truncated_image_is_named(folder: Path):
    content = (folder / "dotted/a.jpg").read_bytes()
    (folder / "dotted/a.jpg").write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=r"a\.jpg: cannot be decoded"):
        list(decode_images([folder / "dotted/a.jpg"], 24))


def test_empty_class_is_named(folder: Path):
    (folder / "woven").mkdir()
    with pytest.raises(ValueError, match=r"woven.*has no images"):
        index_images(folder)


def test_fewer_than_two_classes(tmp_path: Path):
    make_image(tmp_path / "only/a.png")
    make_image(tmp_path / "only/b.png")
    with pytest.raises(ValueError, match=r"1 class.*at least 2"):
        index_images(tmp_path)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("loose.png", "outside the class folders"),
        ("banded/inner/a.png", "folder inside a class"),
        ("banded/notes.txt", "not an image that Pillow reads"),
    ],
)
def test_files_out_of_place_are_named(folder: Path, path: str, message: str):
    make_image(folder / "banded/x.png")
    target = folder / path
    target.parent.mkdir(exist_ok=True)
    (folder / "banded/x.png").rename(target)
    with pytest.raises(ValueError, match=message):
        index_images(folder)


def test_missing_folder_says_what_is_expected(tmp_path: Path):
    with pytest.raises(ValueError, match="is not a folder; images are expected as"):
        index_images(tmp_path / "nowhere")


def test_artifacts_of_other_images_are_refused(folder: Path):
    index = index_images(folder)
    with pytest.raises(ValueError, match=r"gram\.h5: was made from other images"):
        check_origin("gram.h5", {"images_sha256": "0" * 64}, index)


def test_checksums_are_those_of_sha256sum(folder: Path, tmp_path: Path):
    write_checksums(tmp_path / "sums", folder)
    first = (tmp_path / "sums").read_text().splitlines()[0]
    assert first == f"{files.file_sha256(folder / 'banded/c.png')}  banded/c.png"


# ---------------------------------------------------------------------------------------------------------------- fits


def test_names_of_fits_are_those_of_the_registry():
    assert list(FITS) == list(names.FITS)
    with pytest.raises(ValueError, match="unknown fit 'pad'; known: squash, crop"):
        next(iter(decode_images([], 24, fit="pad")))


@pytest.mark.parametrize("shape", [(40, 64), (64, 40)])
def test_cropping_takes_the_middle_and_keeps_the_aspect_ratio(shape: tuple[int, int]):
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    rows, columns = ((length - 40) // 2 for length in shape)
    middle = pixels[rows : rows + 40, columns : columns + 40]
    assert np.array_equal(FITS["crop"](Image.fromarray(pixels), 40), middle)
    # Of a circle, squashing makes an ellipse: the wider edge shrinks more.
    assert not np.array_equal(FITS["squash"](Image.fromarray(pixels), 40), middle)


def test_square_images_are_the_same_under_every_fit():
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 50, 3), np.uint8))
    assert np.array_equal(FITS["crop"](image, 24), FITS["squash"](image, 24))
