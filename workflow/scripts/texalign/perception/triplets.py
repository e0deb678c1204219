"""Choices in triplets of images: which of two is closer to a reference (2AFC), or which of three is the odd one out."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from texalign.errors import TexalignError
from texalign.images.index import ImageIndex
from texalign.perception.evidence import HumanChoices
from texalign.perception.matching import ImageNames

CLOSER = ("reference", "closer", "other")
ODD = ("image_1", "image_2", "image_3", "odd")
# Of a trial's images 0, 1, 2 the pair that is left when one is the odd one out, by that one; as in HumanChoices.
_LEFT = {2: 0, 1: 1, 0: 2}


def read_triplets(path: str | Path, index: ImageIndex) -> HumanChoices:
    """Choices in triplets, a table with a header (tab-separated, or CSV where the file's name ends so).

    Either columns `reference`, `closer`, `other`, with `votes_closer` and `votes_other` where a row holds many
    judgements; or `image_1`, `image_2`, `image_3`, `odd` (the file name of the odd one), a row a judgement. Other
    columns are passed over. Judgements of the same question are added up. Triplets with an image that the study lacks
    are left out, and its name is in the coverage.

    Raises TexalignError naming file and line for missing columns, an image twice in a triplet, an odd one that is not
    of the three, votes that are not whole numbers, and as `ImageNames.coverage` and `HumanChoices`.
    """
    columns, rows = read_table(path)
    if set(CLOSER) <= set(columns):
        judge, n_alternatives = _closer_of_two, 2
    elif set(ODD) <= set(columns):
        judge, n_alternatives = _odd_of_three, 3
    else:
        raise TexalignError(
            f"{path}: needs the columns {', '.join(CLOSER)} or {', '.join(ODD)}; it has {', '.join(columns)}"
        )
    names = ImageNames(index)
    unknown: list[str] = []
    votes: dict[tuple[int, ...], np.ndarray] = {}
    for number, row in rows:
        place = f"{path}, line {number}"
        images, chosen = judge(row, place)
        found = [names.row(name, place) for name in images]
        unknown += [name for name, image in zip(images, found, strict=True) if image is None]
        if None in found:
            continue
        if len(set(found)) < 3:
            raise TexalignError(f"{place}: the triplet {', '.join(images)} has an image twice")
        triplet, chosen = _in_order(found, chosen)
        votes.setdefault(triplet, np.zeros(n_alternatives, np.int64))[:] += chosen
    coverage = names.coverage(path, unknown, (image for triplet in votes for image in triplet))
    return HumanChoices(_pairs(votes, n_alternatives), np.array(list(votes.values())), coverage)


def _closer_of_two(row: Mapping[str, str], place: str) -> tuple[list[str], np.ndarray]:
    counts = [_votes(row, column, place) for column in ("votes_closer", "votes_other")]
    votes = np.array([1, 0]) if counts == [None, None] else np.array([count or 0 for count in counts])
    if not votes.sum():
        raise TexalignError(f"{place}: has no vote for either image")
    return [row[column] for column in CLOSER], votes


def _votes(row: Mapping[str, str], column: str, place: str) -> int | None:
    if not row.get(column):
        return None
    if not row[column].isdecimal():
        raise TexalignError(f"{place}, column {column}: {row[column]!r} is not a number of votes")
    return int(row[column])


def _odd_of_three(row: Mapping[str, str], place: str) -> tuple[list[str], np.ndarray]:
    images = [row[column] for column in ODD[:3]]
    if row["odd"] not in images:
        raise TexalignError(f"{place}: the odd one {row['odd']!r} is not among {', '.join(images)}")
    votes = np.zeros(3, np.int64)
    votes[_LEFT[images.index(row["odd"])]] = 1
    return images, votes


def _in_order(images: Sequence[int], votes: np.ndarray) -> tuple[tuple[int, ...], np.ndarray]:
    """One way to write each question: the two compared, or all three, in ascending order, and their votes with them."""
    if len(votes) == 2:
        reference, first, second = images
        return (reference, *sorted([first, second])), votes if first < second else votes[::-1]
    order = np.argsort(images)
    # Votes by the image that is odd follow the images' order.
    by_odd = votes[[_LEFT[image] for image in range(3)]][order]
    return tuple(int(images[place]) for place in order), by_odd[::-1]


def _pairs(triplets: Iterable[tuple[int, ...]], n_alternatives: int) -> np.ndarray:
    places = [(0, 1), (0, 2), (1, 2)][:n_alternatives]
    images = np.array(list(triplets))
    return np.stack([images[:, list(place)] for place in places], axis=1)


def read_table(path: str | Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Columns of a table, and its rows with their line numbers; comma-separated where the name ends in .csv, else tabs.

    Raises TexalignError naming the line that has another number of cells, an empty table, and what is not UTF-8 text.
    """
    delimiter = "," if Path(path).suffix.lower() == ".csv" else "\t"
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(stream, delimiter=delimiter)
            lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(cells)]
    except UnicodeDecodeError as error:
        raise TexalignError(f"{path}: is not UTF-8 text ({error})") from error
    if len(lines) < 2:
        raise TexalignError(f"{path}: has no rows below a header line")
    columns = lines[0][1]
    if len(set(columns)) < len(columns):
        raise TexalignError(f"{path}, line {lines[0][0]}: has a column twice: {', '.join(columns)}")
    for number, cells in lines[1:]:
        if len(cells) != len(columns):
            raise TexalignError(f"{path}, line {number}: has {len(cells)} cells, the header {len(columns)}")
    return columns, [(number, dict(zip(columns, cells, strict=True))) for number, cells in lines[1:]]
