"""Free descriptions of images by several people, in the format of DTD2 (Wu et al. 2020), as dissimilarities."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from texalign.errors import TexalignError
from texalign.images.index import ImageIndex
from texalign.perception.evidence import HumanRdms, condensed_blocks
from texalign.perception.matching import ImageNames

FEWEST_IMAGES = 3
# What DTD2's describers call colours, and lightness: left out on request, since many representations lack colour.
COLOUR_WORDS = frozenset(
    """
    aqua beige black blue bluish blues bronze brown brownish burgundy color colored colorful coloring colors colour
    coloured colourful colouring colours copper cream creamy cyan dark darker gold golden gray grayish green greenish
    greens grey greyish indigo ivory khaki lavender light lighter lilac lime magenta maroon mint multicolor multicolored
    multicoloured mustard navy olive orange orangish peach pink pinkish purple purplish red reddish reds rust salmon
    scarlet silver silvery tan teal turquoise violet white whites whitish yellow yellowish yellows
    """.split()  # noqa: SIM905 - seventy words read better so
)


@dataclass(frozen=True)
class Descriptions:
    """Words that people used, a row a description.

    `uses`: (descriptions, words) sparse, 1 where a description has a word. `image`: which image, counted from 0, each
    row describes, ascending. `weights`: log(images / images described with it) of each word.
    """

    uses: sparse.csr_array
    image: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]], without: frozenset[str] = frozenset()) -> "Descriptions":
        """From the descriptions of each image. Words: two letters or more, without English stop words and `without`,
        in the descriptions of at least 3 images.

        Raises TexalignError when no word is left.
        """
        image = np.repeat(np.arange(len(texts)), [len(of_image) for of_image in texts])
        counter = CountVectorizer(stop_words="english", binary=True)
        try:
            uses = sparse.csr_array(counter.fit_transform([text for of_image in texts for text in of_image]))
        except ValueError as error:
            raise TexalignError(f"the descriptions have no words to count ({error})") from error
        n_images = np.asarray((_sums(uses, image, len(texts)) > 0).sum(axis=0)).ravel()
        words = counter.get_feature_names_out()
        kept = (n_images >= FEWEST_IMAGES) & np.array([word not in without for word in words])
        if not kept.any():
            raise TexalignError(f"no word is in the descriptions of {FEWEST_IMAGES} images or more")
        return cls(uses[:, np.flatnonzero(kept)], image, np.log(len(texts) / n_images[kept]))

    def dissimilarities(self, chosen: np.ndarray | None = None) -> np.ndarray:
        """1 - cosine of the images' tf-idf vectors, condensed, (pairs,) float32; from the `chosen` rows only, if given.

        Term frequency is the number of people who use a word, so that one who repeats it counts once. NaN for images of
        which no word is left.
        """
        n = int(self.image[-1]) + 1
        uses, image = (self.uses, self.image) if chosen is None else (self.uses[chosen], self.image[chosen])
        vectors = _sums(uses, image, n).multiply(self.weights).tocsr()
        lengths = np.sqrt(np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel())
        lengths[lengths == 0] = np.nan
        condensed = np.empty(n * (n - 1) // 2, np.float32)
        for i, part in condensed_blocks(n):
            cosines = (vectors[i + 1 :] @ vectors[[i]].T).toarray().ravel() / (lengths[i] * lengths[i + 1 :])
            condensed[part] = np.maximum(1 - cosines, 0)
        return condensed

    def split(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Dissimilarities by two halves of each image's descriptions, drawn at random; see `Halves`."""
        order = np.lexsort([rng.random(len(self.image)), self.image])
        sizes = np.bincount(self.image)
        place = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        first = np.empty(len(order), bool)
        first[order] = place < np.repeat(sizes // 2, sizes)
        return self.dissimilarities(np.flatnonzero(first)), self.dissimilarities(np.flatnonzero(~first))


def _sums(uses: sparse.csr_array, image: np.ndarray, n: int) -> sparse.csr_array:
    """How many of each image's descriptions use each word, (n, words)."""
    members = sparse.csr_array((np.ones(len(image)), (image, np.arange(len(image)))), shape=(n, len(image)))
    return sparse.csr_array(members @ uses)


def read_descriptions(path: str | Path, index: ImageIndex, *, colours: bool = True) -> HumanRdms:
    """Dissimilarities by free descriptions: JSON, a list of objects with `image_name` and a list `descriptions`.

    Texts of an image that the list names more than once are put together. `colours=False` leaves colour words out.
    Raises TexalignError naming file and entry for what is not so, an image without a text or word, and as
    `ImageNames.coverage`.
    """
    names = ImageNames(index)
    texts: dict[int, list[str]] = {}
    unknown: list[str] = []
    for number, (name, of_image) in enumerate(_entries(path), start=1):
        row = names.row(name, f"{path}, entry {number}")
        if row is None:
            unknown.append(name)
        else:
            texts.setdefault(row, []).extend(of_image)
    coverage = names.coverage(path, unknown, texts)
    rows = np.array(sorted(texts))
    described = Descriptions.of([texts[row] for row in rows], frozenset() if colours else COLOUR_WORDS)
    dissimilarities = described.dissimilarities()
    silent = np.setdiff1d(np.arange(len(rows)), described.image[np.flatnonzero(described.uses.sum(axis=1))])
    if len(silent):
        raise TexalignError(
            f"{path}: the descriptions of {names.paths[rows[silent[0]]]} have no word that occurs with {FEWEST_IMAGES} "
            "images or more, so it cannot be compared; describe it more or leave it out"
        )
    halves = described if min(len(of_image) for of_image in texts.values()) > 1 else None
    return HumanRdms(rows, ("everyone",), dissimilarities[None], coverage, halves)


def _entries(path: str | Path) -> list[tuple[str, list[str]]]:
    try:
        entries = json.loads(Path(path).read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise TexalignError(f"{path}: is not JSON ({error})") from error
    if not isinstance(entries, list):
        raise TexalignError(f"{path}: is not a list of images with their descriptions")
    return [_entry(entry, f"{path}, entry {number}") for number, entry in enumerate(entries, start=1)]


def _entry(entry: object, place: str) -> tuple[str, list[str]]:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("image_name"), str):
        raise TexalignError(f"{place}: has no text `image_name`")
    texts = entry.get("descriptions")
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise TexalignError(f"{place} ({entry['image_name']}): `descriptions` is not a list of texts, at least one")
    return entry["image_name"], texts
