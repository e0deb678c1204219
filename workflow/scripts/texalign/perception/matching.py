"""Names of images in a file of human judgements, and the images of a study: what meets, and what is missing where."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from texalign.errors import TexalignError, nearest
from texalign.images.index import ImageIndex

# Names that a message shows; the table of coverage lists them all.
_SHOWN = 5


@dataclass(frozen=True)
class Coverage:
    """What a file and the study's images lack of each other, by name, in order: never dropped without a word.

    `matched`: images that both have. `without_image`: names in the file that no image of the study has.
    `without_evidence`: images of the study that the file says nothing of.
    """

    matched: tuple[str, ...]
    without_image: tuple[str, ...]
    without_evidence: tuple[str, ...]

    @property
    def text(self) -> str:
        """The counts in a sentence, with a few of the names."""
        return (
            f"{len(self.matched)} images matched by name; {len(self.without_image)} names without an image"
            f"{_some(self.without_image)}; {len(self.without_evidence)} images without a judgement"
            f"{_some(self.without_evidence)}"
        )

    def rows(self) -> list[dict[str, str]]:
        """Rows of the table of coverage: every name once, with its state."""
        states = {
            "matched": self.matched,
            "no image": self.without_image,
            "no judgement": self.without_evidence,
        }
        return [{"image": name, "state": state} for state, names in states.items() for name in names]


class ImageNames:
    """Finds the study's images by the names that files of judgements use.

    A name with a slash is an image's path in the study's folder (`banded/banded_0002.jpg`); one without is a file name,
    which only one image of the study may have. Windows' backslashes count as slashes.
    """

    def __init__(self, index: ImageIndex):
        self.paths = [record.path for record in index.records]
        self._by_path = {path: row for row, path in enumerate(self.paths)}
        names = [PurePosixPath(path).name for path in self.paths]
        self._count = Counter(names)
        self._by_name = {name: row for row, name in enumerate(names)}

    def row(self, name: str, place: str) -> int | None:
        """Row of the image in the index, None where no image has this name.

        Raises TexalignError, naming the `place` in the file, when several images have it.
        """
        name = name.replace("\\", "/")
        if name in self._by_path:
            return self._by_path[name]
        if "/" in name or name not in self._by_name:
            return None
        if self._count[name] > 1:
            raise TexalignError(
                f"{place}: {self._count[name]} images of the study are called {name!r}; write the class before it, as "
                f"in {self.paths[self._by_name[name]]!r}"
            )
        return self._by_name[name]

    def coverage(self, path: str | Path, names: Iterable[str], rows: Iterable[int]) -> Coverage:
        """Coverage by a file, from the names in it that no image has and the rows of those images that it judges.

        Raises TexalignError when nothing matches.
        """
        unknown = tuple(dict.fromkeys(names))
        judged = set(rows)
        if not judged:
            hint = nearest(unknown[0], self.paths) if unknown else ""
            raise TexalignError(
                f"{path}: none of its names is that of an image of the study; it names{_some(unknown) or ' none'}, the "
                f"study has{_some(self.paths)}{hint}"
            )
        return Coverage(
            matched=tuple(self.paths[row] for row in sorted(judged)),
            without_image=unknown,
            without_evidence=tuple(name for row, name in enumerate(self.paths) if row not in judged),
        )


def _some(names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f" ({', '.join(names[:_SHOWN])}{more})"
