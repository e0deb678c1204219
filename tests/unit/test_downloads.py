"""Files from the web: downloaded once, checked, or put there by hand."""

import hashlib
from pathlib import Path

import pytest

from texalign.artifacts.fetch import fetch_file
from texalign.errors import TexalignError

CONTENT = b"a texture"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def test_file_is_downloaded_once_and_checked(tmp_path: Path):
    source = tmp_path / "web" / "texture.png"
    source.parent.mkdir()
    source.write_bytes(CONTENT)
    file = fetch_file(source.as_uri(), SHA256, tmp_path / "downloads")
    assert file == tmp_path / "downloads" / "texture.png"
    assert file.read_bytes() == CONTENT
    source.unlink()
    assert fetch_file(source.as_uri(), SHA256.upper(), tmp_path / "downloads") == file


def test_file_that_cannot_be_had_names_where_to_put_it(tmp_path: Path):
    with pytest.raises(TexalignError, match=r"could not be downloaded.*save it as .*downloads/texture\.png"):
        fetch_file((tmp_path / "texture.png").as_uri(), SHA256, tmp_path / "downloads")
    assert list((tmp_path / "downloads").glob("*")) == []


def test_another_file_under_the_name_is_refused(tmp_path: Path):
    (tmp_path / "texture.png").write_bytes(b"something else")
    with pytest.raises(TexalignError, match=r"texture\.png: its SHA-256 is .*remove it"):
        fetch_file("https://example.org/texture.png", SHA256, tmp_path)
