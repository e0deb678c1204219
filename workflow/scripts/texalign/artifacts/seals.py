"""Seals: what a file that is not HDF5 should hold, in a small hidden file beside it.

The seal of `mi.tsv` is `.mi.tsv.seal`, JSON: `file` (the name it was written under), `lineage`, `sha256` and `size` of
its bytes. HDF5 files carry the same in their attributes.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from texalign.artifacts.damage import Damaged, damaged, foreign, mend, missing
from texalign.artifacts.lineage import lineage_of


def seal_path(path: str | Path) -> Path:
    """Where the seal of a file is."""
    path = Path(path)
    return path.with_name(f".{path.name}.seal")


def seal(final: Path, content: Path, lineage: str | None) -> None:
    """Write the seal of a file that will be named `final` and has the content of the file `content`.

    Without a lineage a file has no seal, and one that an earlier file left is removed. HDF5 files have none, because
    they carry their lineage themselves. Raises IsADirectoryError for a folder with a lineage.
    """
    target = seal_path(final)
    if lineage is None or final.suffix == ".h5":
        target.unlink(missing_ok=True)
        return
    with content.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    facts = {"file": final.name, "lineage": lineage, "sha256": sha256, "size": content.stat().st_size}
    partial = content.with_name(f"{content.name}.seal")
    try:
        partial.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def read_bytes(path: str | Path, lineage: str | None = None) -> bytes:
    """Bytes of a file, checked against its seal.

    Raises TexalignError when the file is missing or not what was sealed, and, where a `lineage` is given, when it has
    no seal or is of another lineage. A file without a seal is taken as it is where no lineage is asked for.
    """
    path, lineage = Path(path), lineage_of(path, lineage)
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise missing(path) from error
    _compare(path, lineage, len(content), lambda: hashlib.sha256(content).hexdigest())
    return content


def check(path: str | Path, lineage: str | None = None) -> None:
    """Raise TexalignError as `read_bytes` does, without keeping the bytes; for files that other libraries read."""
    path, lineage = Path(path), lineage_of(path, lineage)
    if not path.is_file():
        raise missing(path)

    def sha256() -> str:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    _compare(path, lineage, path.stat().st_size, sha256)


def check_lineage(path: str | Path, lineage: str) -> None:
    """Raise TexalignError when a file has no seal, or one of another lineage; its bytes are not read."""
    facts = _facts(Path(path))
    if facts is None:
        raise _unsealed(Path(path))
    if facts["lineage"] != lineage:
        raise foreign(path)


def _unsealed(path: Path) -> Damaged:
    return Damaged(
        f"{path}: has no seal ({seal_path(path).name} beside it) that says what it was made from; {mend(path)}"
    )


def _compare(path: Path, lineage: str | None, size: int, sha256: Callable[[], str]) -> None:
    facts = _facts(path)
    if facts is None:
        if lineage is not None:
            raise _unsealed(path)
        return
    if lineage is not None and facts["lineage"] != lineage:
        raise foreign(path)
    if facts["file"] != path.name:
        raise damaged(path, f"it was written as {facts['file']}")
    if facts["size"] != size:
        raise damaged(path, f"it has {size} bytes, {facts['size']} were written")
    if facts["sha256"] != sha256():
        raise damaged(path, "its SHA-256 is another")


def _facts(path: Path) -> dict[str, object] | None:
    """What a file's seal says; None where it has none. Raises TexalignError for a seal that is damaged."""
    try:
        facts = json.loads(seal_path(path).read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise damaged(path, f"its seal, {seal_path(path).name}, cannot be read: {error}") from error
    if not isinstance(facts, dict) or set(facts) != {"file", "lineage", "sha256", "size"}:
        raise damaged(path, f"its seal, {seal_path(path).name}, lacks facts")
    return facts
