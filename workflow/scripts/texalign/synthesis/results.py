"""What a synthesis leaves beside its image: settings and result as JSON, the loss at every evaluation as TSV.

Without torch, so that programs which only show results start fast.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from texalign.artifacts import seals
from texalign.artifacts.damage import mend
from texalign.artifacts.files import atomic_path
from texalign.artifacts.tables import read_tsv, write_tsv
from texalign.errors import TexalignError


@dataclass(frozen=True)
class LossByLayer:
    """Loss of one image: `total`, and the weighted part of each layer, which sum to it (no unit)."""

    total: float
    layers: Mapping[str, float]


@dataclass(frozen=True)
class Restart:
    """L-BFGS was started anew from the best image so far after `evaluation` evaluations, because of `reason`."""

    evaluation: int
    reason: str


@dataclass(frozen=True)
class SynthesisResult:
    """One synthesised image: what made it and how good it is.

    `settings` is everything that the image depends on, `stopped` says why the optimisation ended, `evaluations` counts
    loss-and-gradient evaluations. Losses: of a flat mid-grey image (`flat`), of the start image, of the best image
    (`final`) and of the 8-bit image in the file (`saved`). They are the maker's own, and the scale that `flat` gives is
    too: a network whose losses are small is not one that sees more (see `Judgement`). Nothing here depends on the
    clock, so that the same run leaves the same bytes, interrupted or not.
    """

    model: str
    texture: str
    seed: int
    settings: Mapping[str, object]
    stopped: str
    evaluations: int
    restarts: Sequence[Restart]
    flat: LossByLayer
    start: LossByLayer
    final: LossByLayer
    saved: LossByLayer
    device: str
    threads: int
    versions: Mapping[str, str]

    @property
    def representation(self) -> str:
        """What the image was made to match."""
        return str(self.settings["representation"])

    @property
    def relative_loss(self) -> float:
        """Loss of the saved image as a fraction of flat grey's, both in the network that made the image: how far the
        optimisation came, not to be compared between networks.
        """
        return self.saved.total / self.flat.total


def write_result(path: str | Path, result: SynthesisResult) -> None:
    """Write a result as JSON, atomically. Raises TexalignError when it holds a number that is not finite."""
    with atomic_path(path) as partial:
        partial.write_text(json.dumps(asdict(result), indent=2, allow_nan=False) + "\n", encoding="utf-8")


def read_result(path: str | Path) -> SynthesisResult:
    """Read what `write_result` wrote. Raises TexalignError naming the file when it holds something else."""
    try:
        entries = json.loads(seals.read_bytes(path))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise TexalignError(f"{path}: is not JSON ({error}); {mend(path)}") from error
    expected = {field.name for field in fields(SynthesisResult)}
    if not isinstance(entries, dict) or set(entries) != expected:
        raise TexalignError(
            f"{path}: is not the result of a synthesis; expected the keys {', '.join(sorted(expected))}"
        )
    losses = {name: LossByLayer(**entries[name]) for name in ("flat", "start", "final", "saved")}
    restarts = [Restart(**restart) for restart in entries["restarts"]]
    return SynthesisResult(**{**entries, **losses, "restarts": restarts})


def write_trace(path: str | Path, losses: Sequence[float]) -> None:
    """Write the loss at every evaluation as TSV, evaluations counted from 1."""
    rows = ({"evaluation": number, "loss": loss} for number, loss in enumerate(losses, start=1))
    write_tsv(path, ["evaluation", "loss"], rows)


def read_trace(path: str | Path) -> list[float]:
    """Loss at every evaluation, as `write_trace` wrote it; NaN where it was not finite."""
    return [float(row["loss"] or "nan") for row in read_tsv(path)]
