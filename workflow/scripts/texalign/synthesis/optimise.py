"""L-BFGS over the pixels of an image, with restarts, from a checkpoint where there is one."""

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from texalign.errors import TexalignError
from texalign.synthesis.pixels import Parametrization
from texalign.synthesis.results import Restart
from texalign.synthesis.runs import Checkpoint, Run

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


def compute_reproducibly(device: torch.device) -> None:
    """Have a GPU give the same trace for the same seed, with the digits that line searches need and TF32 drops.

    CUBLAS_WORKSPACE_CONFIG has to be set before torch is imported.
    """
    if device.type == "cuda":
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.backends.cudnn.allow_tf32 = False


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
    descent = _Descent(run, lambda variables: loss(pixels.pixels(variables)), scale, stopping, history)
    while not run.stopped:
        descent.step()
        run.seconds = time.monotonic() - clock
        logging.info("%d evaluations, loss %.4g of flat grey's", len(run.trace), run.best_loss / scale)
        if checkpoint and not run.stopped and time.monotonic() - saved_at >= checkpoint.seconds:
            run.variables = descent.variables.detach()
            checkpoint.save(run, descent.optimizer)
            saved_at = time.monotonic()
    run.variables = descent.variables.detach()
    return run


class _Descent:
    """L-BFGS on the variables of a run, a step of `ITERATIONS_PER_STEP` iterations at a time."""

    def __init__(
        self, run: Run, loss: Callable[[Tensor], Tensor], scale: float, stopping: Stopping, history: int
    ) -> None:
        self.run = run
        self.variables = run.variables.requires_grad_()
        self._loss, self._scale, self._stopping, self._history = loss, scale, stopping, history
        self.optimizer = _lbfgs(self.variables, history)
        if run.optimizer is not None:
            self.optimizer.load_state_dict(run.optimizer)

    def step(self) -> None:
        """One step, after which the run has stopped, or L-BFGS has started anew, if there was a reason to."""
        run = self.run
        before, evaluated = run.best_loss, len(run.trace)
        reason = None
        try:
            self.optimizer.step(self._evaluate)
            reason = _trouble(run, before, run.trace[evaluated:], self._stopping)
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
            self._start_anew(reason)

    def _evaluate(self) -> Tensor:
        run = self.run
        if len(run.trace) == self._stopping.evaluations:
            raise _EvaluationsSpent
        self.optimizer.zero_grad()
        value = self._loss(self.variables) / self._scale
        value.backward()
        run.trace.append(float(value.detach()) * self._scale)
        if not math.isfinite(run.trace[-1]) or not bool(self.variables.grad.isfinite().all()):
            raise _NotFinite
        if run.trace[-1] < run.best_loss:
            run.best_loss = run.trace[-1]
            run.best.copy_(self.variables.detach())
        return value

    def _start_anew(self, reason: str) -> None:
        run = self.run
        logging.warning("evaluation %d: %s", len(run.trace), reason)
        if run.fruitless == FRUITLESS_RESTARTS:
            run.stopped = f"no better image after {FRUITLESS_RESTARTS} restarts ({reason})"
            return
        run.fruitless += 1
        run.restarts.append(Restart(len(run.trace), reason))
        self.variables.data.copy_(run.best)
        self.optimizer = _lbfgs(self.variables, self._history)


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
