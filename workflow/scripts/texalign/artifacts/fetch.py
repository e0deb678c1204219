"""Files from the web: a file has its name only once its hash is checked, and what broke off goes on where it did."""

import hashlib
import http.client
import logging
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from texalign.artifacts.files import atomic_path
from texalign.errors import TexalignError

TIMEOUT_S = 60
PAUSE_S = 2.0
_BLOCK = 1 << 20
# Answers of a server after which asking again is of no use.
_FINAL_ANSWERS = {400, 401, 403, 404, 405, 410, 451}


@dataclass(frozen=True)
class KnownHash:
    """What a file's hash is, or begins with: `algorithm` of hashlib, `value` hexadecimal, empty where it is unknown."""

    algorithm: str
    value: str

    @classmethod
    def parse(cls, text: str) -> "KnownHash":
        """A hash as `md5:...` or `sha256:...`; without a name it is SHA-256."""
        algorithm, _, value = text.rpartition(":")
        return cls(algorithm or "sha256", value.lower())

    def of(self, file: Path) -> str:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, self.algorithm).hexdigest()

    def fits(self, file: Path) -> bool:
        return self.of(file).startswith(self.value)

    @property
    def kind(self) -> str:
        """The algorithm as people write it."""
        return {"sha256": "SHA-256"}.get(self.algorithm, self.algorithm.upper())


def file_name(url: str, known: KnownHash) -> str:
    """Name of the file behind a URL: its last part, after the beginning of its hash unless that is in it already.

    So files of one name from two places do not meet; where no hash is known, that of the URL tells them apart.
    """
    name = web_name(url)
    begin = known.value[:8] or f"url{hashlib.sha256(url.encode()).hexdigest()[:8]}"
    return name if begin in name else f"{begin}-{name}"


def web_name(url: str) -> str:
    """The last part of a URL's path."""
    return PurePosixPath(unquote(urlsplit(url).path)).name or "file"


def hash_in_name(url: str) -> str:
    """What a file's SHA-256 begins with by its name, as torch's files have it (`resnet50-0676ba61.pth`), or nothing."""
    named = re.search(r"-([0-9a-f]{8,64})\.", web_name(url))
    return named.group(1) if named else ""


def fetch(
    urls: str | Sequence[str],
    known_hash: str,
    folder: str | Path,
    attempts: int = 4,
    pause_s: float | None = None,
) -> Path:
    """Path of a file in `folder`, downloaded unless it is there, and checked against its hash.

    `urls` are where it can be had, the first one first; `known_hash` is SHA-256 or its beginning, or `md5:...`; empty
    where nobody tells, and then whatever comes whole is taken, and its hash is logged. Every
    place is tried `attempts` times, with pauses that double. What came before a connection broke off is kept and
    completed, by later calls too, where the server can.

    A file that lies in `folder` already, put there by hand as the web calls it or under the name that it gets here (see
    `file_name`), is used without the network.

    Raises TexalignError when the file cannot be had, saying what to put where by hand, and when what lies under the
    name that it gets here is another file.
    """
    urls = [urls] if isinstance(urls, str) else list(urls)
    known = KnownHash.parse(known_hash)
    file = Path(folder) / file_name(urls[0], known)
    if file.exists():
        if not known.fits(file):
            raise TexalignError(
                f"{file}: its {known.kind} is {known.of(file)}, expected {known.value}: the file is "
                "damaged, incomplete or another one; remove it, or put the right one there"
            )
        return file
    by_hand = file.with_name(web_name(urls[0]))
    if not known.value:
        by_hand = file
    elif by_hand.is_file():
        if known.fits(by_hand):
            return by_hand
        logging.warning("%s: is not the file with %s %s, and left alone", by_hand, known.kind, known.value)
        by_hand = file
    reasons = []
    for url in urls:
        for attempt in range(attempts):
            if attempt:
                time.sleep((PAUSE_S if pause_s is None else pause_s) * 2 ** (attempt - 1))
            try:
                _download(url, known, file)
                if not known.value:
                    logging.warning("%s: no hash was given to check it by; its SHA-256 is %s", url, known.of(file))
                return file
            except _Failed as failure:
                logging.warning("%s, attempt %d of %d: %s", url, attempt + 1, attempts, failure)
                reasons.append(f"{url}: {failure}")
                if failure.final:
                    break
    raise TexalignError(
        f"{urls[0]} could not be downloaded ({'; '.join(dict.fromkeys(reasons))}). Without a network, fetch it "
        f"elsewhere, {f'check that its {known.kind} begins {known.value}, ' if known.value else ''}and save it as "
        f"{by_hand}; the next run takes it from there"
    )


class _Failed(Exception):
    """An attempt failed; with `final`, another one at the same place would too."""

    def __init__(self, reason: str, final: bool = False):
        super().__init__(reason)
        self.final = final


def _download(url: str, known: KnownHash, file: Path) -> None:
    """Download into a temporary file, check, rename. What is there of a broken download is kept beside `file`."""
    kept = file.with_name(f".{file.name}.part")
    with atomic_path(file) as partial:
        # Taking over by a rename: of several processes only one goes on with what is there.
        with suppress(FileNotFoundError):
            kept.replace(partial)
        try:
            _receive(url, partial)
        except _Failed:
            if partial.exists() and partial.stat().st_size:
                partial.replace(kept)
            raise
        if not known.fits(partial):
            with partial.open("rb") as stream:
                begin = stream.read(60)
            raise _Failed(f"what came has the {known.kind} {known.of(partial)[:12]}... and begins {begin!r}")


def _receive(url: str, partial: Path) -> None:
    """Append to `partial` what it lacks of the file behind a URL, or begin anew where the server cannot continue."""
    there = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={there}-"} if there else {})
    with _network_errors():
        try:
            response = urllib.request.urlopen(request, timeout=TIMEOUT_S)
        except urllib.error.HTTPError as error:
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                # All of it is there, or it is of another file: the hash tells, and then the next attempt begins anew.
                return
            raise
    with response:
        continued = getattr(response, "status", None) == http.HTTPStatus.PARTIAL_CONTENT
        announced = response.headers.get("Content-Length")
        received = 0
        with partial.open("ab" if continued else "wb") as stream:
            while True:
                with _network_errors():
                    block = response.read(_BLOCK)
                if not block:
                    break
                stream.write(block)
                received += len(block)
        # http.client ends without a word when a connection breaks off between blocks.
        if announced is not None and received < int(announced):
            raise _Failed(f"the connection broke off after {received} of {announced} bytes")


@contextmanager
def _network_errors() -> Iterator[None]:
    try:
        yield
    except urllib.error.HTTPError as error:
        raise _Failed(f"the server answers {error.code} {error.reason}", error.code in _FINAL_ANSWERS) from error
    except urllib.error.URLError as error:
        raise _Failed(str(error.reason)) from error
    except (OSError, http.client.HTTPException) as error:
        raise _Failed(str(error) or type(error).__name__) from error
