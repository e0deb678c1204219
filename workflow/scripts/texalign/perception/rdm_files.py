"""Dissimilarities of images by people from files: .npz, .csv and HDF5, one RDM or one an observer."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from texalign.errors import TexalignError
from texalign.images.index import ImageIndex
from texalign.perception.evidence import HumanRdms, condensed_positions
from texalign.perception.matching import ImageNames
from texalign.perception.triplets import read_table

PAIR_COLUMNS = ("image_1", "image_2", "dissimilarity")
# Of the largest entry: differences between the two halves of a square matrix that rounding explains.
_ASYMMETRY = 1e-6

CONVERT = """\
a pickle runs whatever code its file holds, so it is not opened here. Convert it once, where you trust it:
  import numpy, rsatoolbox
  rdms = rsatoolbox.rdm.load_rdm({path!r})
  numpy.savez({target!r}, dissimilarities=rdms.dissimilarities, images=rdms.pattern_descriptors[...])
where ... is the descriptor that holds the images' file names (rdms.pattern_descriptors.keys() lists them)"""


@dataclass(frozen=True)
class RdmFile:
    """What a file holds: `images`, names, (n,); `observers`; `dissimilarities`, (observers, n(n-1)/2) float64."""

    images: Sequence[str]
    observers: Sequence[str]
    dissimilarities: np.ndarray


def read_rdms(path: str | Path, index: ImageIndex) -> HumanRdms:
    """Dissimilarities of images, by one or several observers; missing ones are NaN or empty.

    - `.npz`, and HDF5 (`.h5`, `.hdf5`): `dissimilarities`, (n, n), (n(n-1)/2,) in scipy's order, or a stack of either,
      one an observer; `images`, n names; `observers`, their names, may be left out.
    - `.csv` or `.tsv`: a square table, whose header and first column name the images; or a row a pair, with columns
      `image_1`, `image_2`, `dissimilarity` and perhaps `observer`.

    Pairs of an image with itself are not read. Raises TexalignError naming file, and line or entry, for a pickle,
    another format, a matrix that is not symmetric, negative values, names that repeat, and as `ImageNames.coverage` and
    `HumanRdms`.
    """
    found = _reader(path)(path)
    _check(path, found)
    names = ImageNames(index)
    rows = [names.row(name, f"{path}, image {name}") for name in found.images]
    known = [place for place, row in enumerate(rows) if row is not None]
    coverage = names.coverage(
        path, [found.images[p] for p, row in enumerate(rows) if row is None], [rows[p] for p in known]
    )
    if len({rows[place] for place in known}) < len(known):
        raise TexalignError(f"{path}: two of its names are the same image of the study")
    places = np.array(sorted(known, key=lambda place: rows[place]))
    i, j = np.triu_indices(len(places), 1)
    chosen = found.dissimilarities[:, condensed_positions(len(found.images), places[i], places[j])]
    judged = ~np.isnan(chosen)
    for observer, own in zip(found.observers, judged, strict=True):
        if not own.any():
            raise TexalignError(f"{path}: observer {observer} judged no pair of the study's images")
    try:
        return HumanRdms(
            np.array([rows[place] for place in places]), tuple(found.observers), chosen.astype(np.float32), coverage
        )
    except TexalignError as error:
        raise TexalignError(f"{path}: {error}") from error


def _reader(path: str | Path) -> Callable[[str | Path], RdmFile]:
    suffix = Path(path).suffix.lower()
    readers = {".npz": _read_npz, ".csv": _read_csv, ".tsv": _read_csv, ".h5": _read_h5, ".hdf5": _read_h5}
    if suffix in (".pkl", ".pickle", ".p"):
        raise TexalignError(f"{path}: {CONVERT.format(path=str(path), target=str(Path(path).with_suffix('.npz')))}")
    if suffix not in readers:
        raise TexalignError(f"{path}: RDMs are read from {', '.join(readers)}, not from {suffix or 'such files'}")
    return readers[suffix]


def _read_npz(path: str | Path) -> RdmFile:
    try:
        with np.load(path, allow_pickle=False) as file:
            return _from_arrays(path, {name: file[name] for name in file.files})
    except ValueError as error:
        if isinstance(error, TexalignError):
            raise
        raise TexalignError(
            f"{path}: cannot be read without unpickling ({error}); save names as numpy.array(names, dtype=str)"
        ) from error


def _read_h5(path: str | Path) -> RdmFile:
    try:
        with h5py.File(path, "r", locking=False) as file:
            values = {"dissimilarities": file["dissimilarities"][()]} if "dissimilarities" in file else {}
            words = {name: file[name].asstr()[()] for name in ("images", "observers") if name in file}
    except (OSError, TypeError) as error:
        raise TexalignError(f"{path}: cannot be read as HDF5 with text for names ({error})") from error
    return _from_arrays(path, {**values, **words})


def _from_arrays(path: str | Path, arrays: Mapping[str, np.ndarray]) -> RdmFile:
    missing = [name for name in ("dissimilarities", "images") if name not in arrays]
    if missing:
        raise TexalignError(f"{path}: has no {' and no '.join(missing)}; it holds {', '.join(arrays) or 'nothing'}")
    images = [str(name) for name in arrays["images"]]
    values = np.asarray(arrays["dissimilarities"], float)
    n = len(images)
    if values.shape[-2:] == (n, n) and values.ndim in (2, 3):
        values = np.stack([_condensed(path, square, images) for square in values.reshape(-1, n, n)])
    elif values.shape[-1:] == (n * (n - 1) // 2,) and values.ndim in (1, 2):
        values = np.atleast_2d(values)
    else:
        raise TexalignError(
            f"{path}: dissimilarities of shape {values.shape} for {n} images, expected ({n}, {n}) or "
            f"({n * (n - 1) // 2},), or a stack of them"
        )
    observers = [str(name) for name in arrays.get("observers", [])] or _numbered(len(values))
    if len(observers) != len(values):
        raise TexalignError(f"{path}: {len(values)} RDMs for {len(observers)} observers")
    return RdmFile(images, observers, values)


def _numbered(count: int) -> list[str]:
    return ["everyone"] if count == 1 else [str(number) for number in range(1, count + 1)]


def _condensed(path: str | Path, square: np.ndarray, images: Sequence[str]) -> np.ndarray:
    differences = np.abs(square - square.T)
    only_one = np.isnan(square) != np.isnan(square.T)
    largest = np.max(np.abs(square), initial=0, where=~np.isnan(square))
    wrong = only_one | (differences > _ASYMMETRY * largest)
    if wrong.any():
        i, j = np.argwhere(wrong)[0]
        raise TexalignError(
            f"{path}: is not symmetric: {images[i]} to {images[j]} is {square[i, j]}, the other way {square[j, i]}"
        )
    return square[np.triu_indices(len(square), 1)]


def _read_csv(path: str | Path) -> RdmFile:
    columns, rows = read_table(path)
    if set(PAIR_COLUMNS) <= set(columns):
        return _from_pairs(path, rows)
    images = columns[1:]
    named = [row[columns[0]] for _, row in rows]
    if named != images:
        line, wrong = next(
            (
                (number, row[columns[0]])
                for (number, row), name in zip(rows, images, strict=False)
                if row[columns[0]] != name
            ),
            (rows[-1][0], f"the last of {len(named)} rows"),
        )
        raise TexalignError(
            f"{path}, line {line}: {wrong}, where the header has other names; a square table names the same images in "
            f"its header and first column. A table of pairs has the columns {', '.join(PAIR_COLUMNS)}"
        )
    square = np.array(
        [[_value(row[image], f"{path}, line {number}, column {image}") for image in images] for number, row in rows]
    )
    return RdmFile(images, ["everyone"], _condensed(path, square, images)[None])


def _value(cell: str, place: str) -> float:
    try:
        value = float(cell) if cell else np.nan
    except ValueError:
        raise TexalignError(f"{place}: {cell!r} is not a number") from None
    if value < 0 or np.isinf(value):
        raise TexalignError(f"{place}: {cell} is not a dissimilarity: it is negative or infinite")
    return value


def _from_pairs(path: str | Path, rows: Sequence[tuple[int, Mapping[str, str]]]) -> RdmFile:
    images = list(dict.fromkeys(row[column] for column in PAIR_COLUMNS[:2] for _, row in rows))
    place = {name: number for number, name in enumerate(images)}
    observers = list(dict.fromkeys(row.get("observer", "everyone") for _, row in rows))
    n = len(images)
    values = np.full((len(observers), n * (n - 1) // 2), np.nan)
    for number, row in rows:
        first, second = (place[row[column]] for column in PAIR_COLUMNS[:2])
        value = _value(row["dissimilarity"], f"{path}, line {number}, column dissimilarity")
        if first == second:
            continue
        cell = observers.index(row.get("observer", "everyone")), condensed_positions(n, *map(np.array, (first, second)))
        if not np.isnan(values[cell]):
            raise TexalignError(f"{path}, line {number}: this pair was judged before by the same observer")
        values[cell] = value
    return RdmFile(images, observers, values)


def _check(path: str | Path, found: RdmFile) -> None:
    repeated = [name for name, count in Counter(found.images).items() if count > 1]
    if repeated:
        raise TexalignError(f"{path}: names {', '.join(repeated[:5])} more than once")
    negative = np.argwhere(found.dissimilarities < 0)
    if len(negative):
        observer, pair = negative[0]
        i, j = (ends[pair] for ends in np.triu_indices(len(found.images), 1))
        raise TexalignError(
            f"{path}: observer {found.observers[observer]}, {found.images[i]} to {found.images[j]}: the dissimilarity "
            f"{found.dissimilarities[observer, pair]} is negative"
        )
