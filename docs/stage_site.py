"""Lay out the project's Markdown for mkdocs: every page where it lies in the project, and the files that pages link to.

    python docs/stage_site.py build/site-source && mkdocs build --strict

Pages are written to be read in the repository, with links relative to where they lie; the site keeps the same tree, so
that the same links lead somewhere. `mkdocs build --strict` fails where one does not.
"""

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
# Folders with pages; of the top folder itself only the pages that lie in it directly.
FOLDERS = ("docs", "config", "profiles", "resources", "benchmarks")
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)\s]*)?\)")


def pages() -> list[Path]:
    """All Markdown files of the project that are pages of the site."""
    below = (path for folder in FOLDERS for path in (PROJECT / folder).rglob("*.md"))
    return sorted([*PROJECT.glob("*.md"), *below])


def linked_files(page: Path) -> Iterator[Path]:
    """Files of the project that a page links to, those that do not exist among them."""
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            yield (page.parent / target).resolve()


def stage(folder: Path) -> None:
    """Copy the pages, and every file that one of them links to, into a new `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    linked = {file for page in pages() for file in linked_files(page) if file.is_file()}
    for file in {*pages(), *linked}:
        copy = folder / file.relative_to(PROJECT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)


if __name__ == "__main__":
    stage(Path(sys.argv[1]))
