"""The state of an optimisation, and the checkpoint that it goes on from after it was killed."""

import hashlib
import inspect
import logging
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from texalign.artifacts.files import file_sha256
from texalign.synthesis.results import Restart

# What decides the path of a run, beside its settings: every module of these packages.
DECIDING_PACKAGES = ("images", "networks", "representations", "synthesis")


@dataclass
class Run:
    """State of an optimisation between two steps of L-BFGS; all of it is in the checkpoint.

    `trace` holds the loss at every evaluation, `best` the variables of the lowest one, `stopped` why it ended.
    """

    variables: Tensor
    best: Tensor
    best_loss: float = math.inf
    trace: list[float] = field(default_factory=list)
    restarts: list[Restart] = field(default_factory=list)
    fruitless: int = 0
    seconds: float = 0.0
    resumed: int = 0
    stopped: str = ""
    optimizer: dict | None = None


@dataclass(frozen=True)
class Checkpoint:
    """Where a run is saved while it lasts, at most every `seconds`, and the settings and the code it belongs to.

    A run is a path, and half a path under other code leads nowhere that either code would have come to: what was saved
    under another `settings` or `code` (see `code_digest`) is left alone and the run starts anew, which is logged.
    """

    path: Path
    settings: str
    code: str
    seconds: float = 60.0

    def load(self) -> Run | None:
        """The run saved under the same settings by the same code, or None."""
        if not self.path.exists():
            return None
        try:
            saved = torch.load(self.path, map_location="cpu", weights_only=True)
        except Exception as error:  # torch raises a dozen kinds, by where the damage is
            logging.warning("%s cannot be read (%s): starting anew", self.path, error)
            return None
        for what in ("code", "settings"):
            if not isinstance(saved, dict) or saved.get(what) != getattr(self, what):
                logging.warning("%s was made with other %s: starting anew", self.path, what)
                return None
        state = saved["run"]
        run = Run(**{**state, "restarts": [Restart(**restart) for restart in state["restarts"]]})
        logging.info("going on from evaluation %d of %s", len(run.trace), self.path)
        return run

    def save(self, run: Run, optimizer: torch.optim.LBFGS) -> None:
        """Save the run, atomically."""
        restarts = [vars(restart) for restart in run.restarts]
        state = {**vars(run), "restarts": restarts, "optimizer": optimizer.state_dict()}
        # A name of its own, not one a process: what a run that was killed while it wrote leaves is written over.
        partial = self.path.with_name(f"{self.path.name}.partial")
        torch.save({"code": self.code, "settings": self.settings, "run": state}, partial)
        partial.replace(self.path)

    def remove(self) -> None:
        """Remove what `save` left, at the end of a run."""
        for path in (self.path, self.path.with_name(f"{self.path.name}.partial")):
            path.unlink(missing_ok=True)


def code_digest(network: nn.Module) -> str:
    """SHA-256 of the code that decides a run's path: this library's, torch's version, and the network's own files.

    The network's are the files that define the classes of its modules, a user's own among them.
    """
    library = Path(__file__).resolve().parent.parent
    files = {file for package in DECIDING_PACKAGES for file in (library / package).rglob("*.py")}
    digest = hashlib.sha256(torch.__version__.encode())
    files |= set(_defining_files(network.modules()))
    # By content, so that a checkout which was moved goes on.
    for content in sorted(file_sha256(file) for file in files):
        digest.update(content.encode())
    return digest.hexdigest()


def _defining_files(modules: Iterable[nn.Module]) -> Iterable[Path]:
    for kind in {type(module) for module in modules}:
        try:
            yield Path(inspect.getfile(kind)).resolve()
        except (TypeError, OSError):  # a class typed into a notebook, which has no file
            continue
