"""The kinds of human evidence: what reads each from a file, joined to the images of a study by file name."""

from collections.abc import Callable
from pathlib import Path

from texalign.errors import TexalignError
from texalign.images.index import ImageIndex
from texalign.perception.descriptions import read_descriptions
from texalign.perception.evidence import Evidence
from texalign.perception.joint_labels import class_labels, read_joint_labels
from texalign.perception.rdm_files import read_rdms
from texalign.perception.scales import read_scales
from texalign.perception.triplets import read_triplets

Reader = Callable[..., Evidence]

EVIDENCE: dict[str, Reader] = {
    "labels": lambda _path, index: class_labels(index),
    "joint_labels": read_joint_labels,
    "descriptions": read_descriptions,
    "rdm": read_rdms,
    "triplets": read_triplets,
    "scales": read_scales,
}


def read_evidence(kind: str, path: str | Path | None, index: ImageIndex, **options: object) -> Evidence:
    """Evidence of a kind (a key of `EVIDENCE`) from a file; `options` are the reader's.

    Raises TexalignError for an unknown kind, a file that is not there, and as the reader.
    """
    if kind not in EVIDENCE:
        raise TexalignError(f"unknown kind of human evidence {kind!r}; choose from {', '.join(EVIDENCE)}")
    if kind != "labels" and (path is None or not Path(path).is_file()):
        raise TexalignError(f"{path}: there is no such file of human judgements")
    return EVIDENCE[kind](path, index, **options)
