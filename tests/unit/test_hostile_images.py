"""Images that people have and that are not what they seem: they work, or are refused by name, all at once."""

import logging
import os
import socket
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from texalign.errors import TexalignError
from texalign.images.index import index_images, read_index, write_index
from texalign.images.pixels import decode_images, load_rgb

VALUES = np.random.default_rng(0).integers(0, 256, (40, 30, 3), np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of two images each."""
    root = tmp_path / "textures"
    for number, name in enumerate(["banded/a.png", "banded/b.png", "woven/c.png", "woven/d.png"]):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.roll(VALUES, number + 1, axis=0)).save(root / name)
    return root


def fifo(path: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path) -> None:
    before = Path.cwd()
    os.chdir(path.parent)  # names of sockets are short
    socket.socket(socket.AF_UNIX).bind(path.name)
    os.chdir(before)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def broken_link(path: Path) -> None:
    path.symlink_to("nowhere.png")


def no_bytes(path: Path) -> None:
    path.touch()


def web_page(path: Path) -> None:
    path.write_text("<html>Not found</html>")


def animation(path: Path) -> None:
    frames = [Image.fromarray(np.roll(VALUES, step, axis=0)) for step in range(3)]
    frames[0].save(path, "GIF", save_all=True, append_images=frames[1:])


def pages(path: Path) -> None:
    Image.fromarray(VALUES).save(path, "TIFF", save_all=True, append_images=[Image.fromarray(VALUES[::-1])])


def cmyk(path: Path) -> None:
    Image.fromarray(VALUES).convert("CMYK").save(path, "JPEG")


def lab(path: Path) -> None:
    Image.fromarray(VALUES, "RGB").convert("RGB").save(path, "TIFF")
    Image.frombytes("LAB", (30, 40), VALUES.tobytes()).save(path, "TIFF")


def floats(path: Path) -> None:
    Image.fromarray(VALUES[..., 0].astype(np.float32)).save(path, "TIFF")


def bomb(path: Path) -> None:
    """A PNG that says it has 10^10 pixels; nobody has to decode them."""
    write_png(path, 100_000, 100_000, 8, b"")


def write_png(path: Path, width: int, height: int, bits: int, rows: bytes) -> None:
    header = struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
            for kind, content in chunks
        )
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (fifo, "is a named pipe, not an image file"),
        (a_socket, "is a socket, not an image file"),
        (device, "is a device, not an image file"),
        (loop, "cannot be read .Too many levels of symbolic links"),
        (broken_link, "cannot be read .No such file"),
        (no_bytes, "cannot be read as an image .it is empty"),
        (web_page, "cannot be read as an image .of no format that is known here"),
        (animation, "holds 3 pictures, an animation or several pages"),
        (pages, "holds 2 pictures, an animation or several pages"),
        (cmyk, "its colours are CMYK"),
        (lab, "its colours are LAB"),
        (floats, "mode F has no known range"),
        (bomb, "has more pixels than are decoded without suspicion"),
    ],
)
def test_what_is_no_plain_picture_is_refused_by_name(folder: Path, make: Callable[[Path], None], message: str):
    make(folder / "banded/x.jpg")
    with pytest.raises(TexalignError, match=rf"banded/x\.jpg: {message}"):
        index_images(folder)
    with pytest.raises(TexalignError, match=rf"banded/x\.jpg: {message}"):
        load_rgb(folder / "banded/x.jpg")


def test_a_file_that_may_not_be_read_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch):
    (folder / "banded/a.png").chmod(0)
    if os.geteuid() == 0:  # who may read everything
        monkeypatch.setattr(os, "access", lambda path, _mode: Path(path).name != "a.png")
    with pytest.raises(TexalignError, match=r"banded/a\.png: cannot be read .Permission denied"):
        index_images(folder)


def test_all_problems_are_said_at_once(folder: Path):
    fifo(folder / "banded/x.jpg")
    no_bytes(folder / "woven/y.jpg")
    with pytest.raises(
        TexalignError, match=r"2 images or folders do not fit:\n.*x\.jpg: is a named.*\n.*y\.jpg: cannot"
    ):
        index_images(folder)
    for number in range(30):
        (folder / f"woven/n{number}.txt").touch()
    with pytest.raises(TexalignError, match=r"30 images or folders(.*\n)+.*and 10 more"):
        index_images(folder)


@pytest.mark.parametrize(
    "name", ["a\rb.png", "a\nb.png", "a\tb.png", '"a".png', "{x}.png", "a b'.png", "ä文.png", "-a.png"]
)
def test_odd_names_work(folder: Path, tmp_path: Path, name: str):
    Image.fromarray(VALUES).save(folder / "woven" / name)
    index = index_images(folder)
    assert f"woven/{name}" in [record.path for record in index.records]
    write_index(tmp_path / "index.tsv", index, "a" * 32)
    assert read_index(tmp_path / "index.tsv", "a" * 32) == index
    (pixels,) = decode_images([folder / "woven" / name], 8)
    assert pixels.shape == (8, 8, 3)


def test_names_that_are_not_utf8_are_refused_in_print(folder: Path):
    (folder / "woven/c.png").rename(folder / "woven" / os.fsdecode(b"caf\xe9.png"))
    with pytest.raises(TexalignError, match=r"woven/caf\\xe9\.png: its name is not UTF-8; rename it"):
        index_images(folder)


def test_classes_with_a_single_image_are_refused(folder: Path):
    (folder / "woven/d.png").unlink()
    with pytest.raises(TexalignError, match=r"the class\(es\) 'woven' have a single image, at least 2"):
        index_images(folder)


@pytest.mark.parametrize(("first", "second"), [("Woven", "woven"), ("gr\u00fcn", "gru\u0308n")])
def test_classes_that_differ_in_case_only_are_refused(folder: Path, first: str, second: str):
    for name in (first, second):
        (folder / name).mkdir(exist_ok=True)
        Image.fromarray(VALUES).save(folder / name / "x.png")
    with pytest.raises(TexalignError, match="differ in case only; merge or rename them"):
        index_images(folder)


def test_pictures_that_are_there_twice_are_told(folder: Path, caplog: pytest.LogCaptureFixture):
    (folder / "woven/same.png").write_bytes((folder / "banded/a.png").read_bytes())
    (folder / "woven/again.png").write_bytes((folder / "woven/c.png").read_bytes())
    with caplog.at_level(logging.WARNING):
        index = index_images(folder)
    assert len(index) == 6
    assert "the same picture in several classes: banded/a.png, woven/same.png" in caplog.text
    assert "1 pictures are several times in their class" in caplog.text


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_as_their_exif_data_say(tmp_path: Path, orientation: int):
    """Against the definition of the eight values (EXIF 2.32, 4.6.5.A): where the data's row 0 and column 0 are seen."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(VALUES).save(tmp_path / "a.png", exif=exif)
    row, column = {
        1: ("top", "left"), 2: ("top", "right"), 3: ("bottom", "right"), 4: ("bottom", "left"),
        5: ("left", "top"), 6: ("right", "top"), 7: ("right", "bottom"), 8: ("left", "bottom"),
    }[orientation]  # fmt: skip
    seen = np.asarray(load_rgb(tmp_path / "a.png"))
    edges = {"top": seen[0], "bottom": seen[-1], "left": seen[:, 0], "right": seen[:, -1]}
    for edge, data, across in ((row, VALUES[0], column), (column, VALUES[:, 0], row)):
        backwards = across in ("right", "bottom")
        np.testing.assert_array_equal(edges[edge][::-1] if backwards else edges[edge], data)


@pytest.mark.parametrize("bits", [12, 14])
def test_few_bits_in_a_file_of_sixteen_are_refused(tmp_path: Path, bits: int):
    values = (VALUES[..., 0].astype(np.uint16) << (bits - 8)).astype(np.uint16)
    Image.fromarray(values).save(tmp_path / "grey.png")
    with pytest.raises(TexalignError, match=r"grey\.png: holds 16-bit values that end at about \d+ of 65535"):
        load_rgb(tmp_path / "grey.png")


def test_sixteen_bits_of_each_colour(tmp_path: Path):
    def write(path: Path, values: np.ndarray) -> None:
        rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
        write_png(path, values.shape[1], values.shape[0], 16, rows)

    full = VALUES.astype(np.uint16) * 257
    write(tmp_path / "full.png", full)
    np.testing.assert_array_equal(np.asarray(load_rgb(tmp_path / "full.png")), VALUES)
    write(tmp_path / "twelve.png", full >> 4)
    with pytest.raises(TexalignError, match=r"twelve\.png: holds 16-bit values"):
        load_rgb(tmp_path / "twelve.png")


def test_palettes_are_resolved_and_transparency_is_refused_where_it_is_seen(tmp_path: Path):
    palette = Image.fromarray(VALUES).quantize(16)
    palette.save(tmp_path / "palette.png")
    np.testing.assert_array_equal(np.asarray(load_rgb(tmp_path / "palette.png")), np.asarray(palette.convert("RGB")))
    opaque = Image.fromarray(VALUES).convert("RGBA")
    opaque.save(tmp_path / "opaque.png")
    np.testing.assert_array_equal(np.asarray(load_rgb(tmp_path / "opaque.png")), VALUES)
    opaque.putpixel((3, 4), (1, 2, 3, 254))
    opaque.save(tmp_path / "seen.png")
    palette.save(tmp_path / "tRNS.png", transparency=0)
    for name in ("seen.png", "tRNS.png"):
        with pytest.raises(TexalignError, match=rf"{name}: has transparent pixels"):
            load_rgb(tmp_path / name)


def test_all_images_that_cannot_be_decoded_are_named(folder: Path):
    paths = sorted(folder.rglob("*.png"))
    for path in paths[1:3]:
        path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(TexalignError, match=r"2 images .*\n.*b\.png: cannot be decoded.*\n.*c\.png: cannot be decoded"):
        list(decode_images(paths, 8, threads=2))
