"""Whether the files of a study are what they should be, by reading all of them."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from texalign.artifacts import seals
from texalign.artifacts.damage import ArtifactError, Missing, damaged, mend
from texalign.artifacts.hdf5 import verify_h5

SOUND = "sound"


@dataclass(frozen=True)
class Finding:
    """What was found of one file or folder: `state` is sound, missing, damaged or foreign, `reason` why."""

    path: str
    state: str
    reason: str = ""


def verify(lineages: Mapping[str, str]) -> Iterator[Finding]:
    """Read every file, given with the lineage that it should have, and say what is found of each.

    A list of checksums, `<folder>.sha256`, stands for the folder of images beside it, which is read against it.
    """
    for path, lineage in lineages.items():
        try:
            _verify_one(Path(path), lineage)
        except ArtifactError as error:
            yield Finding(path, error.state, str(error))
        except OSError as error:
            yield Finding(path, "damaged", f"{path}: cannot be read: {error}")
        else:
            yield Finding(path, SOUND)


def _verify_one(path: Path, lineage: str) -> None:
    if path.suffix == ".sha256":
        _verify_folder(path, lineage)
    elif path.suffix == ".h5":
        verify_h5(path, lineage)
    else:
        seals.check(path, lineage)


def _verify_folder(listing: Path, lineage: str) -> None:
    folder = listing.with_suffix("")
    expected: dict[str, str] = {}
    for line in seals.read_bytes(listing, lineage).decode().splitlines():
        sha256, _, name = line.partition("  ")
        expected[name] = sha256
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    for name, sha256 in expected.items():
        if name not in found:
            raise Missing(f"{folder / name}: is missing; {mend(folder)}")
        with found[name].open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
                raise damaged(folder, f"{name} is another file than the list of checksums says")
    if extra := [name for name in found if name not in expected and not Path(name).name.startswith(".")]:
        raise damaged(folder, f"{extra[0]} is not in the list of checksums")
