"""Single files from the web, checked against their SHA-256."""

import urllib.error
import urllib.request
from pathlib import Path

from texalign.artifacts.files import atomic_path, file_sha256
from texalign.errors import TexalignError


def fetch_file(url: str, sha256: str, folder: str | Path) -> Path:
    """Path of the file behind `url` in `folder`, downloaded unless it is there and checked against its hash.

    Raises TexalignError when it cannot be had, saying what to put where by hand, or does not have that SHA-256.
    """
    file = Path(folder) / url.rpartition("/")[2]
    if not file.exists():
        try:
            with urllib.request.urlopen(url, timeout=60) as response, atomic_path(file) as partial:
                partial.write_bytes(response.read())
        except (OSError, urllib.error.URLError) as error:
            raise TexalignError(
                f"{url} could not be downloaded ({error}). Without a network, fetch it elsewhere and save it as "
                f"{file}; the next run takes it from there"
            ) from error
    found = file_sha256(file)
    if found != sha256.lower():
        raise TexalignError(
            f"{file}: its SHA-256 is {found}, expected {sha256}: the file is damaged, incomplete or another one; "
            "remove it"
        )
    return file
