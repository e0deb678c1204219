"""DTD's download, against an archive served on this machine."""

import hashlib
import tarfile
import threading
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import pytest
from PIL import Image

from texalign.artifacts import fetch
from texalign.errors import TexalignError
from texalign.images import dtd as datasets
from texalign.images.index import index_images, list_images
from texalign.networks.sources import import_torchvision


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An archive laid out as DTD's, of 4 images of 2 classes, in place of the one on DTD's own host."""
    root = tmp_path / "made/dtd"
    for number, name in enumerate(("banded/a.jpg", "banded/b.jpg", "woven/a.jpg", "woven/b.jpg")):
        (root / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (30, 20), (40 * number, 0, 0)).save(root / "images" / name)
    (root / "labels").mkdir()
    (root / "images/banded/.directory").touch()
    served = tmp_path / "served"
    served.mkdir()
    with tarfile.open(served / "dtd-r1.0.1.tar.gz", "w:gz") as file:
        file.add(root, "dtd")
        for name in ("dtd/images/../../escaped.jpg", "/dtd/images/woven/absolute.jpg", "dtd/images/woven/link.jpg"):
            member = tarfile.TarInfo(name)
            if name.endswith("link.jpg"):
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/hostname"
            file.addfile(member)
    server = HTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(served)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(datasets, "DTD_URL", f"http://127.0.0.1:{server.server_port}/dtd-r1.0.1.tar.gz")
    monkeypatch.setattr(datasets, "DTD_MD5", hashlib.md5((served / "dtd-r1.0.1.tar.gz").read_bytes()).hexdigest())
    monkeypatch.setattr(fetch, "PAUSE_S", 0)
    yield served / "dtd-r1.0.1.tar.gz"
    server.shutdown()


def small_dtd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "DTD_IMAGES", 4)
    monkeypatch.setattr(datasets, "DTD_CLASSES", 2)


def test_dtd_is_downloaded_verified_and_unpacked(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    small_dtd(monkeypatch)
    datasets.fetch_dtd(tmp_path / "downloads", tmp_path / "images/dtd")
    index = index_images(tmp_path / "images/dtd")
    assert [record.path for record in index.records][::2] == ["banded/a.jpg", "woven/a.jpg"]
    assert [entry.name for entry in (tmp_path / "images").iterdir()] == ["dtd"]


def test_archive_put_by_hand_needs_no_network(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    small_dtd(monkeypatch)
    (tmp_path / "downloads").mkdir()
    archive.rename(tmp_path / "downloads" / archive.name)
    datasets.fetch_dtd(tmp_path / "downloads", tmp_path / "dtd")
    assert len(list_images(tmp_path / "dtd")) == 4


def test_damaged_archive_is_refused(archive: Path, tmp_path: Path):
    archive.write_bytes(archive.read_bytes()[:-10])
    with pytest.raises(TexalignError, match=r"could not be downloaded.*save it as .*dtd-r1\.0\.1\.tar\.gz"):
        datasets.fetch_dtd(tmp_path / "downloads", tmp_path / "dtd")
    assert not (tmp_path / "dtd").exists()


def test_images_and_classes_are_counted(archive: Path, tmp_path: Path):
    with pytest.raises(ValueError, match="holds 4 images of 2 classes, expected 5640 of 47"):
        datasets.fetch_dtd(tmp_path / "downloads", tmp_path / "images/dtd")
    assert list((tmp_path / "images").iterdir()) == []


def test_place_and_hash_are_torchvisions():
    dtd = import_torchvision().datasets.DTD
    assert (datasets.DTD_URL, datasets.DTD_MD5) == (dtd._URL, dtd._MD5)
