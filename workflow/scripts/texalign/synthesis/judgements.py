"""How networks see images of a texture, on a scale that all networks and textures share, as TSV.

Without torch, so that programs which only show judgements start fast.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from texalign.artifacts.tables import read_tsv, write_tsv
from texalign.errors import TexalignError
from texalign.synthesis.results import SynthesisResult

SYNTHESIS = "synthesis"
UNRELATED = "unrelated"
KINDS = {
    SYNTHESIS: "an image made to match the exemplar",
    "mirror image": "the exemplar from left to right",
    "another crop": "a quarter of the exemplar against the quarter opposite",
    "flat grey": "no texture at all",
    UNRELATED: "another exemplar",
}
"""Kinds of images that are judged, with a line on each."""

ANCHORS = tuple(kind for kind in KINDS if kind not in {SYNTHESIS, UNRELATED})
"""Kinds of images that show what numbers mean, judged for every exemplar beside the syntheses."""


@dataclass(frozen=True)
class Judgement:
    """One image as seen by the network `judge` through `judged_by`, its representation there.

    `kind` is one of `KINDS`; `model` and `representation` made the image, from the noise of `seed`; where it is no
    synthesis they are empty, but for an unrelated exemplar, whose name is in `model`. `loss` is the image's loss
    against `texture`, `unrelated_loss` the geometric mean over all other exemplars of theirs against the same, and
    `relative_loss` their ratio: 0 the same to the judge, 1 as far off as other textures are.
    """

    judge: str
    judged_by: str
    kind: str
    model: str
    representation: str
    texture: str
    seed: int | None
    loss: float
    unrelated_loss: float

    @property
    def relative_loss(self) -> float:
        return self.loss / self.unrelated_loss

    def of(self, result: SynthesisResult) -> bool:
        """Whether it is of the image with this result."""
        made = (result.model, result.representation, result.texture, result.seed)
        return self.kind == SYNTHESIS and made == (self.model, self.representation, self.texture, self.seed)


_COLUMNS = [*(field.name for field in fields(Judgement)), "relative_loss"]


def write_judgements(path: str | Path, judgements: Sequence[Judgement]) -> None:
    """Write judgements as TSV, one row an image."""
    write_tsv(path, _COLUMNS, ({**asdict(each), "relative_loss": each.relative_loss} for each in judgements))


def read_judgements(path: str | Path) -> list[Judgement]:
    """Read judgements that `write_judgements` wrote. Raises TexalignError naming the file when columns are missing."""
    rows = read_tsv(path)
    if rows and set(rows[0]) != set(_COLUMNS):
        raise TexalignError(f"{path}: has columns {', '.join(rows[0])}; expected {', '.join(_COLUMNS)}")
    return [
        Judgement(
            **{name: row[name] for name in ("judge", "judged_by", "kind", "model", "representation", "texture")},
            seed=int(row["seed"]) if row["seed"] else None,
            loss=float(row["loss"]),
            unrelated_loss=float(row["unrelated_loss"]),
        )
        for row in rows
    ]
