"""Several labels an image, as in DTD's own `labels_joint_anno.txt`, as dissimilarities; and the study's classes."""

import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import sparse

from texalign.artifacts.tables import decode
from texalign.errors import TexalignError
from texalign.images.index import ImageIndex
from texalign.perception.evidence import HumanRdms, condensed_blocks
from texalign.perception.matching import Coverage, ImageNames

DTD_MEMBER = "dtd/labels/labels_joint_anno.txt"


def jaccard(labels: Sequence[frozenset[str]]) -> np.ndarray:
    """1 - shared / all labels of each pair of images, condensed, float32: 0 for the same, 1 for none in common."""
    known = {name: column for column, name in enumerate(sorted(frozenset().union(*labels)))}
    columns = np.array([known[name] for of_image in labels for name in sorted(of_image)])
    counts = np.array([len(of_image) for of_image in labels])
    rows = np.repeat(np.arange(len(labels)), counts)
    has = sparse.csr_array((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(labels), len(known)))
    condensed = np.empty(len(labels) * (len(labels) - 1) // 2, np.float32)
    for i, part in condensed_blocks(len(labels)):
        shared = (has[i + 1 :] @ has[[i]].T).toarray().ravel()
        condensed[part] = 1 - shared / (counts[i] + counts[i + 1 :] - shared)
    return condensed


def read_joint_labels(path: str | Path, index: ImageIndex) -> HumanRdms:
    """Dissimilarities by labels: text, a line an image, its name and all its labels, parted by spaces; or DTD's archive
    (`.tar.gz`), in which it is.

    Raises TexalignError naming file and line for an image without a label or one that is listed twice, and as
    `ImageNames.coverage`.
    """
    names = ImageNames(index)
    labels: dict[int, frozenset[str]] = {}
    unknown: list[str] = []
    for number, line in enumerate(_text(path).splitlines(), start=1):
        name, *of_image = line.split() or [""]
        if not name:
            continue
        if not of_image:
            raise TexalignError(f"{path}, line {number}: {name} has no label")
        row = names.row(name, f"{path}, line {number}")
        if row is None:
            unknown.append(name)
        elif row in labels:
            raise TexalignError(f"{path}, line {number}: {name} is listed twice")
        else:
            labels[row] = frozenset(of_image)
    coverage = names.coverage(path, unknown, labels)
    rows = np.array(sorted(labels))
    return HumanRdms(rows, ("everyone",), jaccard([labels[row] for row in rows])[None], coverage)


def _text(path: str | Path) -> str:
    if not str(path).endswith(".tar.gz"):
        return decode(path, Path(path).read_bytes())
    try:
        with tarfile.open(path) as archive, archive.extractfile(DTD_MEMBER) as stream:
            return decode(path, stream.read())
    except (tarfile.TarError, KeyError, EOFError) as error:
        raise TexalignError(f"{path}: has no {DTD_MEMBER} that can be read ({error})") from error


def class_labels(index: ImageIndex) -> HumanRdms:
    """The class model: images of one class at 0, all others at 1 of each other."""
    paths = tuple(record.path for record in index.records)
    labels = [frozenset([record.class_name]) for record in index.records]
    return HumanRdms(np.arange(len(index)), ("classes",), jaccard(labels)[None], Coverage(paths, (), ()))
