"""Notes of which files of vectors came from one pass of a network; standard library only, since planning reads them."""

import json
from collections.abc import Mapping
from pathlib import Path

from texalign.artifacts.lineage import lineage_of


def note_path(file: str | Path) -> Path:
    """Where the note of a file is: hidden, beside it."""
    file = Path(file)
    return file.with_name(f".{file.name}.pass")


def note_pass(outputs: Mapping[str, Path]) -> None:
    """Note beside each file, given by representation, of which lineage it is and what came from the same pass."""
    for file in outputs.values():
        note = {"lineage": lineage_of(file), "together": list(outputs)}
        note_path(file).write_text(json.dumps(note) + "\n", encoding="utf-8")


def read_pass(file: str | Path, lineage: str) -> list[str]:
    """Representations that came from one pass with a file of this lineage; none where nothing is noted of it."""
    try:
        note = json.loads(note_path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return note["together"] if isinstance(note, dict) and note.get("lineage") == lineage else []
