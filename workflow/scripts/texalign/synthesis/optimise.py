"""Texture synthesis: images whose Gram matrices match an exemplar's, found by L-BFGS over their pixels.

After Gatys, Ecker and Bethge (2015), Texture synthesis using convolutional neural networks. Images are tensors
(1, 3, height, width) with values from 0 to 1 throughout; what counts as a result is the loss of the 8-bit image, read
back from its file.
"""

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from texalign.errors import TexalignError
from texalign.synthesis.pixels import Parametrization
from texalign.synthesis.results import Restart

# Iterations between two chances to write a checkpoint. Each torch.optim.LBFGS.step evaluates its start again, so fewer
# would cost evaluations; and where steps begin decides the trace, so it must not depend on time.
ITERATIONS_PER_STEP = 50

# Restarts in a row that do not lead to a better image, after which the optimisation is at its end.
FRUITLESS_RESTARTS = 2

# A step that leaves the loss this many times above the best loss has exploded.
EXPLOSION = 10.0


@dataclass(frozen=True)
class Stopping:
    """When to stop: after `evaluations` of the loss, or once about 50 of them lower it by less than the fraction
    `tolerance` (0: never for that reason). Raises TexalignError for fewer than 1 evaluation and a tolerance outside
    0...1.
    """

    evaluations: int
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        if self.evaluations < 1:
            raise TexalignError(f"{self.evaluations} evaluations: at least 1 is needed")
        if not 0 <= self.tolerance < 1:
            raise TexalignError(f"a tolerance of {self.tolerance}: it is a fraction, at least 0 and below 1")


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
    """Where a run is saved while it lasts, at most every `seconds`, and the settings that it belongs to."""

    path: Path
    settings: str
    seconds: float = 60.0

    def load(self) -> Run | None:
        """The run saved under the same settings, or None; what was saved under others is not used, and logged."""
        if not self.path.exists():
            return None
        try:
            saved = torch.load(self.path, map_location="cpu", weights_only=True)
        except Exception as error:  # torch raises a dozen kinds, by where the damage is
            logging.warning("%s cannot be read (%s): starting anew", self.path, error)
            return None
        if saved.pop("settings") != self.settings:
            logging.warning("%s was made with other settings: starting anew", self.path)
            return None
        restarts = [Restart(**restart) for restart in saved.pop("restarts")]
        run = Run(**saved, restarts=restarts)
        logging.info("going on from evaluation %d of %s", len(run.trace), self.path)
        return run

    def save(self, run: Run, optimizer: torch.optim.LBFGS) -> None:
        """Save the run, atomically."""
        state = {**vars(run), "restarts": [vars(restart) for restart in run.restarts]}
        # A name of its own, not one a process: what a run that was killed while it wrote leaves is written over.
        partial = self.path.with_name(f"{self.path.name}.partial")
        torch.save({**state, "optimizer": optimizer.state_dict(), "settings": self.settings}, partial)
        partial.replace(self.path)

    def remove(self) -> None:
        """Remove what `save` left, at the end of a run."""
        for path in (self.path, self.path.with_name(f"{self.path.name}.partial")):
            path.unlink(missing_ok=True)


class _EvaluationsSpent(Exception):
    """Ends L-BFGS within a step, so that no evaluation is made beyond those asked for."""


class _NotFinite(Exception):
    """Ends L-BFGS within a step, before its line search runs on NaN."""


def minimize(
    loss: Callable[[Tensor], Tensor],
    pixels: Parametrization,
    start: Tensor,
    scale: float,
    stopping: Stopping,
    history: int = 20,
    checkpoint: Checkpoint | None = None,
) -> Run:
    """Minimise `loss` over images, from the image `start`, by L-BFGS with a strong Wolfe line search.

    `scale` is a typical loss (that of a flat mid-grey image): the optimiser sees the loss divided by it, because
    torch's L-BFGS has absolute thresholds. The trace is in units of `loss`. With a checkpoint, a run that was killed
    goes on from there and takes the same path as if it had not been.

    A step that ends in numbers which are not finite, or far above the best loss, or no lower than before, has L-BFGS
    started anew from the best image, which `Run.restarts` tells. After two such restarts in a row without a better
    image the run stops.

    Raises TexalignError when the loss of the start image, or its gradient, is not finite.
    """
    run = checkpoint.load() if checkpoint else None
    if run:
        run.resumed += 1
        run.variables, run.best = run.variables.to(start), run.best.to(start)
    else:
        # torch's L-BFGS takes variables that lie in memory in their own order only.
        variables = pixels.variables(start).contiguous()
        run = Run(variables, variables.clone())
    clock = time.monotonic() - run.seconds
    saved_at = time.monotonic()
    variables = run.variables.requires_grad_()
    optimizer = _lbfgs(variables, history)
    if run.optimizer is not None:
        optimizer.load_state_dict(run.optimizer)

    def evaluate() -> Tensor:
        if len(run.trace) == stopping.evaluations:
            raise _EvaluationsSpent
        optimizer.zero_grad()
        value = loss(pixels.pixels(variables)) / scale
        value.backward()
        run.trace.append(float(value.detach()) * scale)
        if not math.isfinite(run.trace[-1]) or not bool(variables.grad.isfinite().all()):
            raise _NotFinite
        if run.trace[-1] < run.best_loss:
            run.best_loss = run.trace[-1]
            run.best.copy_(variables.detach())
        return value

    while not run.stopped:
        before = run.best_loss
        evaluated = len(run.trace)
        reason = None
        try:
            optimizer.step(evaluate)
            reason = _trouble(run, before, run.trace[evaluated:], stopping)
        except _EvaluationsSpent:
            run.stopped = "evaluations"
        except _NotFinite:
            reason = "loss or gradient not finite"
            if run.best_loss == math.inf:
                raise TexalignError(
                    "the loss of the start image, or its gradient, is not finite; the weights or the preprocessing are "
                    "broken"
                ) from None
        if run.best_loss < before:
            run.fruitless = 0
        if reason:
            logging.warning("evaluation %d: %s", len(run.trace), reason)
            if run.fruitless == FRUITLESS_RESTARTS:
                run.stopped = f"no better image after {FRUITLESS_RESTARTS} restarts ({reason})"
            else:
                run.fruitless += 1
                run.restarts.append(Restart(len(run.trace), reason))
                variables.data.copy_(run.best)
                optimizer = _lbfgs(variables, history)
        run.seconds = time.monotonic() - clock
        logging.info("%d evaluations, loss %.4g of flat grey's", len(run.trace), run.best_loss / scale)
        if checkpoint and not run.stopped and time.monotonic() - saved_at >= checkpoint.seconds:
            run.variables = variables.detach()
            checkpoint.save(run, optimizer)
            saved_at = time.monotonic()
    run.variables = variables.detach()
    return run


def _lbfgs(variables: Tensor, history: int) -> torch.optim.LBFGS:
    # Tolerances of 0: whether to go on is decided outside, on the loss.
    return torch.optim.LBFGS(
        [variables],
        max_iter=ITERATIONS_PER_STEP,
        history_size=history,
        line_search_fn="strong_wolfe",
        tolerance_grad=0,
        tolerance_change=0,
    )


def _trouble(run: Run, before: float, step: Sequence[float], stopping: Stopping) -> str | None:
    """What is wrong with the step that gave the losses `step` from a best loss of `before`; None if nothing is.

    Sets `run.stopped` where the run is at its end.
    """
    if run.best_loss == 0:
        run.stopped = "loss 0"
        return None
    if math.isfinite(before) and 0 < before - run.best_loss < stopping.tolerance * before:
        run.stopped = "tolerance"
        return None
    # Not the last alone: a line search may try, and drop, points far up.
    latest = min(step[-5:])
    if latest > EXPLOSION * run.best_loss:
        return f"the step exploded: loss {latest / run.best_loss:.3g} times the best"
    if run.best_loss >= before or len(step) == 1:
        return "stalled: no lower loss in a whole step"
    return None
