"""How networks see images of a texture, on a scale that all networks and textures share, as TSV.

Without torch, so that programs which only show judgements start fast.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from texalign.artifacts.records import column, read_records, write_records
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
class _Judged:
    """One image as seen by the network `judge` through `judged_by`, its representation there.

    `kind` is one of `KINDS`; `model` and `representation` made the image, from the noise of `seed`; where it is no
    synthesis they are empty, but for an unrelated exemplar, whose name is in `model`. `loss` is the image's loss
    against `texture`, `unrelated_loss` the geometric mean over all other exemplars of theirs against the same, and
    `relative_loss` their ratio: 0 the same to the judge, 1 as far off as other textures are.
    """

    judge: str = column("network that judges")
    judged_by: str = column("representation that it judges by")
    kind: str = column("what the image is")
    model: str = column("network that made it; of an unrelated exemplar its name, else empty")
    representation: str = column("representation that it was made to match; empty where it is no synthesis")
    texture: str = column("exemplar that it is held against")
    seed: int | None = column("seed of the noise that it was made from; empty where it is no synthesis")
    loss: float = column("loss of the image against the exemplar")
    unrelated_loss: float = column("geometric mean of all other exemplars' losses against the same")


@dataclass(frozen=True)
class Judgement(_Judged):
    """A judgement, and its `relative_loss`."""

    @property
    def relative_loss(self) -> float:
        return self.loss / self.unrelated_loss

    def of(self, result: SynthesisResult) -> bool:
        """Whether it is of the image with this result."""
        made = (result.model, result.representation, result.texture, result.seed)
        return self.kind == SYNTHESIS and made == (self.model, self.representation, self.texture, self.seed)


@dataclass(frozen=True)
class JudgementRow(_Judged):
    """A judgement as it is written."""

    relative_loss: float = column("loss / unrelated_loss: 0 is the same to the judge, 1 as far off as other textures")


def write_judgements(path: str | Path, judgements: Sequence[Judgement]) -> None:
    """Write judgements as TSV, one row an image."""
    rows = (JudgementRow(**vars(each), relative_loss=each.relative_loss) for each in judgements)
    write_records(path, JudgementRow, rows)


def read_judgements(path: str | Path) -> list[Judgement]:
    """Read judgements that `write_judgements` wrote. Raises TexalignError naming the file and what does not fit."""
    rows = map(vars, read_records(path, JudgementRow))
    return [Judgement(**{name: row[name] for name in row if name != "relative_loss"}) for row in rows]
