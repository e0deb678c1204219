"""Files that appear complete or not at all, their hashes, and what killed programs left of them."""

import hashlib
import os
import platform
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from texalign.artifacts import seals
from texalign.artifacts.lineage import lineage_of
from texalign.errors import TexalignError

_DAY = 24 * 3600


def check_sha256(file: Path, expected_prefix: str) -> None:
    """Raise TexalignError unless the file's SHA-256 begins with `expected_prefix` (hexadecimal)."""
    found = file_sha256(file)
    if not found.startswith(expected_prefix.lower()):
        raise TexalignError(
            f"{file}: its SHA-256 begins {found[:12]}, expected {expected_prefix}: the file is damaged, incomplete or "
            "another one; replace it"
        )


@contextmanager
def atomic_path(path: str | Path, lineage: str | None = None) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` on success, remove it on failure.

    The temporary name keeps the suffix, so that libraries which choose a format by suffix still do. Works for files and
    for folders (an existing folder under the final name is replaced). A file with a `lineage` gets a seal (see
    texalign.artifacts.seals); a folder is sealed by the list of its checksums.
    """
    final = Path(path)
    final.parent.mkdir(parents=True, exist_ok=True)
    partial = final.with_name(f".partial-{_host()}-{os.getpid()}-{final.name}")
    _remove(partial)
    try:
        yield partial
        if partial.is_dir() and final.is_dir():
            shutil.rmtree(final)
        # Before the file has its name: a seal without a file asks for it, a file without a seal is refused.
        seals.seal(final, partial, lineage_of(path, lineage))
        partial.replace(final)
    finally:
        _remove(partial)


def file_sha256(path: str | Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


# Also the temporary names of earlier versions, which did not name the host.
_PARTIAL = re.compile(r"\.partial-(?:(?P<host>[\w.]+)-)?(?P<pid>\d+)-")


def sweep(folder: str | Path) -> list[Path]:
    """Remove what killed programs left under temporary names anywhere below `folder`; the paths that were removed.

    What a process of this host left goes once no process has its number; what processes of other hosts left goes a day
    after it was last written to, since whether they still run cannot be seen from here.
    """
    removed: list[Path] = []
    for place, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = Path(place, name)
            found = _PARTIAL.match(name)
            if found and _is_left_over(path, found["host"], int(found["pid"])):
                _remove(path)
                removed.append(path)
        folders[:] = [name for name in folders if not _PARTIAL.match(name)]
    return sorted(removed)


def _is_left_over(path: Path, host: str | None, pid: int) -> bool:
    if host == _host():
        return not _runs(pid)
    with suppress(FileNotFoundError):
        return time.time() - path.stat().st_mtime > _DAY
    return False


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OverflowError:
        return False
    except PermissionError:
        return True
    return True


def _host() -> str:
    """This machine's name, as it can be part of a file's name, without the hyphen that ends it there."""
    return re.sub(r"[^\w.]", "_", platform.node())[:40] or "unnamed"


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
