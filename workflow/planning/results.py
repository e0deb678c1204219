"""Tables and figures that Snakemake takes for finished, and that are not what the config asks for.

Snakemake compares how a file was made with how it would be made now by its own records, in `.snakemake`. It has none
of results that came from elsewhere, and does not see what became of a file since. What people read is checked here,
whenever a run is planned. Files between are checked by the programs that read them; those that changed since they were
made, here too: Snakemake takes such a file for a new input, and removes what its readers made before they refuse it.
"""

import json
import sys
from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterator, Sequence
from mmap import ACCESS_READ, mmap
from pathlib import Path

from planning.lineage import Lineage
from planning.programs import argument_files
from texalign.artifacts import seals
from texalign.artifacts.damage import ArtifactError
from texalign.artifacts.files import atomic_path

RECORDS = Path(".snakemake/metadata")
LISTED = Path(".snakemake/texalign/unsound.txt")
SOUND = Path(".snakemake/texalign/sound.json")
# What may be asked of Snakemake although results are unsound: it reads or makes none, or all anew.
UNCHECKED = {
    *("verify", "--unlock", "--touch", "-t", "--lint", "--cleanup-metadata", "--delete-all-output"),
    *("--summary", "-S", "--detailed-summary", "-D", "--forceall", "-F"),
}
SHOWN = 10


def check_results(lineage: Lineage, arguments: Sequence[str]) -> str | None:
    """What is wrong with results that a Snakemake of these command-line arguments would leave as they are; None if
    nothing is, or nothing of them counts.
    """
    if UNCHECKED & set(arguments):
        return None
    forced = _forced(arguments)
    unsound = unsound_results(lineage, forced)
    if unsound:
        return refusal(unsound, foreign_between(lineage))
    changed = changed_between(lineage, forced)
    return refusal(changed, []) if changed else None


def _forced(arguments: Sequence[str]) -> set[str]:
    """Files that are to be made anew: what follows `--forcerun` up to the next option."""
    forced: set[str] = set()
    taken = False
    for argument in arguments:
        if argument.startswith("-"):
            option, _, value = argument.partition("=")
            taken = option in ("--forcerun", "-R")
            forced |= {value} if taken and value else set()
        elif taken:
            forced.add(argument)
    return forced


def unsound_results(lineage: Lineage, forced: Collection[str] = ()) -> dict[str, str]:
    """States (damaged, foreign) of tables and figures that are there and would wrongly stay, by their paths.

    Tables are read; of figures their seals are.
    """
    found: dict[str, str] = {}
    if RECORDS.with_name("metadata.db").exists():
        return found  # records in another form, which is not read here
    for kind in lineage.recipes:
        if kind.startswith(("table.", "figure.")):
            check = seals.check if kind.startswith("table.") else seals.check_lineage
            for path, expected in _standing(lineage, kind, forced):
                try:
                    check(path, expected)
                except ArtifactError as error:
                    found[path] = error.state
    return found


def foreign_between(lineage: Lineage) -> list[str]:
    """Files between images and tables that are there, of another lineage, and would wrongly stay."""
    return [
        path
        for kind in lineage.recipes
        if not kind.startswith(("table.", "figure."))
        for path, expected in _standing(lineage, kind)
        if not _holds(Path(path), expected)
    ]


def changed_between(lineage: Lineage, forced: Collection[str] = ()) -> dict[str, str]:
    """States of files between that are newer than Snakemake's records of them and are not what they should be.

    They are read as a whole, once for each size and date. Without h5py in Snakemake's own environment nothing is said:
    it is their readers that refuse them then.
    """
    known = _known_sound()
    newer = {
        path: expected
        for kind in lineage.recipes
        if not kind.startswith(("table.", "figure."))
        for path, expected in _standing(lineage, kind, forced, newer=True)
        if _dated(path) not in known
    }
    if not newer:
        return {}
    try:
        from texalign.artifacts.verify import SOUND as sound
        from texalign.artifacts.verify import verify
    except ImportError:
        return {}
    print(f"Reading {len(newer)} files that have changed, or were copied, since they were made.", file=sys.stderr)
    found = {finding.path: finding.state for finding in verify(newer)}
    _remember_sound(known | {_dated(path) for path, state in found.items() if state == sound})
    return {path: state for path, state in found.items() if state != sound}


def _dated(path: str) -> str:
    stat = Path(path).stat()
    return f"{path}|{stat.st_size}|{stat.st_mtime_ns}"


def _known_sound() -> set[str]:
    try:
        return set(json.loads(SOUND.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return set()


def _remember_sound(known: set[str]) -> None:
    """Write down which files were read and are sound; where that is not possible, they are read again next time."""
    try:
        with atomic_path(SOUND) as partial:
            partial.write_text(json.dumps(sorted(known)), encoding="utf-8")
    except OSError:
        return


def _standing(
    lineage: Lineage, kind: str, forced: Collection[str] = (), newer: bool = False
) -> Iterator[tuple[str, str]]:
    """Files of a kind that Snakemake will leave as they are, with the lineages that they should have.

    One that it has a record of, made under another lineage, it will make anew by itself, as those that are `forced`.
    With `newer`, only those that are newer than their record, which Snakemake writes when a file is finished.
    """
    for path, expected in lineage.existing(kind).items():
        if path in forced or (newer and not _newer_than_record(path)):
            continue
        record = _record(path)
        if record is None or expected in record:
            yield path, expected


def _newer_than_record(path: str) -> bool:
    try:
        return Path(path).stat().st_mtime > _record_file(path).stat().st_mtime
    except OSError:
        return False


def _holds(path: Path, expected: str) -> bool:
    """Whether a file is of a lineage: as its seal says; of HDF5, which is not parsed here, by finding it anywhere."""
    if path.suffix != ".h5":
        try:
            seals.check_lineage(path, expected)
        except ArtifactError:
            return False
        return True
    with path.open("rb") as stream:
        if not path.stat().st_size:
            return False
        with mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
            return content.find(expected.encode()) >= 0


def refusal(unsound: dict[str, str], between: Sequence[str]) -> str:
    """What is said of them; their paths are written down for the command that mends it."""
    LISTED.parent.mkdir(parents=True, exist_ok=True)
    LISTED.write_text("".join(f"{path}\n" for path in (*unsound, *between)), encoding="utf-8")
    shown = [f"{path}: {state}" for path, state in unsound.items()]
    also = [f"and {len(between)} files that they are made from"] if between else []
    return "\n  ".join(
        [
            "results that Snakemake takes for finished are not what the config asks for: they came from elsewhere, or "
            "were changed since they were written:",
            *_some(shown),
            *also,
            f"to make them anew, repeat the snakemake command with `--forcerun $(cat {LISTED})`",
        ]
    )


def _some(lines: Sequence[str]) -> list[str]:
    more = [f"and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return [*lines[:SHOWN], *more]


def _record(path: str) -> str | None:
    """Snakemake's record of how a file was made; None where it has none."""
    try:
        text = _record_file(path).read_text(encoding="utf-8")
    except OSError:
        return None
    return text + "".join(file.read_text(encoding="utf-8") for file in argument_files(text))


def _record_file(path: str) -> Path:
    name = urlsafe_b64encode(path.encode()).decode()
    # Names that are too long for a file are cut, the parts before the last marked as folders.
    pieces = [name[start : start + 254] for start in range(0, len(name), 254)]
    return RECORDS.joinpath(*(f"@{piece}" for piece in pieces[:-1]), pieces[-1])
