"""A representational dissimilarity matrix with the images that it compares."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.spatial.distance import squareform

from texalign import names
from texalign.artifacts import hdf5, matrices
from texalign.errors import TexalignError, nearest
from texalign.images.index import check_origin, read_index
from texalign.rdms.compute import require_directions, unit_products
from texalign.representations.vectors import Vectors

if TYPE_CHECKING:
    import rsatoolbox

_BLOCK_COLUMNS = 8192


@dataclass(frozen=True, eq=False)
class Rdm:
    """Dissimilarities of n images, as one layer of a network represents them.

    `condensed`: (n(n-1)/2,) float32 in scipy's order, read-only. `paths`, `classes`: of the images, n each. `layer` is
    the name of `module` in a study. What an RDM was not told is the empty string.

    Raises TexalignError unless the numbers of dissimilarities, paths and classes belong to each other, all
    dissimilarities are finite, and their kind is known.

    >>> import numpy as np
    >>> rdm = Rdm(np.array([1.0, 2.0, 3.0]), paths=("a.png", "b.png", "c.png"), classes=("x", "x", "y"))
    >>> rdm.square()
    array([[0., 1., 2.],
           [1., 0., 3.],
           [2., 3., 0.]], dtype=float32)
    """

    condensed: np.ndarray
    paths: Sequence[str]
    classes: Sequence[str]
    dissimilarity: str = "cosine"
    representation: str = ""
    model: str = ""
    layer: str = ""
    module: str = ""

    def __post_init__(self) -> None:
        if self.dissimilarity not in names.DISSIMILARITIES:
            known = ", ".join(names.DISSIMILARITIES)
            raise TexalignError(f"unknown dissimilarity {self.dissimilarity!r}; known: {known}")
        condensed = np.array(self.condensed, np.float32)
        n = len(self.paths)
        if len(self.classes) != n or condensed.shape != (n * (n - 1) // 2,):
            raise TexalignError(
                f"dissimilarities of shape {condensed.shape} for {n} images with {len(self.classes)} class labels; "
                f"expected ({n * (n - 1) // 2},) and {n}"
            )
        if self.dissimilarity == "cosine":
            require_directions(condensed, n, by="an RDM of cosine distances")
        if not np.isfinite(condensed).all():
            raise TexalignError(f"a dissimilarity of {self.layer or 'the RDM'} is not finite")
        condensed.flags.writeable = False
        object.__setattr__(self, "condensed", condensed)
        object.__setattr__(self, "paths", tuple(map(str, self.paths)))
        object.__setattr__(self, "classes", tuple(map(str, self.classes)))

    @classmethod
    def of(cls, vectors: Vectors, dissimilarity: str = "cosine") -> "Rdm":
        """Dissimilarities of vectors that `texalign.extract` gave, as the workflow computes them.

        Memory: 12 n^2 bytes and a block of 8,192 columns beside the vectors. Raises TexalignError for an unknown
        dissimilarity, and naming the image whose vector is zero, since that has no direction.
        """
        values = vectors.values
        # Blocks are overwritten on the way.
        starts = range(0, values.shape[1], _BLOCK_COLUMNS)
        norms = np.sqrt(np.einsum("ij,ij->i", values, values, dtype=np.float64))
        products = unit_products(lambda: (values[:, start : start + _BLOCK_COLUMNS].copy() for start in starts), norms)
        by_name = {"euclidean": products.euclidean, "cosine": products.cosine}
        if dissimilarity not in by_name:
            raise TexalignError(f"unknown dissimilarity {dissimilarity!r}; known: {', '.join(by_name)}")
        return cls(
            by_name[dissimilarity](),
            paths=vectors.paths,
            classes=vectors.classes,
            dissimilarity=dissimilarity,
            representation=vectors.representation,
            model=vectors.model,
            layer=vectors.layer,
            module=vectors.module,
        )

    @classmethod
    def open(cls, path: str | Path, dissimilarity: str = "cosine", index: str | Path | None = None) -> "Rdm":
        """An RDM that the workflow computed, with its images.

        `index`: the image index; by default the one of the study that the file lies in,
        `results/<study>/images/index.tsv`.

        Raises TexalignError when the file is missing or damaged or has no such dissimilarity, and when there is no
        index or one of other images.
        """
        path = Path(path)
        attributes = hdf5.read_attributes(path)
        images = read_index(_index_beside(path) if index is None else index)
        check_origin(path, attributes, images)
        return cls(
            matrices.read_rdm(path, dissimilarity),
            paths=[record.path for record in images.records],
            classes=[record.class_name for record in images.records],
            dissimilarity=dissimilarity,
            representation=str(attributes.get("representation", "gram")),
            model=path.parent.name,
            layer=str(attributes["layer"]),
            module=str(attributes["module"]),
        )

    def __len__(self) -> int:
        """Number of images."""
        return len(self.paths)

    def square(self) -> np.ndarray:
        """All dissimilarities, (n, n) float32, zeros on the diagonal: a new array."""
        return squareform(self.condensed)

    def subset(self, classes: Collection[str] | None = None, images: Collection[str] | None = None) -> "Rdm":
        """The RDM of the images that have one of these `classes` and are among these `images`, by path.

        Their order stays. Raises TexalignError naming a class or an image that the RDM does not have, and the nearest
        that it has.
        """
        kept = np.ones(len(self), bool)
        for wanted, values in ((classes, self.classes), (images, self.paths)):
            if wanted is None:
                continue
            for name in wanted:
                if name not in values:
                    raise TexalignError(f"the RDM has no {name!r}{nearest(name, [*dict.fromkeys(values)])}")
            kept &= np.isin(values, list(wanted))
        rows = np.flatnonzero(kept)
        first, second = (rows[positions] for positions in np.triu_indices(len(rows), 1))
        # Position of the pair i < j among the rows of the upper triangle.
        pairs = first * (2 * len(self) - first - 1) // 2 + second - first - 1
        return replace(
            self,
            condensed=self.condensed[pairs],
            paths=[self.paths[row] for row in rows],
            classes=[self.classes[row] for row in rows],
        )

    def to_rsatoolbox(self) -> "rsatoolbox.rdm.RDMs":
        """The same as one RDM of rsatoolbox's, described by `model`, `layer`, `module` and `representation`, its
        patterns by `image` and `class`. Needs rsatoolbox (`pip install 'texalign[rsatoolbox]'`); raises TexalignError
        without it.
        """
        try:
            import rsatoolbox
        except ImportError as error:
            raise TexalignError(
                f"rsatoolbox cannot be imported ({error}); install it: pip install 'texalign[rsatoolbox]'"
            ) from error
        described = {
            "model": self.model,
            "layer": self.layer,
            "module": self.module,
            "representation": self.representation,
        }
        return rsatoolbox.rdm.RDMs(
            self.condensed[None].astype(np.float64),
            dissimilarity_measure=self.dissimilarity,
            rdm_descriptors={name: [value] for name, value in described.items()},
            pattern_descriptors={"image": list(self.paths), "class": list(self.classes)},
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """The square matrix, so that NumPy takes an RDM where it takes an array."""
        if copy is False:
            raise ValueError("an RDM is kept condensed: its square matrix is always a new array")
        return self.square().astype(dtype or np.float32, copy=False)

    def __repr__(self) -> str:
        place = " ".join(filter(None, (self.model, self.layer, self.module)))
        return f"<Rdm of {len(self)} images, {self.dissimilarity}, {self.representation} {place}>".replace(" >", ">")


def _index_beside(path: Path) -> Path:
    """The image index of the study whose results hold `path`."""
    for folder in path.resolve().parents:
        if (index := folder / "images" / "index.tsv").is_file():
            return index
    raise TexalignError(f"{path}: no folder above it has images/index.tsv; give the study's image index as `index`")
