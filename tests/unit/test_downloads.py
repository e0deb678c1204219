"""Files from the web: downloaded once, checked before they have their name, or put there by hand."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from texalign.artifacts.fetch import KnownHash, fetch, file_name
from texalign.errors import TexalignError

CONTENT = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
NAME = f"{SHA256[:8]}-texture.png"
Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """A server on this machine that gives its `answers` in turn, the last one again and again."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.ranges: list[str | None] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.ranges.append(self.headers.get("Range"))
                answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
                answer(self)

            def log_message(self, *_: object) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_port}/a/texture.png"


def give(content: bytes, status: int = 200, announced: int | None = None) -> Answer:
    """An answer; with more `announced` than the content has, the connection breaks off."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Length", str(len(content) if announced is None else announced))
        request.end_headers()
        request.wfile.write(content)

    return answer


def give_rest(request: BaseHTTPRequestHandler) -> None:
    start = int(request.headers["Range"].removeprefix("bytes=").removesuffix("-"))
    give(CONTENT[start:], 206)(request)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.http.shutdown()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "downloads"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_file_is_downloaded_once_and_checked(server: Server, folder: Path):
    server.answers = [give(CONTENT)]
    file = fetch(server.url, SHA256, folder)
    assert file == folder / NAME
    assert file.read_bytes() == CONTENT
    server.http.shutdown()
    assert fetch(server.url, SHA256.upper(), folder) == file
    assert len(server.ranges) == 1


def test_an_error_page_gets_no_name_and_the_next_attempt_succeeds(server: Server, folder: Path):
    server.answers = [give(b"<html>Too many requests</html>"), give(b"", 503), give(CONTENT)]
    assert fetch(server.url, SHA256, folder, pause_s=0).read_bytes() == CONTENT
    assert names(folder) == [NAME]


def test_error_pages_only_are_named_and_leave_nothing(server: Server, folder: Path):
    server.answers = [give(b"<html>Too many requests</html>")]
    with pytest.raises(TexalignError, match=r"what came has the SHA-256 .* and begins b'<html>Too many.*texture\.png"):
        fetch(server.url, SHA256, folder, pause_s=0)
    assert names(folder) == []
    server.answers = [give(CONTENT)]
    assert fetch(server.url, SHA256, folder).read_bytes() == CONTENT


def test_a_broken_download_goes_on_where_it_broke_off(server: Server, folder: Path):
    server.answers = [give(CONTENT[:70_000], announced=len(CONTENT)), give_rest]
    assert fetch(server.url, SHA256, folder, pause_s=0).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=70000-"]
    assert names(folder) == [NAME]


def test_a_later_call_completes_what_an_earlier_one_had_to_leave(server: Server, folder: Path):
    server.answers = [give(CONTENT[:70_000], announced=len(CONTENT))]
    with pytest.raises(TexalignError, match="broke off after 70000 of 256000 bytes"):
        fetch(server.url, SHA256, folder, attempts=1)
    assert names(folder) == [f".{NAME}.part"]
    server.answers = [give_rest]
    assert fetch(server.url, SHA256, folder).read_bytes() == CONTENT
    assert names(folder) == [NAME]


def test_where_the_server_cannot_continue_it_begins_anew(server: Server, folder: Path):
    server.answers = [give(CONTENT[:70_000], announced=len(CONTENT)), give(CONTENT)]
    assert fetch(server.url, SHA256, folder, pause_s=0).read_bytes() == CONTENT


@pytest.mark.parametrize("rest", [b"something else", CONTENT])
def test_what_is_continued_wrongly_is_dropped(server: Server, folder: Path, rest: bytes):
    server.answers = [give(CONTENT[:70_000], announced=len(CONTENT)), give(rest, 206), give(CONTENT)]
    assert fetch(server.url, SHA256, folder, pause_s=0).read_bytes() == CONTENT
    assert server.ranges[2] is None


def test_a_range_beyond_the_end_is_begun_anew(server: Server, folder: Path):
    folder.mkdir()
    (folder / f".{NAME}.part").write_bytes(CONTENT + b"more")
    server.answers = [give(b"", 416), give(CONTENT)]
    assert fetch(server.url, SHA256, folder, pause_s=0).read_bytes() == CONTENT


def test_a_mirror_is_asked_where_the_first_place_fails_for_good(server: Server, folder: Path):
    mirror = server.url.replace("/a/", "/mirror/")
    server.answers = [give(b"", 404), give(CONTENT)]
    assert fetch([server.url, mirror], SHA256, folder).read_bytes() == CONTENT
    assert len(server.ranges) == 2


def test_files_of_one_name_do_not_meet(server: Server, folder: Path):
    server.answers = [give(CONTENT), give(b"another")]
    first = fetch(server.url, SHA256, folder)
    second = fetch(server.url.replace("/a/", "/b/"), hashlib.sha256(b"another").hexdigest(), folder)
    assert first != second
    assert (first.read_bytes(), second.read_bytes()) == (CONTENT, b"another")


def test_file_that_cannot_be_had_names_where_to_put_it(tmp_path: Path, folder: Path):
    with pytest.raises(
        TexalignError, match=rf"could not be downloaded.*SHA-256 begins {SHA256}, .*downloads/texture\.png"
    ):
        fetch((tmp_path / "texture.png").as_uri(), SHA256, folder, pause_s=0)
    assert names(folder) == []


@pytest.mark.parametrize("name", ["texture.png", NAME])
def test_a_file_put_there_by_hand_needs_no_network(folder: Path, name: str):
    folder.mkdir()
    (folder / name).write_bytes(CONTENT)
    assert fetch("http://127.0.0.1:9/a/texture.png", SHA256, folder) == folder / name


def test_another_file_of_the_webs_name_is_left_alone(server: Server, folder: Path):
    folder.mkdir()
    (folder / "texture.png").write_bytes(b"of another place")
    server.answers = [give(CONTENT)]
    assert fetch(server.url, SHA256, folder) == folder / NAME
    assert (folder / "texture.png").read_bytes() == b"of another place"


def test_another_file_under_the_own_name_is_refused(folder: Path):
    folder.mkdir()
    (folder / NAME).write_bytes(b"something else")
    with pytest.raises(TexalignError, match=r"texture\.png: its SHA-256 is .*remove it"):
        fetch("http://127.0.0.1:9/a/texture.png", SHA256, folder)


def test_names_that_hold_their_hash_stay_as_they_are():
    url = "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth"
    assert file_name(url, KnownHash.parse("7be5be79")) == "alexnet-owt-7be5be79.pth"
    assert (
        file_name("https://example.org/x%20y.tar.gz?raw=1", KnownHash.parse("md5:ABCDEF0123")) == "abcdef01-x y.tar.gz"
    )
