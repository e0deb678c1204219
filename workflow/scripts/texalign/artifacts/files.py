"""Files that appear complete or not at all, and their hashes."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from texalign.errors import TexalignError


def check_sha256(file: Path, expected_prefix: str) -> None:
    """Raise TexalignError unless the file's SHA-256 begins with `expected_prefix` (hexadecimal)."""
    found = file_sha256(file)
    if not found.startswith(expected_prefix.lower()):
        raise TexalignError(
            f"{file}: its SHA-256 begins {found[:12]}, expected {expected_prefix}: the file is damaged, incomplete or "
            "another one; replace it"
        )


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` on success, remove it on failure.

    The temporary name keeps the suffix, so that libraries which choose a format by suffix still do. Works for files and
    for folders (an existing folder under the final name is replaced).
    """
    final = Path(path)
    final.parent.mkdir(parents=True, exist_ok=True)
    partial = final.with_name(f".partial-{os.getpid()}-{final.name}")
    try:
        yield partial
        if partial.is_dir() and final.is_dir():
            shutil.rmtree(final)
        partial.replace(final)
    finally:
        if partial.is_dir():
            shutil.rmtree(partial)
        else:
            partial.unlink(missing_ok=True)


def file_sha256(path: str | Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
