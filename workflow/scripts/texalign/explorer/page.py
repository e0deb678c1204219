"""The explorer's page: markup, style, programs and data in one HTML file, with all parts or beside them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from texalign.artifacts import seals
from texalign.artifacts.files import atomic_path
from texalign.errors import TexalignError
from texalign.explorer.parts import as_json, read_part

FOLDER = Path(__file__).parent / "page"
# Scripts in the order in which they run: the plotting library first (d3, ISC licence: page/d3.LICENSE).
SCRIPTS = ("d3.min.js", "data.js", "matrix.js", "pictures.js", "plots.js", "explorer.js")
# Parts of together fewer bytes than this are within the page.
EMBEDDED_BYTES = 60_000_000


def write_page(
    path: str | Path,
    contents: Mapping[str, object],
    parts: Mapping[str, str | Path],
    embedded_bytes: int = EMBEDDED_BYTES,
    lineage: str | None = None,
) -> bool:
    """Write the page. `parts`: files by the names that they were written under. True where the page holds them all.

    Parts of more than `embedded_bytes` together stay where they are, and the page loads them from there, by paths
    relative to its own. Raises TexalignError for a part that is not what it should be.
    """
    embedded = sum(_size(part) for part in parts.values()) <= embedded_bytes
    if embedded:
        # Text of another kind than a script's does not run, and is not read before it is asked for.
        scripts = [
            f'<script type="text/plain" data-part="{_attribute(name)}">{read_part(part)}</script>\n'
            for name, part in parts.items()
        ]
        files = {}
    else:
        for part in parts.values():
            seals.check(part)
        scripts = []
        files = {name: _beside(Path(part), Path(path)) for name, part in parts.items()}
    page = (FOLDER / "explorer.html").read_text(encoding="utf-8")
    filled = {
        "STYLE": (FOLDER / "explorer.css").read_text(encoding="utf-8"),
        "DATA": as_json({**contents, "files": files}),
        "PARTS": "".join(scripts),
        "SCRIPTS": "".join(f"<script>\n{_script(name)}\n</script>\n" for name in SCRIPTS),
    }
    with atomic_path(path, lineage) as partial, partial.open("w", encoding="utf-8") as stream:
        # Between marks, so that nothing that is filled in is searched for them.
        for piece in page.split("@@"):
            stream.write(filled.get(piece, piece))
    return embedded


def _size(part: str | Path) -> int:
    try:
        return Path(part).stat().st_size
    except FileNotFoundError as error:
        raise TexalignError(f"{part}: is missing") from error


def _script(name: str) -> str:
    text = (FOLDER / name).read_text(encoding="utf-8")
    if "</script" in text:
        raise ValueError(f"{name}: holds the end of a script element")
    return text


def _attribute(name: str) -> str:
    return name.replace("&", "&amp;").replace('"', "&quot;")


def _beside(part: Path, page: Path) -> str:
    return part.relative_to(page.parent).as_posix()


def page_files() -> Sequence[Path]:
    """All files that the page is made from."""
    return [FOLDER / name for name in ("explorer.html", "explorer.css", *SCRIPTS)]
